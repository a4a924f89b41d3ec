"""Do effects differ between customers, what do reminders add on average, and what does their hour."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from serving.actions import NONE
from training.policies.judgement import Judgement
from training.reports.figures.run import effects_figure
from training.reports.section import Picture, Section, Table
from training.reports.words import listed, rows_of, span

QUESTION = "Do effects differ between customers?"

_NONE = 1e-9
"""A spread below this is none but for rounding."""


def section(judgement: Judgement, metrics: Mapping[str, float]) -> Section:
    """Return the section; ``metrics`` are those of the training's run, where what timing adds is kept."""
    effects = judgement.tables["average_effects"].drop(index=NONE, errors="ignore")
    timing = _timing(metrics)
    answer = (heterogeneity_words(judgement.facts["heterogeneity"]), _average(effects), _hour(timing))
    tables = [
        Table(
            "average_effects",
            "What each reminder adds on average",
            "Probability of payment within 7 days, against none, 95 % interval; learned, not judged here.",
            effects.reset_index(),
            dict.fromkeys(("effect", "low", "high"), "probability"),
        ),
        Table(
            "overlap",
            "What the model learned each action from",
            "effective rows: those that sizes rest on; support: the share of rows that could have had the action.",
            judgement.tables["overlap_of_model"].reset_index(),
            {"support": "share", "effective_rows": "count"},
        ),
    ]
    if len(timing):
        says = "Added to P(paid within 7 days) of a reminder by choosing its part of the day; measured: by the log."
        form = dict.fromkeys(("adds", "low", "high"), "probability")
        tables.append(Table("timing", "What the hour adds", says, timing, form))  # type: ignore[arg-type]
    figure = Picture(
        "average_effects", "Right of zero a reminder helps.", "average_effects", lambda: effects_figure(effects)
    )
    return Section(
        "effects", QUESTION, answer, tuple(tables), (figure,), facts={"spread": judgement.facts["heterogeneity"]}
    )


def heterogeneity_words(spread: float) -> str:
    """Return what the model found of differing effects.

    >>> heterogeneity_words(0.0)[:31]
    'It found none: the log shows no'
    """
    if spread < _NONE:
        return (
            "It found none: the log shows no difference between customers in what a reminder adds, so each action "
            "has its "
            "average effect for everyone, and only amounts, rules and costs tell customers apart."
        )
    return (
        f"It found that they do: effects spread by {100 * spread:.1f} points of the probability of payment (standard "
        "deviation over customers)."
    )


def _average(effects: pd.DataFrame) -> str:
    sure = effects[(effects["low"] > 0) | (effects["high"] < 0)]
    best = effects["effect"].idxmax()
    row = rows_of(effects.loc[[best]])[0]
    most = f"On average {best} adds most: {span(row['effect'], row['low'], row['high'])}."
    proven = listed([str(name) for name in sure.index], 8)
    return f"{most} Proven to differ from none on average: {proven or 'no action'}."


def _hour(timing: pd.DataFrame) -> str:
    if timing.empty:
        return "What the hour of a reminder adds was not learned: the log compares no hours."
    row = rows_of(timing)[-1]
    said = span(row["adds"], row["low"], row["high"], 4)
    if not timing.iloc[0]["adds"]:
        return "Of the hour of a reminder nothing was proven, so no part of the day is preferred."
    return f"Choosing the part of the day adds, measured on the log, {said} to the probability of payment."


def _timing(metrics: Mapping[str, float]) -> pd.DataFrame:
    rows = []
    for name in ("expected", "measured"):
        value, low, high = (metrics.get(f"timing_adds_{name}{end}", np.nan) for end in ("", "_low", "_high"))
        if np.isfinite(value):
            rows.append({"by": name, "adds": value, "low": low, "high": high})
    return pd.DataFrame(rows, columns=["by", "adds", "low", "high"])
