"""What is written in the journal: an entry, the same sealed for storage, and the receipt for it.

An entry is known by (kind, key): sent again it changes nothing. ``at`` is what the clock said and orders nothing; the
order is that of ``seq``, so a clock set back leaves the journal as good as it was.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from features.errors import SchemaError
from serving.journal.hashing import content_hash
from serving.journal.packing import packed

type Kind = Literal["decision", "outcome", "person_request", "review", "event", "settings", "erasure"]

KINDS: tuple[str, ...] = get_args(Kind.__value__)
LONGEST = 400
"""How many characters a key, a customer's id or what an entry is about may have."""

_START = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened.

    Parameters
    ----------
    kind
        One of ``KINDS``.
    key
        The id under which it is known: decision_id, outcome_id, and so on; 1 to 400 characters.
    at
        When, with a time zone.
    customer
        Whose it is; None: nobody's. By it a customer's entries are found and erased.
    about
        The decision it belongs to, None: to none.
    row
        What monitoring reads in bulk, small; see ``serving.journal.rows``.
    payload
        The content: see ``serving.journal.payload``.

    Raises
    ------
    SchemaError
        When a part cannot be kept as it is.
    """

    kind: Kind
    key: str
    at: datetime
    customer: str | None = field(default=None, repr=False)
    about: str | None = None
    row: bytes = field(default=b"", repr=False)
    payload: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise SchemaError(f"kind must be one of {', '.join(KINDS)}, got {self.kind!r}.")
        for name in ("key", "customer", "about"):
            _check_id(name, getattr(self, name))
        if self.key is None:
            raise SchemaError("key must be an id, got None.")
        if self.at.tzinfo is None:
            raise SchemaError(f"at must have a time zone, got {self.at.isoformat()}.")

    @property
    def microseconds(self) -> int:
        """``at`` as microseconds since 1970 UTC."""
        return microseconds_of(self.at)

    def same_content(self, other: Entry) -> bool:
        """Tell whether both say the same; when they were written does not matter."""
        return (self.customer, self.about, self.row, self.payload) == (
            other.customer,
            other.about,
            other.row,
            other.payload,
        )


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry as it is stored: with its nonce, its payload packed, and the hash of all that.

    The nonce keeps content that could be guessed (paid or not) from being found again by its hash after erasure.
    """

    entry: Entry
    nonce: bytes
    packed: bytes
    hash: bytes

    @classmethod
    def of(cls, entry: Entry) -> Sealed:
        """Seal an entry; the costly part of writing it, which needs no lock."""
        nonce, stored = secrets.token_bytes(16), packed(entry.payload)
        spoken = (entry.kind, entry.microseconds, entry.key, entry.about, entry.customer, nonce, entry.row)
        return cls(entry, nonce, stored, content_hash(*spoken, stored))


@dataclass(frozen=True, slots=True)
class Receipt:
    """The place of an entry in the journal; ``repeated``: it was there before, and nothing was changed."""

    seq: int
    repeated: bool


def microseconds_of(at: datetime) -> int:
    """Return a moment as microseconds since 1970 UTC.

    >>> microseconds_of(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000
    """
    return (at - _START) // _MICROSECOND


def moment_of(microseconds: int) -> datetime:
    """Return the moment of ``microseconds_of``, in UTC."""
    return _START + timedelta(microseconds=microseconds)


def _check_id(name: str, value: str | None) -> None:
    if value is None:
        return
    if not 0 < len(value) <= LONGEST or "\0" in value:
        raise SchemaError(f"{name} must have 1 to {LONGEST} characters and no NUL, got {len(value)}.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise SchemaError(f"{name} must be text that UTF-8 can write, got {value!r}.") from error
