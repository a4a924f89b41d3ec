"""The tables split by customer: a folder a table, in it a file a chunk, each row with where it stood in its table.

A chunk's file is Arrow streams one after another, each appended from a batch: no file stays open, so that the
number of chunks has no bound. A table's folder gets its name when the table is whole. Nothing is compressed: rows are
mapped when they are read, which takes a seventh of a chunk's time off, and three times the disk.

One fault shows only across chunks: a loan_id under customers of several. The loans have each row of such a
loan twice, so that the screen of any of its chunks finds it repeated; the second has the row number ``ECHO``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.stream.routes import FIRST, Chunks, Routes
from features.tables.schema import Table
from features.tables.table_file import TableFile

ROW = "row"
"""The column with a row's number in its table, counted from 0."""

ECHO = -1


@dataclass(frozen=True)
class Split:
    """Where each row goes: chunks of as many customers, in the order of the customers table."""

    customers: Routes
    loans: Routes

    @classmethod
    def of(cls, files: Mapping[str, TableFile], size: int) -> Split:
        """Read who the customers are and whose the loans, and give ``size`` customers to each chunk."""
        customers = Routes.of(lambda: _by_position(files["customers"], size))
        return cls(customers, Routes.of(lambda: _by_customer(files["loans"], customers)))

    def chunks_of(self, table: Table, rows: pa.Table) -> Chunks:
        """Return the chunk of each row of a table."""
        if "customer_id" in table.columns:
            return self.customers.chunk_of(rows["customer_id"])
        return self.loans.chunk_of(rows["loan_id"])

    def echoed(self, rows: pa.Table) -> pa.Table:
        """Return rows of the loans with an echo of each whose loan has rows in several chunks."""
        shared = rows.filter(pa.array(self.loans.is_shared(rows["loan_id"])))
        number = pa.array(np.full(len(shared), ECHO))
        return pa.concat_tables([rows, shared.set_column(rows.column_names.index(ROW), ROW, number)])


def spill(file: TableFile, split: Split, folder: Path) -> Iterator[float]:
    """Write the rows of a table into ``folder``, a file a chunk; it exists only when whole.

    Yields the share done, in [0, 1], as it goes.
    """
    aside = folder.with_name(f"{folder.name}.writing")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    before = 0
    for rows, share in file.batches():
        numbered = rows.append_column(ROW, pa.array(np.arange(before, before + len(rows))))
        before += len(rows)
        if not _empty(aside).exists():
            append(numbered.slice(0, 0), _empty(aside))
        _scatter(split.echoed(numbered) if file.table.name == "loans" else numbered, split, file.table, aside)
        yield share
    aside.rename(folder)


def chunks_in(folder: Path) -> list[int]:
    """Return the chunks of a table's folder, the first whether it has rows or not."""
    return sorted({int(FIRST)} | {int(file.stem) for file in folder.glob("[0-9]*.arrow")})


def read_chunk(folder: Path, chunk: int) -> pa.Table:
    """Return a chunk's rows of the table in ``folder``, in the order of the table."""
    file = _chunk_file(folder, chunk)
    return read_appended(file if file.exists() else _empty(folder))


def append(rows: pa.Table, file: Path) -> None:
    """Add rows to the end of a file for ``read_appended``."""
    with file.open("ab") as sink, pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)


def read_appended(file: Path) -> pa.Table:
    """Return all rows that were appended to a file."""
    with pa.memory_map(str(file)) as source:
        return pa.concat_tables(list(_streams(source)))


def _streams(source: pa.MemoryMappedFile) -> Iterator[pa.Table]:
    while source.tell() < source.size():
        yield pa.ipc.open_stream(source).read_all()


def _scatter(rows: pa.Table, split: Split, table: Table, folder: Path) -> None:
    chunks = split.chunks_of(table, rows)
    order = np.argsort(chunks, kind="stable")
    present, starts, counts = np.unique(chunks[order], return_index=True, return_counts=True)
    together = rows.take(pa.array(order))
    for chunk, start, rows_of_it in zip(present, starts, counts, strict=True):
        append(together.slice(start, rows_of_it), _chunk_file(folder, int(chunk)))


def _chunk_file(folder: Path, chunk: int) -> Path:
    return folder / f"{chunk:06d}.arrow"


def _empty(folder: Path) -> Path:
    return folder / "empty.arrow"


def _by_position(customers: TableFile, size: int) -> Iterator[tuple[pa.ChunkedArray, Chunks]]:
    before = 0
    for rows, _ in customers.batches(["customer_id"]):
        ids, position = rows["customer_id"], np.arange(before, before + len(rows))
        before += len(rows)
        yield ids, np.where(ids.is_null(), FIRST, position // size).astype(np.int32)


def _by_customer(loans: TableFile, customers: Routes) -> Iterator[tuple[pa.ChunkedArray, Chunks]]:
    for rows, _ in loans.batches(["customer_id", "loan_id"]):
        yield rows["loan_id"], customers.chunk_of(rows["customer_id"])
