"""A chunk's features and faults, each a file that exists only when whole; the only step that runs in many processes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from features.book import Book
from features.catalogue import CATALOGUE
from features.matrix import features_of, history_of
from features.stream.spill import ECHO, ROW, append, read_chunk
from features.tables.schema import TABLES
from features.tables.screening import screen

PART = pa.schema([("customer_id", pa.string()), *((name, pa.float64()) for name in CATALOGUE)])
"""A row a customer whose rows are all valid, in the order of the customers table."""

FAULTS = pa.schema(
    [("customer_id", pa.string()), ("table", pa.string()), ("row", pa.int64())]
    + [(name, pa.string()) for name in ("column", "value", "expected")]
)
"""A row a fault: those of no known customer first, then by customer in the order of the customers table."""


def write_part(work: Path, chunk: int, as_of: pd.Timestamp) -> None:
    """Screen a chunk's customers, compute their features, and write ``part_file`` and ``faults_file``.

    Raises
    ------
    SchemaError
        As ``screen`` does.
    """
    features = features_of(history_of(fit_chunk(work, chunk), as_of), threads=1)  # the processes are what runs at once
    columns = [pa.array(features.index, pa.string()), *(pa.array(features[name].to_numpy()) for name in CATALOGUE)]
    publish(pa.Table.from_arrays(columns, schema=PART), part_file(work, chunk))


def fit_chunk(work: Path, chunk: int) -> Book:
    """Return the fit customers of a chunk as a book, and write ``faults_file`` about the others.

    Raises
    ------
    SchemaError
        As ``screen`` does.
    """
    tables = {name: read_chunk(work / name, chunk) for name in TABLES}
    book = Book.of({name: rows.to_pandas(ignore_metadata=True) for name, rows in tables.items()})
    fit, found = screen(book)
    publish(as_given(found, tables), faults_file(work, chunk))
    return fit


def part_file(work: Path, chunk: int) -> Path:
    """Return where a chunk's features are; written last, so that its being there says the chunk is done."""
    return work / f"part-{chunk:06d}.arrow"


def faults_file(work: Path, chunk: int) -> Path:
    """Return where a chunk's faults are."""
    return work / f"faults-{chunk:06d}.arrow"


def publish(rows: pa.Table, file: Path) -> None:
    """Write rows into a file that exists only when whole."""
    aside = file.with_suffix(f".{os.getpid()}")
    aside.unlink(missing_ok=True)
    append(rows, aside)
    aside.replace(file)


def as_given(found: pd.DataFrame, tables: dict[str, pa.Table]) -> pa.Table:
    """Return a screen's faults with the rows and cells of the tables as the bank gave them, whatever the chunk."""
    place = {name: rows[ROW].to_numpy() for name, rows in tables.items()}
    cells = list(zip(found["table"], found["column"], found["row"], strict=True))
    given = found.assign(
        row=np.array([place[table][row] for table, _, row in cells], np.int64),
        value=pd.Series([_shown(tables[table], column, row) for table, column, row in cells], dtype=object),
    )
    given = given[given["row"] != ECHO]
    names = pd.Index(tables["customers"]["customer_id"].to_pandas().drop_duplicates())
    at = {"customer_id": names.get_indexer(pd.Index(given["customer_id"])), "table": given["table"].map(_NUMBER)}
    order = np.lexsort((given["column"], given["row"], at["table"], at["customer_id"]))
    return pa.Table.from_pandas(given.iloc[order], FAULTS, preserve_index=False)


_NUMBER = {name: k for k, name in enumerate(TABLES)}


def _shown(rows: pa.Table, columns: str, row: int) -> str | None:
    cells = [_text(rows[name][row].as_py()) for name in columns.split(", ")]
    return cells[0] if len(cells) == 1 else f"({', '.join(map(str, cells))})"


def _text(cell: Any) -> str | None:
    if cell is None:
        return None
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)
