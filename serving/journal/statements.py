"""The statements of a commit in the words of a dialect, compiled once and run on the driver's own cursor.

A commit of one decision is five statements; SQLAlchemy takes three times as long to run them as SQLite to obey them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

from msgspec import json
from sqlalchemy import Connection, Table, insert, select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPICursor

from serving.journal.tables import CHAIN, ENTRIES, PAYLOADS

_LAST = select(CHAIN.c.seq, CHAIN.c.hash).order_by(CHAIN.c.seq.desc()).limit(1)
_THERE = {
    "sqlite": "SELECT seq FROM journal_entries WHERE kind = ? AND key IN (SELECT value FROM json_each(?))",
    "postgresql": "SELECT seq FROM journal_entries WHERE kind = %s AND key = ANY(%s)",
}
_SPOKEN: dict[str, tuple[Callable[..., Dialect], str]] = {
    "sqlite": (SQLiteDialect_pysqlite, "qmark"),
    "postgresql": (PGDialect_psycopg, "format"),
}


@dataclass(frozen=True)
class Statements:
    """What a commit reads and writes, on one connection within its transaction."""

    cursor: DBAPICursor
    dialect: str

    @classmethod
    def on(cls, connection: Connection) -> Self:
        """Return the statements on the driver's own connection under SQLAlchemy's."""
        return cls(connection.connection.cursor(), connection.dialect.name)

    def last(self) -> tuple[int, bytes] | None:
        """Return the last link's ``seq`` and hash, None in an empty journal."""
        self.cursor.execute(_last(self.dialect))
        found: tuple[int, bytes] | None = self.cursor.fetchone()
        return found

    def there(self, kind: str, keys: Sequence[str]) -> list[int]:
        """Return where entries of a kind with these keys are."""
        told = json.encode(keys).decode() if self.dialect == "sqlite" else list(keys)
        self.cursor.execute(_THERE[self.dialect], (kind, told))
        return [seq for (seq,) in self.cursor.fetchall()]

    def add(self, links: Sequence[Any], entries: Sequence[Any], payloads: Sequence[Any]) -> None:
        """Insert rows, each with the cells of its table's columns in their order."""
        for table, rows in ((CHAIN, links), (ENTRIES, entries), (PAYLOADS, payloads)):
            self.cursor.executemany(_insertion(table, self.dialect), rows)


@cache
def _last(dialect: str) -> str:
    return str(_LAST.compile(dialect=_spoken(dialect), compile_kwargs={"literal_binds": True}))


@cache
def _insertion(table: Table, dialect: str) -> str:
    return str(insert(table).compile(dialect=_spoken(dialect)))


def _spoken(name: str) -> Dialect:
    driver, style = _SPOKEN[name]
    return driver(paramstyle=style)
