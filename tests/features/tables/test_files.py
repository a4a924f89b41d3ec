"""Files as banks send them: what is damaged is refused by name, what is only odd is read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import Book, SchemaError, build_features, validate
from features.tables.schema import TABLES

HEADER = ",".join(TABLES["credit"].columns).encode()
ROW = b"ann,2026-01-31,50000.0,5000.0,3,0,4,0.0,720.0"

DAMAGED = {
    "not UTF-8": HEADER + b"\n" + ROW.replace(b"ann", b"\xe4nn"),
    "UTF-16": (HEADER + b"\n" + ROW).decode().encode("utf-16"),
    "no bytes": b"",
    "a row cut short": HEADER + b"\n" + ROW + b"\nbo,2026-01-31,20000.0",
    "a row with a cell too many": HEADER + b"\n" + ROW + b",1",
    "every row with a cell too many": HEADER + b"\n" + ROW + b",\n" + ROW.replace(b"ann", b"bo") + b",",
    "a quote that is never closed": HEADER + b"\n" + b'"' + ROW,
    "NUL bytes": b"\0" * 100,
}


def folder_with(book: Book, folder: Path, name: str, content: bytes) -> Path:
    book.write(folder)
    (folder / "credit.parquet").unlink()
    (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_csv_is_refused_with_table_file_and_reason(book: Book, tmp_path: Path, content: bytes) -> None:
    folder = folder_with(book, tmp_path, "credit.csv", content)
    with pytest.raises(
        SchemaError, match=r"credit(: .*credit\.csv cannot be read as csv: .+|\.customer_id: the column is absent)"
    ):
        validate(Book.read(folder))


@pytest.mark.parametrize("kept", [0, 4, 100, -1, -9])
def test_a_truncated_parquet_is_refused_with_table_file_and_reason(book: Book, tmp_path: Path, kept: int) -> None:
    book.write(tmp_path)
    whole = (tmp_path / "credit.parquet").read_bytes()
    folder = folder_with(book, tmp_path, "credit.parquet", whole[:kept])
    with pytest.raises(SchemaError, match=r"credit: .*credit\.parquet cannot be read as parquet: \w"):
        Book.read(folder)


def test_a_csv_with_a_byte_order_mark_and_windows_line_ends_reads_like_any_other(book: Book, tmp_path: Path) -> None:
    book.write(tmp_path / "plain", "csv")
    for file in (tmp_path / "plain").iterdir():
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    again = validate(Book.read(tmp_path / "plain"))
    for name, frame in book.tables():
        pd.testing.assert_frame_equal(getattr(again, name), frame, check_exact=True)


def test_a_reply_of_thousands_of_lines_quotes_and_commas_is_one_cell(
    tables: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    reply = 'pay, "soon"\r\n' * 5_000
    tables["reminders"] = tables["reminders"].assign(reply_text=reply)
    Book.of(tables).write(tmp_path, "csv")
    assert validate(Book.read(tmp_path)).reminders["reply_text"].tolist() == [reply] * len(tables["reminders"])


def test_every_number_of_a_csv_is_the_number_that_was_written(
    tables: dict[str, pd.DataFrame], as_of: pd.Timestamp, tmp_path: Path
) -> None:
    for name, column in (
        ("payments", "amount"),
        ("instalments", "amount_due"),
        ("credit", "balance"),
        ("loans", "annual_rate"),
    ):
        tables[name][column] = [cell / 3 + k / 7 for k, cell in enumerate(tables[name][column])]
    book = validate(Book.of(tables))
    book.write(tmp_path, "csv")
    pd.testing.assert_frame_equal(
        build_features(Book.read(tmp_path), as_of), build_features(book, as_of), check_exact=True
    )


def test_two_columns_of_one_name_in_a_csv_are_refused(book: Book, tmp_path: Path) -> None:
    content = HEADER.replace(b"balance", b"credit_limit") + b"\n" + ROW
    with pytest.raises(SchemaError, match=r"credit\.credit_limit: 2 columns have this name; expected one"):
        Book.read(folder_with(book, tmp_path, "credit.csv", content))


def test_columns_that_are_not_declared_are_passed_over(book: Book, tmp_path: Path) -> None:
    content = HEADER + b",note,\n" + ROW + b',"x, y",\xc3\xa9\n'
    credit = validate(Book.read(folder_with(book, tmp_path, "credit.csv", content))).credit
    assert list(credit) == list(TABLES["credit"].columns)


@pytest.mark.parametrize("cell", [{"value": 720.0}, [720.0], b"720"], ids=["struct", "list", "binary"])
def test_a_nested_or_binary_parquet_column_is_refused_with_the_value(book: Book, tmp_path: Path, cell: object) -> None:
    book.write(tmp_path)
    table = pq.read_table(tmp_path / "credit.parquet").drop_columns("bureau_score")
    pq.write_table(table.append_column("bureau_score", pa.array([cell] * len(table))), tmp_path / "credit.parquet")
    with pytest.raises(
        SchemaError,
        match=r"credit\.bureau_score: 9 rows, such as row 0: got .*720.*; expected a number in \[0, 1000\], or null",
    ):
        validate(Book.read(tmp_path))


def test_a_folder_that_is_a_file_has_no_tables(tmp_path: Path) -> None:
    (tmp_path / "book").write_text("x")
    with pytest.raises(SchemaError, match=r"customers: neither .* nor .* exists; a book has one file a table"):
        Book.read(tmp_path / "book")


def test_a_folder_in_the_place_of_a_file_is_refused(book: Book, tmp_path: Path) -> None:
    book.write(tmp_path)
    (tmp_path / "credit.parquet").unlink()
    (tmp_path / "credit.csv").mkdir()
    with pytest.raises(SchemaError, match=r"credit: .*credit\.csv cannot be read as csv: \w"):
        Book.read(tmp_path)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Give up root's right to read everything for a while."""
    own = os.geteuid()
    if own == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(own)


def test_a_file_that_may_not_be_read_is_refused(book: Book) -> None:
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        book.write(folder)
        (Path(folder) / "credit.parquet").chmod(0)
        refusal = re.escape("credit.parquet cannot be read as parquet")
        with as_nobody(), pytest.raises(SchemaError, match=refusal):
            Book.read(folder)
