"""The cells for replay: the rows that JSON would have carried, and every bit of what was decided on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from features import build_features
from features.records import build_features_of_records, ledger_of_records
from serving.journal import Payload
from serving.journal.cells import Cells, rows_of
from serving.snapshot import cells_of


def kept(cells: Cells) -> Payload:
    """Return the payload of a decision by id, written to the journal and read again."""
    written = Payload("C1", datetime(2026, 3, 2, tzinfo=UTC), cells, True, {}, {}, b"")
    return Payload.from_bytes(written.to_bytes())


def test_a_customer_alone_is_kept_as_among_others(bank: Any) -> None:
    together = cells_of(bank.snapshot.book(bank.names))
    for name, cells in zip(bank.names[:20], together, strict=False):
        assert cells_of(bank.snapshot.book([name])) == [cells]
    assert cells_of(bank.snapshot.book([])) == []


def test_what_is_kept_posts_to_the_same_ledger(bank: Any, require_same: Any) -> None:
    for name in bank.names[:20]:
        book = bank.snapshot.book([name])
        require_same(book.ledger, ledger_of_records(kept(*cells_of(book)).rows))


def test_the_features_of_what_is_kept_are_the_books_to_the_bit(bank: Any) -> None:
    as_of = bank.snapshot.as_of
    whole = build_features(bank.book, as_of)
    for name, cells in zip(bank.names[:40], cells_of(bank.snapshot.book(bank.names)), strict=False):
        made = build_features_of_records(kept(cells).rows, as_of)
        pd.testing.assert_frame_equal(made, whole.loc[[name]], check_exact=True)


@pytest.mark.parametrize(
    ("table", "column", "said"),
    [
        ("customers", "birth_date", lambda cell: str(cell.date())),
        ("customers", "gender", str),
        ("loans", "product", str),
        ("loans", "principal", float),
        ("loans", "term_months", int),
        ("payments", "paid_at", lambda cell: cell.ceil("s").isoformat()),
        ("reminders", "delivered", bool),
        ("reminders", "reply_text", str),
        ("credit", "observed_on", lambda cell: str(cell.date())),
    ],
)
def test_rows_are_said_as_json_has_them(table: str, column: str, said: Any, bank: Any) -> None:
    rows = [row for cells in cells_of(bank.snapshot.book(bank.names)) for row in rows_of(cells)[table]]
    given = [None if pd.isna(cell) else said(cell) for cell in getattr(bank.book, table)[column]]
    told = [row[column] for row in rows]
    assert sorted(map(repr, told)) == sorted(map(repr, given))
