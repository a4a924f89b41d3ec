"""The chain: what an entry's content hashes to, and how each link takes in the one before.

A link knows its content by its hash alone, so content can be erased and the chain still verifies.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from struct import Struct
from typing import Self

from serving.journal.errors import JournalError

GENESIS = bytes(32)
"""The hash before the first link."""

type Cell = str | int | bytes | None

_HEAD = Struct(">cQ")
_SEQ = Struct(">Q")


@dataclass(frozen=True)
class Head:
    """The last link: kept elsewhere, it shows later that nothing up to it was cut off or written anew."""

    seq: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash.hex()}"

    @classmethod
    def parsed(cls, text: str) -> Self:
        """Read what ``str`` wrote.

        Raises
        ------
        JournalError
            When it is not of the form ``seq:hash``.
        """
        seq, _, digest = text.strip().partition(":")
        try:
            head = cls(int(seq), bytes.fromhex(digest))
        except ValueError as error:
            raise JournalError(
                f"a head is written seq:hash, as `duewise journal head` prints it; got {text!r}."
            ) from error
        if head.seq < 0 or len(head.hash) != len(GENESIS):
            raise JournalError(f"a head is written seq:hash, the hash being 64 hexadecimal digits; got {text!r}.")
        return head


START = Head(0, GENESIS)
"""The head of an empty journal."""


def content_hash(*cells: Cell) -> bytes:
    """Return the SHA-256 of cells in their order; each with its type and length, so that no two rows are alike.

    >>> content_hash("ab", "c") == content_hash("a", "bc"), content_hash("1") == content_hash(1)
    (False, False)
    """
    parts = [b"duewise journal content 1"]
    for cell in cells:
        mark, told = _told(cell)
        parts += (_HEAD.pack(mark, len(told)), told)
    return sha256(b"".join(parts)).digest()


def link_hash(previous: bytes, seq: int, content: bytes) -> bytes:
    """Return the hash of the link ``seq``, which takes in the hash before it and that of its content."""
    return sha256(b"duewise journal link 1" + previous + _SEQ.pack(seq) + content).digest()


def _told(cell: Cell) -> tuple[bytes, bytes]:
    match cell:
        case None:
            return b"n", b""
        case str():
            return b"s", cell.encode("utf-8", "surrogateescape")
        case int():
            return b"i", b"%d" % cell
        case _:
            return b"b", cell
