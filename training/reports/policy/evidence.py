"""Can the log tell: overlap, the estimators side by side, and what chance alone would have found."""

from __future__ import annotations

import numpy as np
import pandas as pd

from training.policies import rivals
from training.policies.judgement import Judgement
from training.reports.figures.placebo import placebo_figure
from training.reports.policy.value import per_100, the
from training.reports.section import Format, Picture, Section, Table
from training.reports.words import percent, rows_of
from training.review.limits import Verdict

QUESTION = "Can the log tell?"

MOST_BIAS = 1.0
"""Shuffled actions whose mean gain is beyond this many of its spreads say that the judgement itself is off."""

_SUPPORT: dict[str, Format] = {
    "rows": "count", "ess": "count", "overlap": "share", "largest_weight": "number", "never_logged": "share"
}  # fmt: skip


def section(judgement: Judgement) -> Section:
    """Return the section."""
    tables = [_support(judgement)]
    if judgement.finding == "cannot be judged":
        first = "No: there is too little in it of what the policies under test would do."
        return Section("evidence", QUESTION, (first,), tuple(t for t in tables if len(t.frame)), verdict="fail")
    placebo = judgement.tables["placebo"]
    tables += [_methods(judgement), _placebo(placebo)]
    pictures = (
        Picture(
            "placebo",
            "If actions did nothing, gains would fall as the bars do; the line is the gain that was found.",
            "placebo",
            lambda: placebo_figure(judgement.tables["shuffles"]["gain"] * 100, float(placebo["gain"].iloc[0]) * 100),
        ),
    )
    answer = (_overlap(judgement), _side_by_side(judgement), _chance(placebo))
    return Section("evidence", QUESTION, answer, tuple(tables), pictures, _verdict(placebo))


def _verdict(placebo: pd.DataFrame) -> Verdict:
    return "pass" if float(placebo["bias"].iloc[0]) <= MOST_BIAS else "fail"


def _overlap(judgement: Judgement) -> str:
    rows = {row["policy"]: row for row in rows_of(judgement.tables["support"])}
    learned = rows[rivals.LEARNED]
    return (
        f"Yes: of {learned['rows']:,} decisions with a known chance {learned['ess']:,.0f} count in effect for the "
        "learned "
        f"policy, the largest weighs {learned['largest_weight']:.1f}, {percent(learned['overlap'])} of its "
        "decisions are "
        f"such as the log could have made, and {percent(learned['never_logged'])} are on actions that no row shows."
    )


def _side_by_side(judgement: Judgement) -> str:
    table = per_100(judgement.tables["methods"])
    rows = rows_of(table[table["over"] == judgement.compared])
    said = ", ".join(f"{row['method']} {row['per_100']:.0f}" for row in rows)
    signs = {np.sign(row["per_100"]) for row in rows}
    agree = "All estimators agree on its sign" if len(signs) == 1 else "The estimators do not agree on its sign"
    return f"{agree}; the gain over {the(judgement.compared)}, in currency on 100 occasions, is {said}."


def _chance(placebo: pd.DataFrame) -> str:
    row = rows_of(placebo)[0]
    sound = "near zero, as it should be" if row["bias"] <= MOST_BIAS else "not near zero: the judgement itself is off"
    return (
        f"With actions shuffled {row['rounds']:,.0f} times among decisions that had the same chances, the mean gain in "
        f"recovered currency is {100 * row['mean']:.1f} on 100 occasions ({sound}), and chance does as well as the "
        "log did in "
        f"{percent(row['share'])} of the shuffles. Costs saved are not in this comparison: no shuffle undoes them."
    )


def _support(judgement: Judgement) -> Table:
    return Table(
        "support",
        "What the log holds of each policy",
        "ess: rows that count in effect; overlap: the share of the policy's decisions that the log could have made; "
        "never "
        "logged: its decisions on actions that no row shows.",
        judgement.tables["support"],
        _SUPPORT,
    )


def _methods(judgement: Judgement) -> Table:
    return Table(
        "methods",
        "Estimators side by side",
        "The learned policy's gain in currency on 100 occasions, 95 % interval. dm trusts the model alone, and its "
        "interval "
        "knows nothing of the model's errors; ips and snips trust the log alone; dr and its tamed forms use both.",
        per_100(judgement.tables["methods"])[["method", "over", "per_100", "low", "high", "ess"]],
        {**dict.fromkeys(("per_100", "low", "high"), "points"), "ess": "count"},
    )


def _placebo(placebo: pd.DataFrame) -> Table:
    return Table(
        "placebo",
        "Shuffled actions",
        "Recovered currency an occasion: the gain found, and mean and middle 95 % of what shuffles find; share: how "
        "often "
        "chance does as well; bias: the mean over the spread of the shuffles.",
        placebo,
        {"share": "share"},
    )
