"""Verifying: the whole chain is computed again from what is stored, and the first place where it breaks is told.

Found are an altered, removed or added row of any table, a cut tail and a chain written anew where a head was kept
elsewhere. What alone cannot be found, without such a head, is that the newest entries were removed whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Table, func, select

from serving.journal.database import Database
from serving.journal.erased import Erasure, Ranges, ranges_of, without
from serving.journal.hashing import START, Head, content_hash, link_hash
from serving.journal.packing import unpacked
from serving.journal.tables import CHAIN, ENTRIES, PAYLOADS
from serving.journal.writing import head

_ROWS = 2_000

type Rows = Mapping[int, Row[Any]]


@dataclass(frozen=True)
class Fault:
    """The first place where the journal is not as it was written."""

    seq: int
    why: str


@dataclass(frozen=True)
class Verdict:
    """What verifying found: how many entries, how many of them erased, the last link, and the first fault if any.

    ``set_back`` is the longest that the clock went back from one entry to the next, in seconds: no fault, since the
    order is that of ``seq``.
    """

    entries: int
    erased: int
    head: Head
    set_back: float
    fault: Fault | None


def verify(
    database: Database, kept_head: Head | None = None, advance: Callable[[int, int], None] | None = None
) -> Verdict:
    """Verify the journal up to its last entry, also while it is written to.

    Parameters
    ----------
    kept_head
        A head that was kept elsewhere: the chain must hold it.
    advance
        Is told how many entries are done, and of how many.

    Raises
    ------
    UnavailableError
        When the database does not answer.
    """
    walk = _Walk(kept_head)
    while walk.fault is None:
        with database.reading() as connection:
            last = head(connection).seq
        if last <= walk.last.seq:
            break
        while walk.fault is None and walk.last.seq < last:
            with database.reading() as connection, database.any_text(connection):
                walk.step(connection, min(walk.last.seq + _ROWS, last))
            if advance is not None:
                advance(walk.last.seq, last)
    with database.reading() as connection:
        return walk.verdict(connection)


@dataclass
class _Walk:
    """How far the chain was followed, and what was seen on the way."""

    kept_head: Head | None
    last: Head = START
    missing: list[int] = field(default_factory=list)
    latest: int | None = None
    set_back: int = 0
    fault: Fault | None = None

    def step(self, connection: Connection, until: int) -> None:
        """Follow the chain up to ``until``, or to the first fault."""
        after = self.last.seq
        links, entries, payloads = (_between(connection, table, after, until) for table in (CHAIN, ENTRIES, PAYLOADS))
        for seq in range(after + 1, until + 1):
            why = self._link(seq, links) or self._content(seq, links[seq].content_hash, entries, payloads)
            if why:
                self.fault = Fault(seq, why)
                return

    def _link(self, seq: int, links: Rows) -> str:
        link = links.get(seq)
        if link is None:
            return "gap: the link is missing"
        digest = link_hash(self.last.hash, seq, link.content_hash)
        if digest != link.hash:
            return "altered entry: the link does not follow from the one before"
        self.last = Head(seq, digest)
        if self.kept_head is not None and self.kept_head.seq == seq and self.kept_head.hash != digest:
            return "rewritten: the chain does not hold the head that was kept"
        return ""

    def _content(self, seq: int, digest: bytes, entries: Rows, payloads: Rows) -> str:
        entry, payload = entries.get(seq), payloads.get(seq)
        if entry is None and payload is None:
            self.missing.append(seq)
            return ""
        if entry is None or payload is None:
            return f"missing content: its row of {(ENTRIES if entry is None else PAYLOADS).name} is gone"
        told = (entry.kind, entry.at, entry.key, entry.about, entry.customer, entry.nonce, entry.row)
        if content_hash(*told, payload.payload) != digest:
            return "altered payload: the content is not what the link vouches for"
        self.set_back = max(self.set_back, 0 if self.latest is None else self.latest - entry.at)
        self.latest = entry.at
        return ""

    def verdict(self, connection: Connection) -> Verdict:
        """Return what was found, with what only the whole shows: content without a link, and a tail cut off."""
        faults = [self.fault, *self._unexcused(connection)]
        if self.fault is None:
            faults += [*self._unlinked(connection), self._cut()]
        first = min((fault for fault in faults if fault), key=lambda fault: fault.seq, default=None)
        return Verdict(self.last.seq, len(self.missing), self.last, self.set_back / 1e6, first)

    def _unexcused(self, connection: Connection) -> list[Fault]:
        """Return the first missing content of which no erasure tells."""
        if not self.missing:
            return []
        gone = without(ranges_of(self.missing), _erased(connection))
        return [Fault(gone[0][0], "missing content: no erasure tells of it")] if gone else []

    def _unlinked(self, connection: Connection) -> list[Fault]:
        found = []
        for table in (ENTRIES, PAYLOADS):
            stray = select(func.min(table.c.seq)).where(~select(CHAIN.c.seq).where(CHAIN.c.seq == table.c.seq).exists())
            seq = connection.execute(stray).scalar()
            if seq is not None:
                found.append(Fault(seq, f"added content: a row of {table.name} has no link"))
        seq = connection.execute(select(func.min(CHAIN.c.seq))).scalar()
        return found if seq is None or seq >= 1 else [*found, Fault(seq, "added entry: links begin at 1")]

    def _cut(self) -> Fault | None:
        if self.kept_head is None or self.kept_head.seq <= self.last.seq:
            return None
        return Fault(self.last.seq + 1, f"cut tail: the head that was kept is entry {self.kept_head.seq}")


def _between(connection: Connection, table: Table, after: int, until: int) -> Rows:
    rows = connection.execute(select(table).where(table.c.seq > after, table.c.seq <= until)).all()
    return {row.seq: row for row in rows}


def _erased(connection: Connection) -> Ranges:
    """Return all that erasures tell of; what cannot be read excuses nothing."""
    both = select(PAYLOADS.c.payload).join(ENTRIES, ENTRIES.c.seq == PAYLOADS.c.seq)
    told: list[tuple[int, int]] = []
    for stored in connection.execute(both.where(ENTRIES.c.kind == "erasure")).scalars():
        try:
            told += Erasure.from_bytes(unpacked(stored)).seqs
        except (msgspec.MsgspecError, ValueError):
            continue
    return told
