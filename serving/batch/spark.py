"""Decisions for a book beyond one machine: the scorer of the batch, a group of customers at a time, by Spark.

Every group is a small book of its own, screened and decided for as on one machine, so the decisions are the same to
the bit. Nothing else of the package imports this module; features/spark.py says what it needs. On a cluster::

    session = SparkSession.builder.appName("decisions").getOrCreate()
    deciding = Deciding(as_of, load_models(), read_policy(), read_reasons(), read_prices("prices.json", read_policy()))
    spark_decisions(session, "s3a://bank/book", deciding).write("s3a://bank/decisions/2026-03-01")

A plan of capacity needs the values of all customers together: ``duewise score`` makes it, its prices are given here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from features.book import Book
from features.errors import PolicyError
from features.spark import FAULT, grouped_book, tables_of_group, told_faults
from features.tables.schema import TABLES
from features.tables.screening import screen
from serving.batch.deciding import Deciding

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_SPARK_TYPES = {
    pa.string(): "string",
    pa.float64(): "double",
    pa.int64(): "bigint",
    pa.bool_(): "boolean",
    pa.timestamp("us", "UTC"): "timestamp",
    pa.timestamp("us"): "timestamp_ntz",
}

_WRITTEN_MOMENTS = "spark.sql.parquet.outputTimestampType"


@dataclass(frozen=True)
class ScreenedDecisions:
    """The decisions for the customers whose rows are all valid, and why the others were set aside.

    Lazy, as ``ScreenedMatrix``: each action computes all groups again, ``write`` once. ``columns`` are those of
    ``table_of``; ``rows`` holds both parts.
    """

    rows: DataFrame
    columns: tuple[str, ...]

    @property
    def decisions(self) -> DataFrame:
        """A row a customer, the columns of ``table_of``."""
        return self.rows.where("`table` is null").select(*self.columns)

    @property
    def rejected(self) -> DataFrame:
        """A row a fault: customer_id (null when the row's customer is not known), table, column, value, expected."""
        return self.rows.where("`table` is not null").select("customer_id", *FAULT)

    def write(self, path: str) -> None:
        """Write ``decisions.parquet`` and ``rejected.parquet`` into the folder ``path``, in place of older ones."""
        conf = self.rows.sparkSession.conf
        usual = conf.get(_WRITTEN_MOMENTS)
        conf.set(_WRITTEN_MOMENTS, "TIMESTAMP_MICROS")  # INT96, Spark's usual one, loses that a moment is UTC's
        self.rows.persist()
        try:
            self.decisions.write.mode("overwrite").parquet(f"{path}/decisions.parquet")
            self.rejected.write.mode("overwrite").parquet(f"{path}/rejected.parquet")
        finally:
            self.rows.unpersist()
            conf.set(_WRITTEN_MOMENTS, usual)


def spark_decisions(
    session: SparkSession, book: str, deciding: Deciding, groups: int | None = None
) -> ScreenedDecisions:
    """Decide for every fit customer, a group at a time; arguments and errors beside are those of ``spark_features``.

    Raises
    ------
    PolicyError
        When the policy bounds capacity and ``deciding`` has no prices.
    """
    if deciding.settings.binds and deciding.prices is None:
        raise PolicyError("the policy bounds a day's capacity and no prices are given; `duewise score` plans them.")
    rows = grouped_book(session, book, deciding.as_of, groups)
    decided = _as_spark_reads(deciding.table(_nobody()))
    faults = [pa.field(name, pa.string()) for name in FAULT]
    answered = pa.schema([*decided.schema.remove_metadata(), *faults])

    def answer(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield from _answer(tables_of_group(batches), deciding, answered)

    schema = ", ".join(f"`{field.name}` {_SPARK_TYPES[field.type]}" for field in answered)
    return ScreenedDecisions(rows.groupBy("group").applyInArrow(answer, schema), tuple(decided.column_names))


def _nobody() -> Book:
    return Book.of({name: pd.DataFrame(columns=list(table.columns)) for name, table in TABLES.items()})


def _as_spark_reads(table: pa.Table) -> pa.Table:
    kinds = [pa.string() if pa.types.is_large_string(field.type) else field.type for field in table.schema]
    return table.cast(pa.schema(zip(table.column_names, kinds, strict=True)))


def _answer(tables: dict[str, pd.DataFrame], deciding: Deciding, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield the decisions of a group, then the faults of those set aside."""
    fit, rejected = screen(Book.of(tables))
    faults = pa.Table.from_pandas(told_faults(rejected)[["customer_id", *FAULT]], preserve_index=False)
    for part in (_as_spark_reads(deciding.table(fit)), faults):
        columns = [
            part[field.name].cast(field.type) if field.name in part.column_names else pa.nulls(len(part), field.type)
            for field in schema
        ]
        yield from pa.table(columns, schema=schema).to_batches()
