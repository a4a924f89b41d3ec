"""Spark for real, on this machine: what it answers is what one process answers, to the bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import CATALOGUE, Book, SchemaError, build_features, screen
from features.spark import ScreenedMatrix, spark_features
from features.tables.schema import TABLES

Tables = dict[str, pd.DataFrame]

pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")


@pytest.fixture(scope="module")
def world_folder(world_book: Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("book")
    world_book.write(folder)
    return folder


def collected(frame: Any) -> pd.DataFrame:
    return frame.toArrow().to_pandas().sort_values(list(frame.columns[:5]), ignore_index=True)


def assert_same_bits(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    expected = expected.reset_index().sort_values("customer_id", ignore_index=True)
    assert found.columns.tolist() == ["customer_id", *CATALOGUE]
    assert found["customer_id"].tolist() == expected["customer_id"].tolist()
    a, b = (frame[list(CATALOGUE)].to_numpy(np.float64) for frame in (found, expected))
    np.testing.assert_array_equal(np.isnan(a), np.isnan(b))
    bits = [np.where(np.isnan(x), 0.0, x).view(np.int64) for x in (a, b)]
    np.testing.assert_array_equal(*bits)


def assert_as_on_one_machine(answer: ScreenedMatrix, folder: Path, as_of: pd.Timestamp) -> pd.DataFrame:
    """Compare both parts with those of the whole book in this process, and return the faults."""
    fit, faults = screen(Book.read(folder))
    answer.rows.persist()
    rejected = collected(answer.rejected)
    key = ["customer_id", "table", "column", "expected"]
    told, expected = (sorted(frame[key].fillna("").itertuples(index=False, name=None)) for frame in (rejected, faults))
    assert told == expected
    assert_same_bits(collected(answer.matrix), build_features(fit, as_of))
    return rejected


@pytest.mark.parametrize("groups", [None, 3])
def test_the_matrix_is_that_of_one_machine_to_the_bit(
    session: Any, world_folder: Path, world_book: Book, world_moment: pd.Timestamp, groups: int | None, tmp_path: Path
) -> None:
    spark_features(session, str(world_folder), world_moment, groups).write(str(tmp_path))
    found = pd.read_parquet(tmp_path / "matrix.parquet").sort_values("customer_id", ignore_index=True)
    assert_same_bits(found, build_features(world_book, world_moment))
    assert pd.read_parquet(tmp_path / "rejected.parquet").empty


def test_faulty_customers_and_rows_of_nobody_are_told_and_the_others_answered(
    session: Any, tables: Tables, as_of: pd.Timestamp, tmp_path: Path
) -> None:
    payments = tables["payments"]
    payments.loc[0, "amount"] = -5.0  # ann's
    ghosts = payments.iloc[[1]].assign(loan_id="ghost-1")
    nameless = tables["loans"].iloc[[2]].assign(loan_id="nameless-1", customer_id=None)
    Book.of(
        tables | {"payments": pd.concat([payments, ghosts]), "loans": pd.concat([tables["loans"], nameless])}
    ).write(tmp_path)
    rejected = assert_as_on_one_machine(spark_features(session, str(tmp_path), as_of, 9), tmp_path, as_of)
    told = rejected[["customer_id", "table", "column", "value"]].to_numpy(dtype=object, na_value=None).tolist()
    assert ["ann", "payments", "amount", "-5.0"] in told
    assert [None, "payments", "loan_id, instalment_no", "ghost-1, 2"] in told
    assert [None, "loans", "customer_id", None] in told
    assert len(told) == 3


def test_customers_who_share_a_loan_are_judged_together_and_a_reminder_by_its_customer(
    session: Any, tables: Tables, as_of: pd.Timestamp, tmp_path: Path
) -> None:
    more = tables["customers"].iloc[[2, 2, 2]].assign(customer_id=["di", "ed", "flo"])
    shared = tables["loans"].iloc[[2]].assign(customer_id="di")  # cy's loan
    repeated = tables["reminders"].iloc[[0]].assign(customer_id="ed")  # r1 of ann's loan: his fault
    of_anothers_loan = (
        tables["reminders"].iloc[[1]].assign(customer_id="flo", reminder_id="r99")
    )  # of bo's loan: his fault
    changed = {"customers": more, "loans": shared, "reminders": pd.concat([repeated, of_anothers_loan])}
    Book.of(tables | {name: pd.concat([tables[name], rows]) for name, rows in changed.items()}).write(tmp_path)
    rejected = assert_as_on_one_machine(spark_features(session, str(tmp_path), as_of, 9), tmp_path, as_of)
    assert rejected["customer_id"].tolist() == ["cy", "di", "ed", "flo"]


def test_days_may_be_dates_and_a_table_a_folder_whose_files_differ_in_columns(
    session: Any, book: Book, as_of: pd.Timestamp, tmp_path: Path
) -> None:
    book.write(tmp_path)
    for name, table in TABLES.items():
        rows = pq.read_table(tmp_path / f"{name}.parquet")
        for k, column in enumerate(rows.column_names):
            if table.columns[column].kind == "date":
                rows = rows.set_column(k, column, rows[column].cast(pa.date32()))
        pq.write_table(rows, tmp_path / f"{name}.parquet")
    credit = pq.read_table(tmp_path / "credit.parquet")
    (tmp_path / "credit.parquet").unlink()
    (tmp_path / "credit.parquet").mkdir()
    pq.write_table(credit.slice(0, 1).drop_columns("bureau_score"), tmp_path / "credit.parquet" / "a.parquet")
    pq.write_table(credit.slice(1), tmp_path / "credit.parquet" / "b.parquet")
    lacking = book.credit.assign(bureau_score=book.credit["bureau_score"].mask(book.credit.index == 0))
    expected = build_features(Book.of(dict(book.tables()) | {"credit": lacking}), as_of)
    assert_same_bits(collected(spark_features(session, str(tmp_path), as_of).matrix), expected)


def test_a_book_that_is_not_parquet_is_refused_with_the_file(session: Any, book: Book, tmp_path: Path) -> None:
    book.write(tmp_path, "csv")
    with pytest.raises(
        SchemaError, match=r"customers: .*customers\.parquet cannot be read; .* Parquet: \[PATH_NOT_FOUND"
    ):
        spark_features(session, str(tmp_path), pd.Timestamp("2026-03-01", tz="UTC"))


def test_a_damaged_file_is_named(session: Any, book: Book, tmp_path: Path) -> None:
    book.write(tmp_path)
    (tmp_path / "loans.parquet").write_bytes(b"PAR1 cut short")
    with pytest.raises(SchemaError, match=r"loans: .*loans\.parquet cannot be read; .*is not a Parquet file"):
        spark_features(session, str(tmp_path), pd.Timestamp("2026-03-01", tz="UTC"))


@pytest.mark.parametrize(
    ("as_of", "groups", "message"),
    [
        (pd.Timestamp("2025-03-01"), 1, "must be a time with a time zone"),
        (pd.Timestamp("2025-03-01", tz="UTC"), 0, "groups must be at least 1, got 0"),
    ],
    ids=["naive moment", "no groups"],
)
def test_a_question_that_cannot_be_answered_is_refused_before_the_cluster_works(
    session: Any, world_folder: Path, as_of: pd.Timestamp, groups: int, message: str
) -> None:
    with pytest.raises(SchemaError, match=message):
        spark_features(session, str(world_folder), as_of, groups)


def test_an_absent_column_that_all_rows_need_is_named(session: Any, book: Book, tmp_path: Path) -> None:
    book.write(tmp_path)
    book.payments.drop(columns="amount").to_parquet(tmp_path / "payments.parquet")
    with pytest.raises(SchemaError, match=r"payments\.amount: the column is absent"):
        spark_features(session, str(tmp_path), pd.Timestamp("2026-03-01", tz="UTC"))


def test_a_session_that_reads_dates_as_moments_is_refused(session: Any, world_folder: Path) -> None:
    name = "spark.sql.parquet.inferTimestampNTZ.enabled"
    session.conf.set(name, "false")
    try:
        with pytest.raises(SchemaError, match=f"{name} must be true"):
            spark_features(session, str(world_folder), pd.Timestamp("2025-03-01", tz="UTC"))
    finally:
        session.conf.unset(name)
