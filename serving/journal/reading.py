"""Reading the journal: one decision and what belongs to it, or all of a kind in columns, chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import batched

import pandas as pd
from sqlalchemy import Connection, func, select

from serving.journal.database import Database
from serving.journal.entry import Kind
from serving.journal.hashing import content_hash
from serving.journal.record import RECORDS, Record, record_of
from serving.journal.rows import DecisionRow, OutcomeRow, Row, columns_of
from serving.journal.tables import CHAIN, ENTRIES, IS_POSTED, PAYLOADS

_ASKED, _STREAMED = 1_000, 10_000
_ROWS: Mapping[Kind, type[Row]] = {"decision": DecisionRow, "outcome": OutcomeRow}

_LAST = 10_000
"""Among how many of the last entries the newest is looked for."""


def record(connection: Connection, kind: Kind, key: str) -> Record | None:
    """Return the entry of a kind and key, None where there is none (never written, or erased)."""
    row = connection.execute(RECORDS.where(ENTRIES.c.kind == kind, ENTRIES.c.key == key)).first()
    return None if row is None else record_of(row)


def vouched_for(connection: Connection, kind: Kind, key: str) -> bool:
    """Tell whether an entry is there, and its content is what its link vouches for."""
    both = select(ENTRIES, PAYLOADS.c.payload, CHAIN.c.content_hash.label("link"))
    joined = both.join(PAYLOADS, PAYLOADS.c.seq == ENTRIES.c.seq).join(CHAIN, CHAIN.c.seq == ENTRIES.c.seq)
    row = connection.execute(joined.where(ENTRIES.c.kind == kind, ENTRIES.c.key == key)).first()
    if row is None:
        return False
    told = (row.kind, row.at, row.key, row.about, row.customer, row.nonce, row.row, row.payload)
    return content_hash(*told) == row.link


def about(connection: Connection, kind: Kind, decision_id: str) -> list[Record]:
    """Return the entries of a kind that belong to a decision, in the order written."""
    found = RECORDS.where(ENTRIES.c.about == decision_id, ENTRIES.c.kind == kind).order_by(ENTRIES.c.seq)
    return [record_of(row) for row in connection.execute(found)]


def customers_of(connection: Connection, decision_ids: Sequence[str]) -> dict[str, str | None]:
    """Return whose each of these decisions is, by its id; those that are not in the journal are left out."""
    kept, found = ENTRIES.c, dict[str, str | None]()
    for some in batched(decision_ids, _ASKED):
        for name in (kept.key, kept.about):
            asked = select(name.label("id"), kept.customer).where(kept.kind == "decision", name.in_(some))
            found |= {row.id: row.customer for row in connection.execute(asked)}
    return found


def of_customer(connection: Connection, customer: str) -> list[Record]:
    """Return every entry of a customer, in the order written."""
    found = RECORDS.where(ENTRIES.c.customer == customer).order_by(ENTRIES.c.seq)
    return [record_of(row) for row in connection.execute(found)]


def posted(database: Database, kind: Kind, since: int) -> Iterator[tuple[str, str | None, bytes]]:
    """Yield key, customer and stored payload of the events or requests for a person, in no order.

    Those whose ``at`` is at or after ``since``, in microseconds since 1970 UTC.
    """
    asked = select(ENTRIES.c.key, ENTRIES.c.customer, PAYLOADS.c.payload)
    asked = asked.join(PAYLOADS, PAYLOADS.c.seq == ENTRIES.c.seq).where(IS_POSTED)
    with database.reading() as connection:
        rows = connection.execution_options(yield_per=_STREAMED).execute(
            asked.where(ENTRIES.c.kind == kind, ENTRIES.c.at >= since)
        )
        for some in rows.partitions():
            yield from some


def latest(connection: Connection) -> int | None:
    """Return the newest ``at`` of the decisions and events among the last entries, None where there are none."""
    last = select(func.max(CHAIN.c.seq)).scalar_subquery()
    newest = select(func.max(ENTRIES.c.at)).where(ENTRIES.c.seq > last - _LAST)
    found: int | None = connection.execute(newest.where(ENTRIES.c.kind.in_(("decision", "event")))).scalar()
    return found


def of_customers(connection: Connection, kind: Kind, customers: Sequence[str]) -> list[Record]:
    """Return the entries of a kind of some customers, in no order."""
    found: list[Record] = []
    for some in batched(customers, _ASKED):
        asked = RECORDS.where(ENTRIES.c.customer.in_(some), ENTRIES.c.kind == kind)
        found += [record_of(row) for row in connection.execute(asked)]
    return found


def records(database: Database, kind: Kind, after: int, rows: int) -> Iterator[Record]:
    """Yield the entries of a kind in the order written, those after ``after``; ``rows`` are read at a time."""
    chunk = RECORDS.where(ENTRIES.c.kind == kind).order_by(ENTRIES.c.seq).limit(rows)
    while True:
        with database.reading() as connection:
            read = [record_of(row) for row in connection.execute(chunk.where(ENTRIES.c.seq > after))]
        yield from read
        if len(read) < rows:
            return
        after = read[-1].seq


def frames(database: Database, kind: Kind, after: int, rows: int) -> Iterator[pd.DataFrame]:
    """Yield decisions or outcomes in columns, at most ``rows`` a frame, those after ``after``.

    Yields
    ------
    DataFrame
        seq, at (UTC), key, about, customer, and the columns of ``DecisionRow`` or ``OutcomeRow``; never an empty one.
        Entries without a row are left out.
    """
    kept = ENTRIES.c
    chunk = select(kept.seq, kept.at, kept.key, kept.about, kept.customer, kept.row).order_by(kept.seq).limit(rows)
    chunk = chunk.where(kept.kind == kind, kept.row != b"")
    while True:
        with database.reading() as connection:
            read = connection.execute(chunk.where(kept.seq > after)).all()
        if read:
            seq, at, key, belongs, customer, row = zip(*read, strict=True)
            moments = pd.to_datetime(at, unit="us", utc=True)
            told = {"seq": seq, "at": moments, "key": key, "about": belongs, "customer": customer}
            yield pd.DataFrame(told | columns_of(_ROWS[kind], row))
        if len(read) < rows:
            return
        after = read[-1].seq
