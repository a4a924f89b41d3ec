"""Erasure by customer, and retention: contents go, their links stay, and the chain still verifies.

Each is itself an entry, which says how many were erased and why, and names nobody.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import batched

from sqlalchemy import Connection, delete, func, or_, select

from features.errors import PolicyError
from serving.journal.database import Database
from serving.journal.entry import Entry, Sealed, microseconds_of, moment_of
from serving.journal.erased import Erasure, ranges_of
from serving.journal.tables import ENTRIES, PAYLOADS
from serving.journal.writing import write

_STAY = ("erasure", "settings")
_STEP = 10_000
"""How many entries of retention go in one transaction, so that services wait for none of them long."""


@dataclass(frozen=True)
class Erased:
    """How many entries were erased, and when the newest of them was written; None: there were none.

    ``scrubbed`` is False where somebody who reads holds on to their bytes: erase once more later.
    """

    entries: int
    newest: datetime | None
    scrubbed: bool


@dataclass(frozen=True)
class Pruned:
    """How many entries retention erased; ``stopped_by`` is the first entry that is too young to go, if any."""

    entries: int
    stopped_by: int | None


def erase(database: Database, customer: str, at: datetime, because: str = "request") -> Erased:
    """Erase all entries of a customer, and those about the customer's decisions.

    What a service still holds of the customer is written after it: let it finish first. Decisions of others name no
    customer but their own, so nothing else is touched.
    """
    with database.writing() as connection:
        mine = ENTRIES.c.customer == customer
        is_mine = (mine, ENTRIES.c.kind == "decision")
        keys, ids = select(ENTRIES.c.key).where(*is_mine), select(ENTRIES.c.about).where(*is_mine)
        belongs = or_(mine, ENTRIES.c.about.in_(keys), ENTRIES.c.about.in_(ids))
        wanted = (belongs, ENTRIES.c.kind != "erasure")
        rows = connection.execute(select(ENTRIES.c.seq, ENTRIES.c.at).where(*wanted)).all()
        if rows:
            _erase(connection, [row.seq for row in rows], at, because)
    newest = max((row.at for row in rows), default=None)
    return Erased(len(rows), None if newest is None else moment_of(newest), database.scrub())


def prune(
    database: Database,
    before: datetime,
    at: datetime,
    years_kept: int,
    advance: Callable[[int, int], None] | None = None,
) -> Pruned:
    """Erase what was written before a moment, from the oldest on, up to the first entry that is younger.

    So a clock once set back lets nothing go too early. Erasures stay: they are what the chain is verified by. So do
    settings, which are nobody's: what is younger may have been decided by them.

    Parameters
    ----------
    at
        Now, with a time zone.
    years_kept
        How long the contact rules have records kept; see ``RuleBook.years_kept``.
    advance
        Is told how many entries are gone, and of how many.

    Raises
    ------
    PolicyError
        When the rules have some of it kept.
    """
    latest = _years_back(at, years_kept)
    if before > latest:
        raise PolicyError(
            f"before must be {latest.date()} or earlier, got {before.date()}: the rules have {years_kept} years kept."
        )
    young = select(func.min(ENTRIES.c.seq)).where(ENTRIES.c.at >= microseconds_of(before))
    with database.reading() as connection:
        stopped_by = connection.execute(young).scalar()
        reach = [] if stopped_by is None else [ENTRIES.c.seq < stopped_by]
        old = (ENTRIES.c.kind.not_in(_STAY), ENTRIES.c.at < microseconds_of(before))
        every = select(ENTRIES.c.seq).where(*old, *reach)
        total = connection.execute(select(func.count()).select_from(every.subquery())).scalar_one()
    some, gone = every.order_by(ENTRIES.c.seq).limit(_STEP), 0
    while True:
        with database.writing() as connection:
            seqs = list(connection.execute(some).scalars())
            if not seqs:
                break
            _erase(connection, seqs, at, "retention")
        gone += len(seqs)
        if advance is not None:
            advance(gone, total)
    if gone:
        database.scrub()
    return Pruned(gone, stopped_by)


def _erase(connection: Connection, seqs: Sequence[int], at: datetime, because: str) -> None:
    ranges = ranges_of(seqs)
    for table in (ENTRIES, PAYLOADS):
        for some in batched(seqs, 1_000):
            connection.execute(delete(table).where(table.c.seq.in_(some)))
    entry = Entry("erasure", secrets.token_hex(12), at, payload=Erasure(because, ranges).to_bytes())
    write(connection, [[Sealed.of(entry)]])


def _years_back(moment: datetime, years: int) -> datetime:
    """Return the same day years before; the 28th for a 29th of February."""
    day = date(moment.year - years, moment.month, min(moment.day, 28) if moment.month == 2 else moment.day)
    return moment.replace(year=day.year, month=day.month, day=day.day)
