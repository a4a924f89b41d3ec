"""A record: an entry as it is read back, with its place in the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from serving.journal.entry import Entry, moment_of
from serving.journal.errors import JournalError
from serving.journal.packing import unpacked
from serving.journal.tables import ENTRIES, PAYLOADS

RECORDS = select(ENTRIES, PAYLOADS.c.payload).join(PAYLOADS, PAYLOADS.c.seq == ENTRIES.c.seq)
"""The statement whose rows ``record_of`` reads."""


@dataclass(frozen=True, slots=True)
class Record:
    """An entry and its place; ``nonce`` tells apart who wrote it."""

    seq: int
    nonce: bytes
    entry: Entry


def record_of(row: Row[Any]) -> Record:
    """Return the record of a row of ``RECORDS``.

    Raises
    ------
    JournalError
        When what is stored was damaged.
    """
    try:
        payload = unpacked(row.payload)
    except ValueError as error:
        raise JournalError(f"entry {row.seq} is damaged ({error}); see `duewise journal verify`.") from error
    at = moment_of(row.at)
    entry = Entry(row.kind, row.key, at, row.customer, row.about, row.row, payload)
    return Record(row.seq, row.nonce, entry)
