"""Does it rank: how well the score puts defaulters above the others, and for whom it does not."""

from __future__ import annotations

from typing import Any

import pandas as pd

from training.reports.figures.dots import interval_figure
from training.reports.figures.spreads import roc_figure, score_figure
from training.reports.section import Format, Picture, Section, Table
from training.reports.words import listed, percent, rows_of, span
from training.review import ranking
from training.review.limits import AUC_FALL, AUC_GOOD, AUC_POOR, Verdict, worst
from training.review.material import Material

QUESTION = "Does it rank?"

_SIZE: dict[str, Format] = {"cases": "count", "customers": "count", "defaults": "count", "default_rate": "share"}
_AUC: dict[str, Format] = {"auc": "number", "low": "number", "high": "number"}

type _Number = dict[str, Any]
"""A row with ``value``, ``low`` and ``high``."""


def section(material: Material, seed: int = 0) -> Section:
    """Return the section on ranking, judged by the judge window's AUC and by its fall since the fit."""
    judge = material.window("judge")
    measures, months = ranking.by_window(material, seed), ranking.by_month(material, seed)
    segments, gains = ranking.by_segment(material, seed), ranking.gains(judge)
    auc = {row["window"]: row for row in rows_of(measures[measures["measure"] == "auc"])}
    now, before = auc["judge"], auc["fit"]
    answer = (_level(now, judge), _fall(before, now), _caught(gains), _segments(segments))
    return Section(
        id="ranking",
        question=QUESTION,
        answer=answer,
        tables=_tables(measures, months, segments, gains, judge),
        pictures=_pictures(judge, months, segments, now),
        verdict=worst(_verdict(now), _fall_verdict(before, now)),
        facts={"judge_auc": now["value"], "fit_auc": before["value"]},
    )


def _verdict(auc: _Number) -> Verdict:
    if pd.isna(auc["low"]):
        return "watch"
    return "pass" if auc["low"] >= AUC_GOOD else "watch" if auc["low"] >= AUC_POOR else "fail"


def _fall_verdict(before: _Number, now: _Number) -> Verdict:
    return "watch" if before["value"] - now["value"] > AUC_FALL else "pass"


def _level(auc: _Number, judge: pd.DataFrame) -> str:
    size = (
        f"{len(judge):,} cases of {judge['customer'].nunique():,} customers, {int(judge['outcome'].sum()):,} of which "
        "defaulted"
    )
    if pd.isna(auc["value"]):
        return f"The judge window is too small to tell: {size}."
    words = {"pass": "ranks well", "watch": "ranks, but not surely well", "fail": "may hardly rank"}[_verdict(auc)]
    return (
        f"The model {words}: AUC {span(auc['value'], auc['low'], auc['high'])} in the judge window ({size}), Gini "
        f"{2 * auc['value'] - 1:.3f}. The interval is at 95 % and resamples customers; its lower end is held against "
        f"{AUC_GOOD:.2f}."
    )


def _fall(before: _Number, now: _Number) -> str:
    if pd.isna(before["value"]) or pd.isna(now["value"]):
        return "Whether it fell since the fit window cannot be told: a window is too small."
    fall = before["value"] - now["value"]
    words = "more than" if fall > AUC_FALL else "within"
    moved = f"a fall of {fall:.3f}" if fall > 0 else f"no fall (it rose by {-fall:.3f})"
    was = span(before["value"], before["low"], before["high"])
    return f"In the fit window, out of fold, it was {was}: {moved}, {words} the {AUC_FALL:.2f} that is tolerated."


def _caught(gains: pd.DataFrame) -> str:
    first = rows_of(gains)[0]
    return (
        f"The riskiest tenth of the judge cases holds {percent(first['caught'], 0)} of the defaults: its default rate "
        f"is {percent(first['default_rate'])}, {first['lift']:.1f} times that of all."
    )


def _segments(segments: pd.DataFrame) -> str:
    known, small = segments.dropna(subset="auc"), segments[segments["auc"].isna()]
    told = f"Too small to be given a number: {listed(small['group'].tolist(), 6)}." if len(small) else ""
    if known.empty:
        return f"No segment is large enough to be judged. {told}".strip()
    ordered = rows_of(known.sort_values("auc", kind="stable"))
    low, high = ordered[0], ordered[-1]
    return (
        f"By product and stance the AUC lies between {low['auc']:.3f} ({low['segment']} {low['group']}) and "
        f"{high['auc']:.3f} ({high['segment']} {high['group']}). {told}".strip()
    )


def _tables(
    measures: pd.DataFrame, months: pd.DataFrame, segments: pd.DataFrame, gains: pd.DataFrame, judge: pd.DataFrame
) -> tuple[Table, ...]:
    return (
        Table(
            "measures",
            "Measures by window",
            "Log loss, Brier score and calibration error are the smaller the better; fit is out of fold.",
            measures,
            {"value": "number", "low": "number", "high": "number"},
        ),
        Table(
            "segments",
            "AUC by product and stance",
            "Judge window; a segment that ranks far worse than the others is worth a model of its own.",
            segments,
            {**_SIZE, **_AUC},
        ),
        Table(
            "months",
            "AUC by month",
            "A steady fall would be the first sign of an old model.",
            months,
            {**_SIZE, **_AUC},
        ),
        Table(
            "gains",
            "Defaults caught by the riskiest tenths",
            "Each part is a tenth of the judge cases, the riskiest first.",
            gains,
            {"cases": "count", "defaults": "count", "default_rate": "share", "caught": "share", "lift": "number"},
        ),
        Table(
            "score_shares",
            "Score by outcome",
            "The less the two overlap, the better the score ranks.",
            ranking.score_shares(judge),
            {"low": "probability", "high": "probability", "paid": "share", "defaulted": "share"},
            folded=True,
        ),
        Table(
            "roc",
            "ROC curve",
            "Each point is a cut: whom it flags among defaulters and others.",
            ranking.roc_points(judge),
            {"disturbed": "share", "caught": "share", "cut": "probability"},
            folded=True,
        ),
    )


def _pictures(judge: pd.DataFrame, months: pd.DataFrame, segments: pd.DataFrame, auc: _Number) -> tuple[Picture, ...]:
    curve, shares = ranking.roc_points(judge), ranking.score_shares(judge)
    said = span(auc["value"], auc["low"], auc["high"])
    groups = pd.concat(
        [
            segments.assign(label=segments["segment"] + ": " + segments["group"]),
            months.assign(label=months["window"] + " " + months["group"]),
        ]
    )
    title = "AUC by segment (judge) and by month"
    return (
        Picture(
            "roc",
            "The further the curve bends to the upper left, the more defaulters are flagged for each payer disturbed.",
            "roc",
            lambda: roc_figure(curve, said),
        ),
        Picture(
            "scores",
            "Defaulters should lie to the right of those who paid; where the two overlap the score cannot tell.",
            "score_shares",
            lambda: score_figure(shares),
        ),
        Picture(
            "auc_by_group",
            "Each dot is a group's AUC with its 95 % interval; groups too small are left out.",
            "segments",
            lambda: interval_figure(groups, "label", "auc", "AUC, 95 % interval", title),
        ),
    )
