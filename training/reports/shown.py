"""How a column of a table is shown: the JSON holds the numbers as they are, the page shows these texts.

Decimals are those of the column, not of the cell, so that numbers line up under each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from features.feature import spoken
from training.reports.section import Format

ABSENT = "–"
"""Shown where a number is not known."""

_FIXED: dict[str, str] = {"count": "{:,.0f}", "probability": "{:.4f}", "log-odds": "{:+.3f}"}
_ABBREVIATIONS = {
    **{word: word.upper() for word in ("auc", "ks", "psi", "shap", "pr", "woe")},
    **{name: name.capitalize() for name in ("gini", "brier")},
}
_DECIMALS = ((1000.0, 0), (100.0, 1), (10.0, 2), (1.0, 3), (0.001, 4))


def _pattern(values: Sequence[Any], form: Format) -> str:
    """Return the pattern of a column: fixed by its format, or as many decimals as its largest number bears."""
    if form == "share":
        return "{:.1f} %"
    if form in _FIXED:
        return _FIXED[form]
    known = [abs(float(value)) for value in values if isinstance(value, int | float)]
    if all(value == int(value) for value in known):
        return "{:,.0f}"
    decimals = 1 if form == "points" else next((d for least, d in _DECIMALS if max(known) >= least), None)
    if decimals is None:
        return "{:.1e}"
    return f"{{:,.{decimals}f}}"


def _number(value: Any, pattern: str, times: float) -> str:
    if value is None:
        return ABSENT
    if isinstance(value, str):
        return value
    text = pattern.format(value * times)
    return text.removeprefix("-") if not any(digit in text for digit in "123456789") else text


def _quantity(value: Any, unit: Any) -> str:
    if value is None:
        return "not known" if unit else ""
    if unit in ("share", "ratio", "currency", "days", "years"):
        return spoken(float(value), unit)
    return f"{value:,.0f}" if value == np.round(value) else f"{value:,.3f}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def heading(column: str) -> str:
    """Return the heading of a column.

    >>> heading("mean_probability"), heading("pr_auc")
    ('mean probability', 'PR AUC')
    """
    return " ".join(_ABBREVIATIONS.get(word, word) for word in column.replace("_", " ").split(" "))


def is_number(form: Format) -> bool:
    """Tell whether a column of this format lines up at the right."""
    return form not in ("text", "date", "verdict")


def shown(values: Sequence[Any], form: Format, units: Sequence[Any] = ()) -> list[str]:
    """Return the text of each cell; ``values`` are JSON's, ``units`` the unit of each where ``form`` is quantity.

    >>> shown([0.12345, None], "share"), shown([1234.5, 2.0], "number"), shown([7.26], "quantity", ["currency"])
    (['12.3 %', '–'], ['1,234', '2'], ['7'])
    """
    if form in ("text", "verdict"):
        return [_text(value) for value in values]
    if form == "date":
        return [ABSENT if value is None else str(value)[:10] for value in values]
    if form == "quantity":
        return [_quantity(value, unit) for value, unit in zip(values, units, strict=True)]
    pattern = _pattern(values, form)
    return [_number(value, pattern, 100.0 if form == "share" else 1.0) for value in values]
