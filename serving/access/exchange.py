"""A request and its answer, as logs and metrics tell of them: when, which route, how long, how much; never whose."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter

_WELL_FORMED = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass
class Exchange:
    """What is known of a request while it is answered.

    The service fills in how many ``customers`` were asked about, ``decided`` for and ``refused``; None is unknown.
    ``route`` is one of the routes there are or "other": a path that somebody made up may hold a name. ``token`` is
    the public part of a token.
    """

    correlation_id: str
    route: str = "other"
    method: str = "other"
    token: str | None = None
    status: int | None = None
    code: str | None = None
    bytes_in: int = 0
    bytes_out: int = 0
    customers: int | None = None
    decided: int | None = None
    refused: int | None = None
    crash: BaseException | None = None
    began: float = field(default_factory=perf_counter)

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return perf_counter() - self.began


_CURRENT: ContextVar[Exchange] = ContextVar("duewise_exchange")


def current() -> Exchange:
    """Return the exchange in hand; outside a request one that nobody reads, so that callers need not ask."""
    return _CURRENT.get(None) or Exchange("none")


def enter(exchange: Exchange) -> None:
    """Make an exchange the current one, for this task and the threads it starts."""
    _CURRENT.set(exchange)


def correlation_id_of(headers: Mapping[bytes, bytes]) -> str:
    """Return X-Request-Id when it is 8 to 64 letters, digits, dots or dashes, else one made for the occasion.

    Examples
    --------
    >>> correlation_id_of({b"x-request-id": b"call-0001"})
    'call-0001'
    >>> len(correlation_id_of({b"x-request-id": b"two words"}))
    32
    """
    given = headers.get(b"x-request-id", b"")
    return given.decode() if _WELL_FORMED.fullmatch(given) else secrets.token_hex(16)


def method_of(name: str) -> str:
    """Return a method's name, "other" for one that HTTP does not know."""
    return name if name in _METHODS else "other"
