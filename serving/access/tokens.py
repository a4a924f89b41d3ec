"""A bearer token: how one is made, kept and recognised.

``dw_<id>_<secret>``: the id is public (it stands in logs and finds the entry, so the cost of a look does not grow
with the number of tokens), the secret is 32 random bytes. Kept is a salted BLAKE2b of it. A slow hash such as
bcrypt protects secrets that can be guessed; 256 random bits cannot, and a slow one would cost every request tens of
milliseconds and give anybody a way to keep the service busy.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, get_args

from pydantic import AwareDatetime
from pydantic.dataclasses import dataclass

from features.errors import PolicyError
from serving.access.refusal import Refusal
from serving.settings import STRICT

Scope = Literal["score", "outcomes", "review"]
"""What a token may be used for: ask for decisions, tell what became of them, look at past ones."""

SCOPES: tuple[Scope, ...] = get_args(Scope)

_FORM = re.compile(r"dw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,40}")


@dataclass(frozen=True, config=STRICT)
class StoredSecret:
    """The hash of a secret and its salt, in hex; ``until`` is when a replaced one ends, None: it is the one in use."""

    salt: str
    hash: str
    until: AwareDatetime | None = None

    def __post_init__(self) -> None:
        for name, size in (("salt", 32), ("hash", 64)):
            if not re.fullmatch(rf"[0-9a-f]{{{size}}}", getattr(self, name)):
                raise ValueError(f"{name} must be {size} hex digits")


@dataclass(frozen=True, config=STRICT)
class StoredToken:
    """What is kept of a token; several secrets while a replaced one is still good."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: AwareDatetime
    expires_at: AwareDatetime
    secrets: tuple[StoredSecret, ...]
    revoked_at: AwareDatetime | None = None

    def state(self, now: datetime) -> Literal["good", "expired", "revoked"]:
        """Return whether the token may be used at a moment; a revoked one never again, whatever the clock says."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at <= now else "good"


def new_token(name: str, scopes: tuple[Scope, ...], now: datetime, expires_at: datetime) -> tuple[str, StoredToken]:
    """Return a token to hand over, and what to keep of it.

    Raises
    ------
    PolicyError
        When the name, the scopes or the end do not fit.
    """
    if not _NAME.fullmatch(name):
        raise PolicyError(f"a token's name must be 1 to 40 letters, digits, dots, dashes, got {name!r}.")
    if not scopes:
        raise PolicyError(f"a token must have a scope: {', '.join(SCOPES)}.")
    _require_ahead(now, expires_at)
    token_id = secrets.token_hex(6)
    presented, kept = _new_secret(token_id)
    return presented, StoredToken(token_id, name, tuple(dict.fromkeys(scopes)), now, expires_at, (kept,))


def rotated(token: StoredToken, now: datetime, expires_at: datetime, grace: timedelta) -> tuple[str, StoredToken]:
    """Return a token with a new secret, and what to keep; the old secret is good until ``grace`` is over.

    Raises
    ------
    PolicyError
        When the token was revoked, or the new end is not ahead.
    """
    if token.state(now) == "revoked":
        raise PolicyError(f"{token.name} was revoked; make a new token instead.")
    _require_ahead(now, expires_at)
    presented, kept = _new_secret(token.id)
    end = min(now + grace, token.expires_at)
    old = [replace(one, until=end if one.until is None else min(one.until, end)) for one in token.secrets]
    still = tuple(one for one in old if one.until is not None and one.until > now)
    return presented, replace(token, expires_at=expires_at, secrets=(kept, *still))


def recognised(tokens: Mapping[str, StoredToken], authorization: bytes | None, now: datetime) -> StoredToken:
    """Return the token that an Authorization header presents.

    Raises
    ------
    Refusal
        401. That a token is expired or revoked is told only to who knows its secret.
    """
    if authorization is None:
        raise unauthorised("missing_token", "A bearer token is needed: Authorization: Bearer dw_...", None)
    scheme, _, presented = authorization.decode("latin-1").partition(" ")
    form = _FORM.fullmatch(presented.strip())
    if scheme.lower() != "bearer" or form is None:
        raise unauthorised("invalid_token", "Authorization does not hold a bearer token of Duewise.")
    token = tokens.get(form[1])
    matching = [one for one in (_NOBODY if token is None else token.secrets) if _matches(one, form[2])]
    if token is None or not matching:
        raise unauthorised("invalid_token", "There is no such token.")
    if token.state(now) == "revoked":
        raise unauthorised("revoked_token", f"The token {token.id} was revoked.")
    if token.state(now) == "expired":
        raise unauthorised("expired_token", f"The token {token.id} ended on {token.expires_at.isoformat()}.")
    if not any(one.until is None or one.until > now for one in matching):
        raise unauthorised("expired_token", f"The token {token.id} was replaced by a new one.")
    return token


def require_scope(token: StoredToken, scope: Scope) -> None:
    """Refuse a token that may not be used for something; Refusal 403."""
    if scope not in token.scopes:
        challenge = f'Bearer realm="duewise", error="insufficient_scope", scope="{scope}"'
        message = f"The token {token.id} has the scopes {', '.join(token.scopes)}; expected {scope}."
        raise Refusal(403, "insufficient_scope", message, {"WWW-Authenticate": challenge})


def unauthorised(code: str, message: str, error: str | None = "invalid_token") -> Refusal:
    """Return a 401 with its challenge (RFC 6750)."""
    more = "" if error is None else f', error="{error}"'
    return Refusal(401, code, message, {"WWW-Authenticate": f'Bearer realm="duewise"{more}'})


def _require_ahead(now: datetime, expires_at: datetime) -> None:
    if expires_at <= now:
        raise PolicyError(f"a token must end in the future, got {expires_at.isoformat()}.")


def _new_secret(token_id: str) -> tuple[str, StoredSecret]:
    secret, salt = secrets.token_urlsafe(32), secrets.token_hex(16)
    return f"dw_{token_id}_{secret}", StoredSecret(salt, _hash(secret, salt))


def _hash(secret: str, salt: str) -> str:
    return hashlib.blake2b(
        secret.encode(), digest_size=32, salt=bytes.fromhex(salt), person=b"duewise token"
    ).hexdigest()


def _matches(kept: StoredSecret, secret: str) -> bool:
    return hmac.compare_digest(_hash(secret, kept.salt), kept.hash)


_NOBODY = (StoredSecret("0" * 32, "0" * 64),)
"""Compared with when an id is unknown, so that the time taken does not tell which ids there are."""
