"""Single cases taken apart, a part of the chapter on what drives the model: no case says whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from training.reports.figures.drivers import waterfall_figure
from training.reports.section import Picture, Table
from training.reports.shown import shown
from training.reports.words import percent

_WORDS = {
    "low": "low probability",
    "medium": "medium probability",
    "high": "highest probability",
    "missed default": "defaulted, lowest probability",
}


def _case_table(cases: pd.DataFrame) -> Table:
    ordered = ["why", "tier", "outcome", "default_probability", "log_odds", "sum_probability", "gap"]
    return Table(
        "cases",
        "Single cases taken apart",
        "Contributions and base add up to log_odds, and these make sum_probability; gap is its distance from the "
        "probability on record. outcome 1 is a default.",
        cases[ordered].reset_index(),
        {
            "case": "text",
            "outcome": "count",
            "default_probability": "probability",
            "sum_probability": "probability",
            "log_odds": "log-odds",
            "gap": "number",
        },
    )


def _part_table(why: str, part: pd.DataFrame) -> Table:
    return Table(
        _case_id(why),
        f"The case with {_WORDS[why]}" if why != "missed default" else "The default that the model saw least",
        "Values as the model saw them, and what each added to the log-odds.",
        part,
        {"value": "quantity", "contribution": "log-odds"},
        folded=True,
    )


def _case_picture(case: pd.Series[Any], part: pd.DataFrame) -> Picture:
    title = f"{_WORDS[case['why']].capitalize()}: {percent(case['default_probability'])}"
    values = [None if value is None or np.isnan(value) else value for value in part["value"]]
    texts = ["" if unit is None or unit is np.nan else text for text, unit in _said(values, part["unit"])]
    return Picture(
        _case_id(case["why"]),
        "From the base up to the case's own log-odds: orange raises the risk, green lowers it.",
        _case_id(case["why"]),
        lambda: waterfall_figure(part, texts, title),
    )


def _said(values: list[float | None], units: pd.Series[Any]) -> list[tuple[str, Any]]:
    known = [unit if isinstance(unit, str) else None for unit in units]
    return list(zip(shown(values, "quantity", known), known, strict=True))


def _case_id(why: str) -> str:
    return "case_" + why.replace(" ", "_")


def case_tables(cases: pd.DataFrame, parts: Mapping[Any, pd.DataFrame]) -> tuple[Table, ...]:
    """Return the table of the chosen cases, and one a case of what made its probability.

    ``cases`` is ``single.chosen``'s, ``parts`` by case ``single.taken_apart``'s.
    """
    of_cases = (_part_table(str(cases.at[case, "why"]), part) for case, part in parts.items())
    return _case_table(cases), *of_cases


def case_pictures(cases: pd.DataFrame, parts: Mapping[Any, pd.DataFrame]) -> tuple[Picture, ...]:
    """Return a picture a case; arguments as of ``case_tables``."""
    return tuple(_case_picture(cases.loc[case], part) for case, part in parts.items())
