"""The journal: what was decided, from what, and what came of it; append-only, chained, in SQLite or PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self

import pandas as pd

from serving.journal import erasing, reading
from serving.journal.commit_settings import CommitSettings, read_commit_settings
from serving.journal.committer import GroupCommitter
from serving.journal.database import Database, open_database
from serving.journal.entry import Entry, Kind, Receipt, Sealed, microseconds_of, moment_of
from serving.journal.errors import JournalError
from serving.journal.hashing import Head
from serving.journal.packing import unpacked
from serving.journal.record import Record
from serving.journal.schema import require_schema
from serving.journal.verifying import Verdict, verify
from serving.journal.writing import Written, head, write

JOURNAL = "DUEWISE_JOURNAL"
"""Environment variable with the URL of the journal's database."""

_ROWS = 50_000


def journal_url() -> str:
    """Return the URL of the journal: the environment's, or a file of SQLite in the working folder."""
    return os.environ.get(JOURNAL) or "sqlite:///duewise-journal.db"


class Journal:
    """An open journal. Any number of processes may have the same one open; threads share one object."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @classmethod
    def open(cls, url: str, upgrade: bool = True) -> Self:
        """Open the journal at a URL: ``sqlite:///file`` or ``postgresql://user@host/name``.

        With ``upgrade`` it is made where there is none, and brought to this code's schema.

        Raises
        ------
        JournalError
            When the URL names no such database, or its schema is newer than this code's; or older or absent, unless
            ``upgrade``.
        UnavailableError
            When the database does not answer.
        """
        database = open_database(url, create=upgrade)
        try:
            require_schema(database, upgrade)
        except BaseException:
            database.close()
            raise
        return cls(database)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self.database.close()

    def committer(self, settings: CommitSettings | None = None) -> GroupCommitter:
        """Return what commits the entries of many threads together, by configs/journal.yaml; close it before this."""
        now = self.write_now if self.database.on_sqlite else None  # a network may keep the caller's thread waiting
        return GroupCommitter(self.write, settings or read_commit_settings(), now)

    def append(self, entries: Sequence[Entry]) -> tuple[Receipt, ...]:
        """Write entries in a transaction of their own, all or none; durable when it returns.

        Raises
        ------
        ConflictError
            When a key is there with other content: nothing was written.
        UnavailableError
            When the database did not confirm: send them again with the same keys.
        """
        written = self.write([tuple(map(Sealed.of, entries))])
        if written.refused:
            raise written.refused[0]
        return written.receipts[0]

    def write(self, groups: Sequence[Sequence[Sealed]]) -> Written:
        """Write the entries of several callers in one transaction; UnavailableError as of ``append``."""
        with self.database.writing() as connection:
            return write(connection, groups)

    def write_now(self, groups: Sequence[Sequence[Sealed]]) -> Written:
        """Write as ``write`` does, but on SQLite with UnavailableError at once where another holds the lock."""
        with self.database.writing(wait=False) as connection:
            return write(connection, groups)

    def head(self) -> Head:
        """Return the last link of the chain, to be kept elsewhere."""
        with self.database.reading() as connection:
            return head(connection)

    def decision(self, decision_id: str) -> Record | None:
        """Return a decision by its id, or by its entry's key; None: it was never made, or is erased.

        Entries of the same id differ only in how the inputs came, or in what else was asked for; the first is given.
        """
        with self.database.reading() as connection:
            found = reading.about(connection, "decision", decision_id)
            return found[0] if found else reading.record(connection, "decision", decision_id)

    def record(self, kind: Kind, key: str) -> Record | None:
        """Return the entry of a kind and key, None where there is none."""
        with self.database.reading() as connection:
            return reading.record(connection, kind, key)

    def vouches_for(self, kind: Kind, key: str) -> bool:
        """Tell whether an entry is there as it was written; ``verify`` says so of the whole journal."""
        with self.database.reading() as connection:
            return reading.vouched_for(connection, kind, key)

    def customers_of(self, decision_ids: Sequence[str]) -> dict[str, str | None]:
        """Return whose each of these decisions is; an outcome of one that is left out belongs to no decision."""
        with self.database.reading() as connection:
            return reading.customers_of(connection, decision_ids)

    def outcomes_of(self, decision_id: str) -> list[Record]:
        """Return what happened to a decision, in the order told."""
        with self.database.reading() as connection:
            return reading.about(connection, "outcome", decision_id)

    def of_customer(self, customer: str) -> list[Record]:
        """Return every entry of a customer, in the order written."""
        with self.database.reading() as connection:
            return reading.of_customer(connection, customer)

    def person_requests(self, after: int = 0) -> list[Record]:
        """Return who asked for a person, in the order written; only entries after ``after``."""
        return list(self.records("person_request", after))

    def posted(self, kind: Kind, since: datetime | None = None) -> Iterator[tuple[str, str | None, bytes]]:
        """Yield key, customer and content of every event or request for a person, in no order.

        Those written at ``since`` or later, by the clock of who wrote them; None: all.

        Raises
        ------
        JournalError
            When what is stored was damaged.
        """
        least = 0 if since is None else microseconds_of(since)
        for key, customer, stored in reading.posted(self.database, kind, least):
            try:
                yield key, customer, unpacked(stored)
            except ValueError as error:
                raise JournalError(f"{kind} {key} is damaged ({error}); see `duewise journal verify`.") from error

    def latest(self) -> datetime | None:
        """Return when, by the clocks of services, the newest of the last entries was written; None: there is none."""
        with self.database.reading() as connection:
            found = reading.latest(connection)
        return None if found is None else moment_of(found)

    def of_customers(self, kind: Kind, customers: Sequence[str]) -> list[Record]:
        """Return the entries of a kind of some customers, in no order."""
        with self.database.reading() as connection:
            return reading.of_customers(connection, kind, customers)

    def records(self, kind: Kind, after: int = 0, rows: int = _ROWS) -> Iterator[Record]:
        """Yield every entry of a kind in the order written, with its content; ``rows`` are read at a time."""
        return reading.records(self.database, kind, after, rows)

    def frames(self, kind: Kind, after: int = 0, rows: int = _ROWS) -> Iterator[pd.DataFrame]:
        """Yield decisions or outcomes in columns, without their content; see ``reading.frames``."""
        return reading.frames(self.database, kind, after, rows)

    def verify(self, kept_head: Head | None = None, advance: Callable[[int, int], None] | None = None) -> Verdict:
        """Verify the whole chain; see ``verifying.verify``."""
        return verify(self.database, kept_head, advance)

    def erase(self, customer: str, at: datetime, because: str = "request") -> erasing.Erased:
        """Erase a customer; see ``erasing.erase``."""
        return erasing.erase(self.database, customer, at, because)

    def prune(
        self, before: datetime, at: datetime, years_kept: int, advance: Callable[[int, int], None] | None = None
    ) -> erasing.Pruned:
        """Erase what is older than a moment; see ``erasing.prune``."""
        return erasing.prune(self.database, before, at, years_kept, advance)
