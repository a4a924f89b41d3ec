from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from features import Book, SchemaError, build_features, validate


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_a_book_reads_back_as_it_was_written(book: Book, as_of: pd.Timestamp, tmp_path: Path, file_format: str) -> None:
    book.write(tmp_path, file_format)
    again = validate(Book.read(tmp_path))
    for name, frame in book.tables():
        pd.testing.assert_frame_equal(getattr(again, name), frame)
    pd.testing.assert_frame_equal(build_features(again, as_of), build_features(book, as_of))


def test_writing_leaves_nothing_but_the_seven_files(book: Book, tmp_path: Path) -> None:
    book.write(tmp_path)
    book.write(tmp_path)
    assert len(list(tmp_path.iterdir())) == 7


def test_a_missing_file_is_named(book: Book, tmp_path: Path) -> None:
    book.write(tmp_path)
    (tmp_path / "credit.parquet").unlink()
    with pytest.raises(SchemaError, match=r"credit: neither .*credit\.parquet nor .*credit\.csv exists"):
        Book.read(tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [("loans.parquet", b"PAR1 cut short"), ("loans.csv", b"loan_id,customer_id\n\xff\xfe\x00,x\n")],
    ids=["truncated parquet", "csv that is not UTF-8"],
)
def test_a_damaged_file_is_named_with_the_reason(book: Book, tmp_path: Path, name: str, content: bytes) -> None:
    book.write(tmp_path)
    (tmp_path / "loans.parquet").unlink()
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SchemaError, match=r"loans: .*cannot be read as"):
        Book.read(tmp_path)


def test_a_book_needs_all_seven_tables_and_no_other(tables: dict[str, pd.DataFrame]) -> None:
    del tables["incomes"]
    with pytest.raises(SchemaError, match=r"missing \['incomes'\], not known \['wages'\]"):
        Book.of(tables | {"wages": pd.DataFrame()})
