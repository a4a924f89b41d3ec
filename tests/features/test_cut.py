"""Nothing later than ``as_of`` may move a feature, whatever becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from features import Book, build_features, history
from features.tables.schema import TABLES

DATED = [name for name, table in TABLES.items() if table.known_from]
MOVE = pd.Timedelta(days=40)


def later_rows(frame: pd.DataFrame, column: str, as_of: pd.Timestamp) -> Any:
    moments = frame[column]
    return moments > (as_of if moments.dt.tz is not None else as_of.tz_convert("UTC").tz_localize(None))


def moved(book: Book, as_of: pd.Timestamp, table: str) -> Book:
    """Return the book with every later row of a table moved later still and its numbers changed."""
    column = TABLES[table].known_from
    frame = getattr(book, table).copy()
    later = later_rows(frame, column, as_of)
    assert later.any()
    frame.loc[later, column] += MOVE
    for name, kind in TABLES[table].columns.items():
        if kind.kind == "number" and name != "propensity":
            frame.loc[later, name] = frame.loc[later, name] * 3 + 1
    return Book.of(dict(book.tables()) | {table: frame})


def removed(book: Book, as_of: pd.Timestamp, table: str) -> Book:
    """Return the book without the later rows of a table."""
    frame = getattr(book, table)
    kept = frame[~later_rows(frame, TABLES[table].known_from, as_of)]
    if table == "loans":
        gone = {"instalments", "payments", "reminders"}
        rest = {n: f[f["loan_id"].isin(kept["loan_id"])] if n in gone else f for n, f in book.tables()}
        return Book.of(rest | {table: kept})
    return Book.of(dict(book.tables()) | {table: kept})


@pytest.mark.parametrize("change", [moved, removed])
@pytest.mark.parametrize("table", DATED)
def test_what_becomes_of_later_rows_changes_no_feature(
    world_book: Book, world_moment: pd.Timestamp, table: str, change: Callable[..., Book]
) -> None:
    changed = change(world_book, world_moment, table)
    pd.testing.assert_frame_equal(
        build_features(changed, world_moment), build_features(world_book, world_moment), check_exact=True
    )


@pytest.mark.parametrize("table", DATED)
def test_a_planted_leak_is_caught(
    world_book: Book, world_moment: pd.Timestamp, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, leaked = history.cut_rows, getattr(world_book.ledger, table).at
    later = 30 * 86_400

    def leaking(bounds: Any, at: Any, customer: Any, after: Any, until: Any) -> Any:
        return honest(bounds, at, customer, after, until + later * (at is leaked or len(at) == len(leaked)))

    monkeypatch.setattr(history, "cut_rows", leaking)
    changed = moved(world_book, world_moment, table)
    with pytest.raises(AssertionError):
        pd.testing.assert_frame_equal(
            build_features(changed, world_moment), build_features(world_book, world_moment), check_exact=True
        )


def test_what_became_of_a_reminder_is_not_known_on_the_day_it_was_sent(tables: dict[str, pd.DataFrame]) -> None:
    book = Book.of(tables)
    sent = pd.Timestamp("2026-02-06T10:00:00+08:00")
    soon, later = build_features(
        book, [sent + pd.Timedelta(hours=2), sent + pd.Timedelta(hours=30)], ["ann", "ann"]
    ).to_dict("records")
    assert soon["reminders_30d"] == later["reminders_30d"] == 1
    assert soon["read_share_180d"] != soon["read_share_180d"]  # missing
    assert later["read_share_180d"] == pytest.approx((1 + 0.47 * 4) / 5)


def test_the_schedule_of_an_open_loan_is_known_ahead(book: Book, as_of: pd.Timestamp) -> None:
    assert build_features(book, as_of).loc["ann", "due_amount_30d"] == 2_000.0


def test_the_schedule_of_a_loan_not_yet_open_is_not_known(book: Book) -> None:
    before = pd.Timestamp("2026-02-19T00:00:00+08:00")  # cy's card opens the day after
    assert build_features(book, before).loc["cy", "due_amount_30d"] == 0.0
