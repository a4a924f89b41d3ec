"""`duewise snapshot BOOK`: what it writes, what it says, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import duewise
from features import Book
from serving.snapshot import Snapshot

RUN = CliRunner()


def invoke(*arguments: Any) -> Any:
    return RUN.invoke(duewise.app, ["snapshot", *map(str, arguments)])


def test_the_state_of_every_customer_is_written_and_said(book: Book, tmp_path: Path) -> None:
    book.write(tmp_path / "book")
    done = invoke(tmp_path / "book", "--out", tmp_path / "out", "--chunk", 2, "--verify")
    assert done.exit_code == 0, done.output
    snapshot = Snapshot.open(tmp_path / "out", verify=True)
    said = done.output.replace("\n", "")
    assert f"{len(book.customers)} customers" in said
    assert f"as of {snapshot.as_of.isoformat()}, 0 customers set aside" in said
    seen = pd.concat([book.payments["paid_at"], book.reminders["sent_at"]]).max()
    assert snapshot.as_of == seen.ceil("s")


def test_a_moment_without_a_zone_is_read_in_that_of_most_customers(book: Book, tmp_path: Path) -> None:
    book.write(tmp_path / "book")
    done = invoke(tmp_path / "book", "--out", tmp_path / "out", "--as-of", "2026-02-01T09:00:00", "--quiet")
    assert (done.exit_code, done.output) == (0, "")
    zone = book.customers["timezone"].mode().iloc[0]
    assert Snapshot.open(tmp_path / "out").as_of == pd.Timestamp("2026-02-01T09:00:00", tz=zone)


def test_who_is_set_aside_is_told_with_the_file(book: Book, tmp_path: Path) -> None:
    amount = book.payments["amount"].astype(object)
    amount.iloc[0] = "much"
    Book.of(dict(book.tables()) | {"payments": book.payments.assign(amount=amount)}).write(tmp_path / "book", "csv")
    done = invoke(tmp_path / "book", "--out", tmp_path / "out")
    assert done.exit_code == 0
    assert f"1 customers set aside: {tmp_path / 'out.rejected.csv'}" in done.output.replace("\n", "")
    assert pd.read_csv(tmp_path / "out.rejected.csv")["value"].tolist() == ["much"]


@pytest.mark.parametrize("name", ["nothing", "."], ids=["no folder", "no tables"])
def test_what_is_no_book_is_refused_with_a_sentence(tmp_path: Path, name: str) -> None:
    done = invoke(tmp_path / name, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "a book has one file a table" in done.output.replace("\n", " ")
    assert "Traceback" not in done.output
