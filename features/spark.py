"""The matrix of a book beyond one machine: Spark brings customers together by group, ``build_features`` does the rest.

Every group is a small book of its own, screened and computed as it would be on one machine, so the numbers
are the same to the bit. Nothing else of the package imports this module; it needs the extra ``duewise[spark]``
and Java, and each executor's Python needs duewise. On a cluster, with ``PYSPARK_PYTHON`` naming that Python::

    # spark-submit --master yarn --archives duewise-venv.tar.gz#venv --conf spark.executor.memory=8g features_job.py
    session = SparkSession.builder.appName("features").getOrCreate()
    as_of = pd.Timestamp("2026-03-01T00:00:00+08:00")
    spark_features(session, "s3a://bank/book", as_of).write("s3a://bank/features/2026-03-01")

On one machine ``local_session()`` gives the session.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from features.book import Book
from features.catalogue import CATALOGUE
from features.errors import SchemaError
from features.matrix import build_features
from features.tables.schema import TABLES
from features.tables.screening import screen

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

CUSTOMERS_A_GROUP = 5_000

_MATRIX = ("customer_id", *CATALOGUE)
FAULT = ("table", "column", "value", "expected")
"""What is said of a fault beside its customer."""

_ANSWER = pa.schema([(name, pa.float64() if name in CATALOGUE else pa.string()) for name in (*_MATRIX, *FAULT)])
_NAIVE_DATES = "spark.sql.parquet.inferTimestampNTZ.enabled"


@dataclass(frozen=True)
class ScreenedMatrix:
    """The matrix of the customers whose rows are all valid, and why the others were set aside.

    Lazy: each action on ``matrix`` or ``rejected`` computes all groups again. ``write`` computes them once,
    and so does everything after ``rows.persist()``. ``rows`` holds both parts.
    """

    rows: DataFrame

    @property
    def matrix(self) -> DataFrame:
        """A row a customer: customer_id, then the catalogue's features as doubles, null where not known."""
        return self.rows.where("`table` is null").select(*_MATRIX)

    @property
    def rejected(self) -> DataFrame:
        """A row a fault: customer_id (null when the row's customer is not known), table, column, value, expected."""
        return self.rows.where("`table` is not null").select("customer_id", *FAULT)

    def write(self, path: str) -> None:
        """Write ``matrix.parquet`` and ``rejected.parquet`` into the folder ``path``, in place of older ones."""
        self.rows.persist()
        try:
            self.matrix.write.mode("overwrite").parquet(f"{path}/matrix.parquet")
            self.rejected.write.mode("overwrite").parquet(f"{path}/rejected.parquet")
        finally:
            self.rows.unpersist()


def local_session(threads: int = 2, memory: str = "1g") -> SparkSession:
    """Return a quiet Spark on this machine alone, whose workers run this very interpreter."""
    from pyspark.sql import SparkSession

    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    settings = {
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",  # a short job ends before C2 would pay
        "spark.driver.memory": memory,
        "spark.log.level": "ERROR",
        "spark.sql.shuffle.partitions": str(2 * threads),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    return SparkSession.builder.master(f"local[{threads}]").config(map=settings).getOrCreate()


def spark_features(session: SparkSession, book: str, as_of: pd.Timestamp, groups: int | None = None) -> ScreenedMatrix:
    """Compute the catalogue's features as known at ``as_of``, a group of customers at a time.

    Customers who share a loan, and rows that lead to no customer, can only be judged together: they are one
    group more. Each group must fit the memory of one Python worker.

    Parameters
    ----------
    session
        Any session; its time zone does not matter.
    book
        Folder or address with ``<table>.parquet``, a file or a folder of files, for each of the seven tables.
    as_of
        The moment of the cut, with a time zone.
    groups
        Into how many groups customers are divided; it changes no number. None: one for each 5,000 customers.

    Raises
    ------
    SchemaError
        When a table cannot be read as Parquet or lacks a column that every row needs, ``as_of`` has no
        time zone, ``groups`` is below 1, or the session would read dates as moments.
    """
    rows = grouped_book(session, book, as_of, groups)

    def answer(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield from _answer(tables_of_group(batches), as_of)

    schema = ", ".join(f"`{field.name}` {field.type}" for field in _ANSWER)
    return ScreenedMatrix(rows.groupBy("group").applyInArrow(answer, schema))


def grouped_book(session: SparkSession, book: str, as_of: pd.Timestamp, groups: int | None = None) -> DataFrame:
    """Return a book's rows by group of customers, for ``groupBy("group")`` and, in a group, ``tables_of_group``.

    Arguments and errors are those of ``spark_features``.
    """
    tables = {name: _read(session, book, name) for name in TABLES}
    _refuse_what_no_group_could_answer(session, tables, as_of)
    return _grouped(tables, _count_of(groups, tables["customers"]))


def _read(session: SparkSession, book: str, name: str) -> DataFrame:
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    file = f"{book}/{name}.parquet"
    try:
        found = session.read.option("mergeSchema", "true").parquet(file)
    except (PySparkException, Py4JJavaError) as error:
        reason = _first_cause(error)
        raise SchemaError(f"{name}: {file} cannot be read; Spark takes no book but of Parquet: {reason}") from error
    return found.select(*(column for column in TABLES[name].columns if column in found.columns))


def _first_cause(error: Exception) -> str:
    first, *trace = str(error).splitlines()
    return [first, *(line for line in trace if line.startswith("Caused by"))][-1]


def _refuse_what_no_group_could_answer(
    session: SparkSession, tables: Mapping[str, DataFrame], as_of: pd.Timestamp
) -> None:
    if session.conf.get(_NAIVE_DATES) != "true":
        raise SchemaError(f"the session would read dates as moments: {_NAIVE_DATES} must be true.")
    nobody = {name: pd.DataFrame(columns=frame.columns) for name, frame in tables.items()}
    build_features(screen(Book.of(nobody)).book, as_of)


def _count_of(groups: int | None, customers: DataFrame) -> int:
    if groups is not None and groups < 1:
        raise SchemaError(f"groups must be at least 1, got {groups}.")
    return groups or customers.count() // CUSTOMERS_A_GROUP + 1


def _grouped(tables: Mapping[str, DataFrame], groups: int) -> DataFrame:
    """Return the rows of all tables, a partition a group: a column a table, which holds its own rows as structs."""
    from pyspark.sql import functions as F

    owned = reduce(_together, (_owned(name, tables) for name in TABLES))
    rows = owned.join(_entangled(tables), F.col("owner") == F.col("other"), "left")
    alone = F.col("owner").isNotNull() & F.col("other").isNull()
    group = F.when(alone, F.pmod(F.hash("owner"), F.lit(groups))).otherwise(groups)
    return rows.select(group.alias("group"), *TABLES).repartitionById(groups + 1, "group")


def _together(first: DataFrame, second: DataFrame) -> DataFrame:
    return first.unionByName(second, allowMissingColumns=True)


def _owned(name: str, tables: Mapping[str, DataFrame]) -> DataFrame:
    """Return a table's rows with their owner, the customer they lead to; null where they lead to none."""
    from pyspark.sql import functions as F

    frame = tables[name]
    row = F.struct(*frame.columns).alias(name)
    if "customer_id" in frame.columns:
        return frame.select(_id("customer_id").alias("owner"), row)
    borrower = tables["loans"].groupBy(_id("loan_id").alias("loan")).agg(F.min(_id("customer_id")).alias("owner"))
    return frame.select(_id("loan_id").alias("loan"), row).join(borrower, "loan", "left").drop("loan")


def _entangled(tables: Mapping[str, DataFrame]) -> DataFrame:
    """Return the customers who stand with others at one loan; no customer counts as one."""
    from pyspark.sql import functions as F

    customer = F.coalesce(_id("customer_id"), F.lit("")).alias("customer")
    loans = tables["loans"].select(_id("loan_id").alias("loan"), customer).where("loan is not null").groupBy("loan")
    shared = loans.agg(F.collect_set("customer").alias("others")).where(F.size("others") > 1)
    return shared.select(F.explode("others").alias("other")).distinct()


def _id(column: str) -> Column:
    """Return an id as text; an empty text is no id, as in ``conform``."""
    from pyspark.sql import functions as F

    return F.nullif(F.col(column).cast("string"), F.lit(""))


def tables_of_group(batches: Iterator[pa.RecordBatch]) -> dict[str, pd.DataFrame]:
    """Return a group's rows by table."""
    rows = [{name: batch.column(name).drop_null() for name in TABLES} for batch in batches]
    return {name: _frame(pa.chunked_array([part[name] for part in rows])) for name in TABLES}


def _frame(rows: pa.ChunkedArray) -> pd.DataFrame:
    """Return structs as a DataFrame; moments come labelled with the session's zone, which pandas may not know."""
    table = pa.Table.from_struct_array(rows)
    zoned = [pa.types.is_timestamp(field.type) and field.type.tz is not None for field in table.schema]
    types = [pa.timestamp("us", "UTC") if z else f.type for z, f in zip(zoned, table.schema, strict=True)]
    return table.cast(pa.schema(zip(table.column_names, types, strict=True))).to_pandas()


def _answer(tables: Mapping[str, pd.DataFrame], as_of: pd.Timestamp) -> Iterator[pa.RecordBatch]:
    """Yield the matrix of a group, then the faults of those set aside."""
    fit, rejected = screen(Book.of(tables))
    for part in (build_features(fit, as_of).reset_index(), told_faults(rejected)):
        whole = part.reindex(columns=_ANSWER.names)
        yield from pa.Table.from_pandas(whole, _ANSWER, preserve_index=False).to_batches()


def told_faults(rejected: pd.DataFrame) -> pd.DataFrame:
    """Return a screen's faults with each value as a text."""
    return rejected.assign(value=rejected["value"].map(_text))


def _text(value: Any) -> str | None:
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return None if pd.isna(value) else str(value)
