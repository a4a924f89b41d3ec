"""Addresses that may hold a secret, as they may be told: in errors, health, logs and answers without their password.

A secret comes from the environment or from a file that it names, never from the command line, which every process of
the machine can read.
"""

from __future__ import annotations

import re

from features.errors import PolicyError

HIDDEN = "***"

_AUTHORITY = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<user>[^/:@\s]*):(?P<secret>[^\s]*)@")
_QUERY = re.compile(r"(?P<name>[?&;][A-Za-z_]*(?:password|passwd|pwd|secret|token|key)[A-Za-z_]*=)[^&;\s]*", re.I)


def told_address(text: str) -> str:
    """Return an address, or a sentence with addresses in it, with no password in any.

    >>> told_address("postgresql://bank:s3/c@ret@db.example/journal?sslpassword=x")
    'postgresql://bank:***@db.example/journal?sslpassword=***'
    >>> told_address("sqlite:////srv/a:b@c/journal.db")
    'sqlite:////srv/a:b@c/journal.db'
    """
    hidden = _AUTHORITY.sub(rf"\g<scheme>\g<user>:{HIDDEN}@", text)
    return _QUERY.sub(rf"\g<name>{HIDDEN}", hidden)


def require_no_secret(address: str | None, option: str, variable: str) -> None:
    """Refuse an address with a password on the command line.

    Raises
    ------
    PolicyError
        Naming the environment variable that takes it.
    """
    if address is not None and told_address(address) != address:
        raise PolicyError(
            f"{option} holds a password, which other processes can read from the command line; {variable} takes it."
        )
