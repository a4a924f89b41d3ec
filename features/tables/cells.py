"""One cell of any type at all, as the text, number, flag or time it is meant as; None where it is none of that.

Columns of the usual dtypes never come here (conform.py turns them whole). What does come may be anything
that a file, a request or a program can put into a table.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

NUMBER = "[+-]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
FLAGS = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}

_EXACT = 2**53
_LONGEST_ID = 128
_SHOWN = 80


def is_absent(cell: Any) -> bool:
    """Return whether a cell is null or a text with nothing in it but spaces.

    >>> [is_absent(cell) for cell in (None, pd.NaT, float("nan"), "  ", [], 0)]
    [True, True, True, True, False, False]
    """
    if isinstance(cell, str):
        return not cell.strip()
    if isinstance(cell, Decimal):
        return cell.is_nan()
    return bool(pd.api.types.is_scalar(cell) and pd.isna(cell))


def text(cell: Any) -> str | None:
    """Return a text as it is and a whole number as its digits; a float only where it holds them exactly.

    >>> text("007"), text(7), text(7.0), text(7.5), text(True)
    ('007', '7', '7', None, None)
    """
    if isinstance(cell, str):
        return cell if _is_unicode(cell) else None
    if _is_integer(cell):
        return str(int(cell)) if int(cell).bit_length() <= _LONGEST_ID else None
    if not isinstance(cell, float | Decimal) or is_absent(cell):
        return None
    return str(int(cell)) if -_EXACT < cell < _EXACT and cell == int(cell) else None


def number(cell: Any) -> float | None:
    """Return a number, or a text that spells one; None for true and false, which are none.

    >>> number(" 1e3 "), number(7), number("1,000"), number(True), number(1j)
    (1000.0, 7.0, None, None, None)
    """
    if isinstance(cell, str):
        return float(cell) if re.fullmatch(NUMBER, cell.strip()) else None
    if not (_is_integer(cell) or isinstance(cell, float | np.floating | Decimal)) or is_absent(cell):
        return None
    try:
        return float(cell)
    except OverflowError:  # a whole number of more than 308 digits
        return None


def flag(cell: Any) -> bool | None:
    """Return true or false, also of the texts and numbers that stand for them.

    >>> flag(np.True_), flag("FALSE"), flag(1), flag(2)
    (True, False, True, None)
    """
    if isinstance(cell, str):
        return FLAGS.get(cell.strip().lower())
    if isinstance(cell, bool | np.bool_):
        return bool(cell)
    value = number(cell)
    return bool(value) if value in (0, 1) else None


def iso(cell: Any) -> str | None:
    """Return a date or a moment as ISO 8601 writes it, a moment with an offset in UTC; a text as it is.

    >>> iso(date(2026, 3, 1)), iso(pd.Timestamp("2026-03-01T09:30+08:00"))
    ('2026-03-01', '2026-03-01T01:30:00+00:00')
    """
    if isinstance(cell, np.datetime64):
        return str(cell)
    if isinstance(cell, datetime) and not is_absent(cell) and cell.utcoffset() is not None:
        try:
            return cell.astimezone(UTC).isoformat()
        except OverflowError:  # the first and last hours that a datetime can hold
            return None
    if isinstance(cell, date) and not is_absent(cell):
        return cell.isoformat()
    return text(cell) if isinstance(cell, str) else None


def shown(cell: Any) -> str:
    """Return a cell as errors print it, cut where it is long.

    >>> shown("abc"), shown(10**9_000)
    ("'abc'", 'a whole number of 29898 bits')
    """
    try:
        words = repr(cell)
    except ValueError:  # Python spells out whole numbers of at most 4300 digits
        words = f"a whole number of {cell.bit_length()} bits" if isinstance(cell, int) else type(cell).__name__
    words = words.encode("utf-8", "backslashreplace").decode()
    return words if len(words) <= _SHOWN else words[: _SHOWN - 3] + "..."


def _is_integer(cell: Any) -> bool:
    return isinstance(cell, int | np.integer) and not isinstance(cell, bool | np.timedelta64)


def _is_unicode(cell: str) -> bool:
    return cell.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in cell)
