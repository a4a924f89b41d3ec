"""The quick looks by which a whole table passes say no more than the slow ones that name its faults."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from features import Book
from features.tables.checks import checked, repeated
from features.tables.conform import TEXT_DTYPE, convert
from features.tables.schema import TABLES, Column


def rows_of(keys: dict[str, Any]) -> list[int]:
    return [int(row) for failure in repeated(TABLES["loans"], pd.DataFrame(keys)) for row in failure.rows]


DAY = pd.Timestamp("2026-03-01")

KEYS: dict[str, tuple[dict[str, Any], list[int]]] = {
    "all differ": ({"id": [1.0, 2.0], "n": [1.0, 1.0]}, []),
    "the same twice": ({"id": [1.0, 2.0, 1.0], "n": [1.0, 1.0, 1.0]}, [0, 2]),
    "nulls repeat nothing": ({"id": [np.nan, np.nan], "n": [1.0, 1.0]}, []),
    "-0 is 0": ({"id": [0.0, -0.0]}, [0, 1]),
    "texts": ({"id": [1.0, 1.0, 1.0], "name": pd.Series(["a", "b", "a"], dtype=TEXT_DTYPE)}, [0, 2]),
    "days": ({"id": [1.0, 1.0], "day": pd.Series([DAY, DAY + pd.Timedelta(days=1)])}, []),
    "moments": ({"id": [1.0, 1.0], "at": pd.Series([DAY, DAY]).dt.tz_localize("UTC")}, [0, 1]),
    "columns changed about": ({"a": [1.0, 2.0], "b": [2.0, 1.0]}, []),
    "no rows": ({"id": np.empty(0)}, []),
}


@pytest.mark.parametrize(("keys", "expected"), KEYS.values(), ids=KEYS.keys())
def test_keys_that_repeat_are_named(keys: dict[str, Any], expected: list[int]) -> None:
    assert rows_of(keys) == expected


def test_many_keys_that_differ_in_one_bit_repeat_nothing() -> None:
    a, b = np.meshgrid(np.arange(300.0), np.arange(300.0))
    assert rows_of({"a": a.ravel(), "b": b.ravel()}) == []


@pytest.mark.parametrize(
    ("name", "cell", "expected"),
    [("principal", -0.01, [1]), ("principal", 0.01, []), ("product", "yacht", [1]), ("product", "auto", [])],
)
def test_a_cell_outside_its_range_or_choices_is_named(book: Book, name: str, cell: object, expected: list[int]) -> None:
    loans = book.loans.assign(**{name: [cell if row == 1 else given for row, given in enumerate(book.loans[name])]})
    assert [row for one in checked(TABLES["loans"], loans).failures for row in one.rows] == expected


def test_blank_is_what_holds_nothing_but_white_space() -> None:
    texts = ["", " ", "\t\n", "\u3000\u2003", "\u200b", " a", "a ", "\x00"]
    cells = pd.Series([*texts, None], dtype=TEXT_DTYPE)
    found, unfit = convert(Column("text", "any"), cells)
    assert found.isna().tolist() == [*(not text.strip() for text in texts), True]
    assert unfit.tolist() == found.isna().tolist()
