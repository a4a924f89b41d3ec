"""A book: the bank's seven raw tables, and how they are read from and written to a folder.

A book is what the bank knows, all of it; what was known at a moment is a ``History`` (history.py).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Literal

import pandas as pd

from features.errors import SchemaError
from features.ledger.columns import entries_of
from features.ledger.ledger import Ledger
from features.ledger.posting import post
from features.ledger.texts import Texts, texts_of
from features.tables.conform import conform
from features.tables.schema import TABLES
from features.tables.table_file import TableFile


@dataclass(frozen=True)
class Book:
    """The seven tables of DESIGN section 2, one DataFrame each, in any row order.

    Make one with ``Book.of``, which brings every column to its declared dtype where its cells allow;
    ``validate`` or ``screen`` says whether the contents are fit to use.
    """

    customers: pd.DataFrame
    loans: pd.DataFrame
    instalments: pd.DataFrame
    payments: pd.DataFrame
    incomes: pd.DataFrame
    credit: pd.DataFrame
    reminders: pd.DataFrame

    @classmethod
    def of(cls, tables: Mapping[str, pd.DataFrame]) -> Book:
        """Build a book from one DataFrame a table, by name.

        Raises
        ------
        SchemaError
            When a table is missing or a name is not one of the seven.
        """
        strangers = sorted(set(tables) - set(TABLES))
        absent = [name for name in TABLES if name not in tables]
        if strangers or absent:
            raise SchemaError(f"a book has the tables {', '.join(TABLES)}; missing {absent}, not known {strangers}.")
        return cls(**{name: conform(TABLES[name], tables[name]) for name in TABLES})

    @classmethod
    def read(cls, path: str | Path) -> Book:
        """Read a folder holding ``<table>.parquet`` or ``<table>.csv`` for each of the seven tables.

        Raises
        ------
        SchemaError
            When a file is missing or cannot be read; it names the file and the reason.
        """
        folder = Path(path)
        return cls.of({name: TableFile.of(folder, table).read() for name, table in TABLES.items()})

    def write(self, path: str | Path, file_format: Literal["parquet", "csv"] = "parquet") -> None:
        """Write one file a table into the folder ``path``; a file is renamed into place only when whole."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as aside:
            for name, frame in self.tables():
                if file_format == "parquet":
                    frame.to_parquet(Path(aside) / f"{name}.parquet", index=False)
                else:
                    frame.to_csv(Path(aside) / f"{name}.csv", index=False)
            for file in sorted(Path(aside).iterdir()):
                file.rename(folder / file.name)

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Yield each table's name and DataFrame."""
        for field in fields(self):
            yield field.name, getattr(self, field.name)

    @cached_property
    def ledger(self) -> Ledger:
        """The same rows as sorted numpy columns, built once; see ``Ledger``."""
        return post(entries_of(dict(self.tables())))

    @cached_property
    def texts(self) -> Texts:
        """What the ledger has no numbers for, built once; see ``Texts``."""
        return texts_of(dict(self.tables()))
