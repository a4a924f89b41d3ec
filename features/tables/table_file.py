"""The file that holds one table of a book, Parquet or CSV: read whole, or in batches when it does not fit in memory.

Both ways give the same cells. Of a CSV every cell is a text and an empty cell an empty text; what a text
means is decided later (conform.py), so that an error can show the bank's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from features.errors import SchemaError
from features.tables.schema import Column, Table

_ROWS = 2**19
_BLOCK = 2**24  # bytes of a CSV at a time; a row may be no longer
_PARSE = pa.csv.ParseOptions(newlines_in_values=True)
_READ = pa.csv.ReadOptions(block_size=_BLOCK)


class Batch(NamedTuple):
    """Some rows of a table, in the order of its file, and the share of the file read with them, in [0, 1]."""

    rows: pa.Table
    share: float


@dataclass(frozen=True)
class TableFile:
    """Where a table of a book is on disk; make one with ``TableFile.of``."""

    table: Table
    path: Path

    @classmethod
    def of(cls, folder: Path, table: Table) -> TableFile:
        """Return the table's file in a book's folder; ``<table>.parquet`` goes before ``<table>.csv``.

        Raises
        ------
        SchemaError
            When neither exists.
        """
        parquet, csv = folder / f"{table.name}.parquet", folder / f"{table.name}.csv"
        if not parquet.exists() and not csv.exists():
            raise SchemaError(f"{table.name}: neither {parquet} nor {csv} exists; a book has one file a table.")
        return cls(table, parquet if parquet.exists() else csv)

    def read(self) -> pd.DataFrame:
        """Return all rows with the declared columns that the file has; raises as ``batches`` does."""
        return pa.concat_tables([batch.rows for batch in self.batches()]).to_pandas(ignore_metadata=True)

    def require_columns(self) -> None:
        """Refuse a file that lacks a column which every row needs.

        Raises
        ------
        SchemaError
            Naming the first such column; or as ``batches`` does.
        """
        present = next(self.batches()).rows.column_names
        for name, column in self.table.columns.items():
            if name not in present and not column.nullable:
                raise SchemaError(
                    f"{self.table.name}.{name}: the column is absent from {self.path}; expected {column.expectation}."
                )

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[Batch]:
        """Yield the rows in batches with the declared (or the given) columns that the file has.

        The first batch has no rows: even an empty table says which columns it has.

        Raises
        ------
        SchemaError
            When the file cannot be read; it names the file and the reason.
        """
        wanted = list(columns or self.table.columns)
        with self._refusals():
            read = _parquet_batches if self.path.suffix == ".parquet" else _csv_batches
            for rows, share in read(self.path, wanted):
                yield Batch(_plain(rows, self.table), share)

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, NotImplementedError) as error:  # pyarrow's errors are of these three kinds
            reason, kind = str(error).splitlines()[0], self.path.suffix[1:]
            raise SchemaError(f"{self.table.name}: {self.path} cannot be read as {kind}: {reason}") from error


def _present(path: Path, wanted: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return the wanted columns among those that a table's file has, each once."""
    for name in wanted:
        if names.count(name) > 1:
            raise SchemaError(f"{path.stem}.{name}: {names.count(name)} columns have this name; expected one.")
    return [name for name in wanted if name in names]


def _parquet_batches(path: Path, wanted: Sequence[str]) -> Iterator[Batch]:
    with pq.ParquetFile(path) as file:
        schema, total, seen = file.schema_arrow, max(file.metadata.num_rows, 1), 0
        names = _present(path, wanted, schema.names)
        yield Batch(pa.schema([schema.field(name) for name in names]).empty_table(), 0.0)
        for batch in file.iter_batches(_ROWS, columns=names):
            seen += batch.num_rows
            yield Batch(pa.Table.from_batches([batch]).select(names), seen / total)


def _csv_batches(path: Path, wanted: Sequence[str]) -> Iterator[Batch]:
    with pa.csv.open_csv(path, _READ, _PARSE) as header:
        names = _present(path, wanted, header.schema.names)
    texts = pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), include_columns=names)
    size, seen = max(path.stat().st_size, 1), 0
    with pa.csv.open_csv(path, _READ, _PARSE, texts) as reader:
        yield Batch(reader.schema.empty_table(), 0.0)
        for batch in reader:
            seen += batch.nbytes
            yield Batch(pa.Table.from_batches([batch]), min(seen / size, 1.0))


def _plain(rows: pa.Table, table: Table) -> pa.Table:
    """Return rows without dictionaries, and ids written as whole numbers as texts, whether one is null or not."""
    fields = [pa.field(field.name, _plain_type(field.type, table.columns[field.name])) for field in rows.schema]
    return rows.cast(pa.schema(fields))


def _plain_type(given: pa.DataType, column: Column) -> pa.DataType:
    kind = given.value_type if pa.types.is_dictionary(given) else given
    is_text = column.kind in ("id", "text", "choice", "zone")
    return pa.string() if is_text and pa.types.is_integer(kind) else kind
