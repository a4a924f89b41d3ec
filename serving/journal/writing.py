"""Writing: the entries of many callers in one transaction, those that are there already told apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched, groupby

from sqlalchemy import Connection, bindparam

from serving.journal.entry import Entry, Receipt, Sealed
from serving.journal.errors import ConflictError
from serving.journal.hashing import START, Head, link_hash
from serving.journal.record import RECORDS, record_of
from serving.journal.statements import Statements
from serving.journal.tables import ENTRIES

type Name = tuple[str, str]
"""Kind and key."""

_ASKED = 1_000
"""How many keys are looked up by one statement."""

_ALIKE = RECORDS.where(ENTRIES.c.seq.in_(bindparam("seqs", expanding=True)))


@dataclass
class Written:
    """What became of each caller's entries, by the caller's place: receipts, or why none of them was written."""

    receipts: dict[int, tuple[Receipt, ...]] = field(default_factory=dict)
    refused: dict[int, ConflictError] = field(default_factory=dict)


def write(connection: Connection, groups: Sequence[Sequence[Sealed]]) -> Written:
    """Append the entries of each group, all of a group or none, within a transaction that holds the lock."""
    every = [sealed for group in groups for sealed in group]
    statements, written = Statements.on(connection), Written()
    page = _Page(_head(statements), _known(connection, statements, every))
    for place, group in enumerate(groups):
        try:
            written.receipts[place] = page.take(group)
        except ConflictError as error:
            written.refused[place] = error
    page.insert(statements)
    return written


def head(connection: Connection) -> Head:
    """Return the last link of the chain."""
    return _head(Statements.on(connection))


def _head(statements: Statements) -> Head:
    last = statements.last()
    return START if last is None else Head(*last)


@dataclass(frozen=True)
class _Kept:
    """An entry that is in the journal, or will be with this transaction."""

    seq: int
    nonce: bytes
    entry: Entry


@dataclass
class _Page:
    """What one transaction adds after ``last``; ``known`` holds what it must not write again."""

    last: Head
    known: dict[Name, _Kept]
    fresh: list[Sealed] = field(default_factory=list)

    def take(self, group: Sequence[Sealed]) -> tuple[Receipt, ...]:
        """Add the entries of one caller that are not known yet; none of them when one contradicts what is."""
        mine: dict[Name, Entry] = {}
        conflicts = []
        for sealed in group:
            name = _name(sealed)
            first = self.known[name].entry if name in self.known else mine.setdefault(name, sealed.entry)
            if not first.same_content(sealed.entry):
                conflicts.append(name)
        if conflicts:
            raise ConflictError(conflicts)
        return tuple(self._receipt(sealed) for sealed in group)

    def _receipt(self, sealed: Sealed) -> Receipt:
        """Return the place of an entry; one with the same nonce is this very one, of a try whose answer was lost."""
        kept = self.known.get(_name(sealed))
        if kept is None:
            self.fresh.append(sealed)
            kept = _Kept(self.last.seq + len(self.fresh), sealed.nonce, sealed.entry)
            self.known[_name(sealed)] = kept
        return Receipt(kept.seq, repeated=kept.nonce != sealed.nonce)

    def insert(self, statements: Statements) -> None:
        """Write what was added."""
        if self.fresh:
            numbered = list(enumerate(self.fresh, self.last.seq + 1))
            entries = [_cells(seq, sealed) for seq, sealed in numbered]
            statements.add(list(self._links()), entries, [(seq, sealed.packed) for seq, sealed in numbered])

    def _links(self) -> Iterator[tuple[int, bytes, bytes]]:
        previous = self.last.hash
        for seq, sealed in enumerate(self.fresh, self.last.seq + 1):
            previous = link_hash(previous, seq, sealed.hash)
            yield seq, sealed.hash, previous


def _known(connection: Connection, statements: Statements, every: Sequence[Sealed]) -> dict[Name, _Kept]:
    """Return what of these entries is in the journal by its name."""
    seqs: list[int] = []
    names = sorted({_name(sealed) for sealed in every})
    for kind, of_kind in groupby(names, lambda name: name[0]):
        for some in batched((key for _, key in of_kind), _ASKED):
            seqs += statements.there(kind, some)
    found: dict[Name, _Kept] = {}
    for places in batched(seqs, _ASKED):
        for row in connection.execute(_ALIKE, {"seqs": places}):
            record = record_of(row)
            found[record.entry.kind, record.entry.key] = _Kept(record.seq, record.nonce, record.entry)
    return found


def _cells(seq: int, sealed: Sealed) -> tuple[object, ...]:
    """Return an entry's cells, in the order of the table's columns."""
    entry = sealed.entry
    named = (entry.kind, entry.microseconds, entry.key, entry.about, entry.customer)
    return seq, *named, sealed.nonce, entry.row


def _name(sealed: Sealed) -> Name:
    return sealed.entry.kind, sealed.entry.key
