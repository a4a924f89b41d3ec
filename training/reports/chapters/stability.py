"""Is it stable: whether the people scored now are still the people the model was built on."""

from __future__ import annotations

from typing import Any

import pandas as pd

from training.reports.figures.spreads import bins_figure, psi_figure
from training.reports.section import Format, Picture, Section, Table
from training.reports.words import listed, percent, rows_of
from training.review import stability
from training.review.limits import FEATURES_MOVED, PSI_FAIL, PSI_WATCH, Verdict, worst
from training.review.material import Material
from training.review.stability import CHANGED, SHIFTED, STABLE

QUESTION = "Is it stable?"

_INDEX: dict[str, Format] = {
    "psi": "number",
    "by_chance": "number",
    "missing_before": "share",
    "missing_now": "share",
}


def section(material: Material, seed: int = 0) -> Section:
    """Return the section on stability, judged by the score's index and by how much weight the moved features carry.

    Nothing is drawn at random here; ``seed`` is taken as by every section.
    """
    scores, features = stability.score_stability(material), stability.feature_stability(material)
    bins = stability.score_bins(material)
    judge = rows_of(scores[(scores["window"] == "judge") & (scores["month"] == "all")])[0]
    moved = _weight_of(features, CHANGED)
    return Section(
        id="stability",
        question=QUESTION,
        answer=(_score(judge), _features(features, moved), _missing(features)),
        tables=_tables(scores, bins, features),
        pictures=_pictures(bins, features),
        verdict=worst(_verdict(judge["state"]), "watch" if moved > FEATURES_MOVED else "pass"),
        facts={"judge_psi": judge["psi"], "weight_of_changed": moved},
    )


def _verdict(state: str) -> Verdict:
    verdicts: dict[str, Verdict] = {STABLE: "pass", SHIFTED: "watch", CHANGED: "fail"}
    return verdicts[state]


def _weight_of(features: pd.DataFrame, state: str) -> float:
    """Return the share of all contributions that features of a state make; 0 when no feature contributes anything."""
    whole = float(features["weight"].sum())
    return float(features.loc[features["state"] == state, "weight"].sum()) / whole if whole else 0.0


def _score(judge: dict[str, Any]) -> str:
    words = {STABLE: "has not moved", SHIFTED: "has shifted", CHANGED: "is of another population"}[judge["state"]]
    return (
        f"The score {words}: its stability index from the fit to the judge window is {judge['psi']:.3f}. Below "
        f"{PSI_WATCH:.2f} is stable, above {PSI_FAIL:.2f} changed; chance alone gives up to {judge['by_chance']:.3f} "
        "with so many customers. Both windows are scored by the final trees."
    )


def _features(features: pd.DataFrame, weight: float) -> str:
    changed, shifted = (features[features["state"] == state] for state in (CHANGED, SHIFTED))
    named = [f"{row['feature']} {row['psi']:.2f}" for row in rows_of(changed)]
    most = f" (most: {listed(named, 5)})" if named else ""
    return (
        f"Of {len(features)} features {len(changed)} have changed{most}, {len(shifted)} have shifted. Those that "
        f"changed make {percent(weight)} of all contributions in the judge window."
    )


def _missing(features: pd.DataFrame) -> str:
    gap = features["missing_now"] - features["missing_before"]
    row = rows_of(features[gap.abs() == gap.abs().max()])[0]
    if gap.abs().max() < 0.01:
        return "No feature is missing more or less often than before by a hundredth of the cases."
    filling = (
        " A book whose history begins shortly before the fit window makes such features fill up by themselves."
        if row["missing_now"] < row["missing_before"]
        else ""
    )
    return (
        f"The largest change of what is missing is in {row['feature']}: {percent(row['missing_before'])} of the fit "
        f"cases, {percent(row['missing_now'])} of the judge cases.{filling}"
    )


def _tables(scores: pd.DataFrame, bins: pd.DataFrame, features: pd.DataFrame) -> tuple[Table, ...]:
    return (
        Table(
            "score",
            "The score against the fit window, by window and by month",
            "Month all is the window as a whole; an index is stable while below .10 or no more than chance.",
            scores,
            {"cases": "count", "mean": "probability", **_INDEX},
        ),
        Table(
            "bins",
            "The score's spread between tenths of the fit window",
            "Each tenth holds a tenth of the fit cases; a judge share above it is where people have moved to.",
            bins,
            {"up_to": "probability", "fit": "share", "judge": "share"},
        ),
        Table(
            "features",
            "Stability of each feature, judge against fit",
            "The most moved first; weight is the mean absolute contribution (log-odds), so that a move of a feature "
            "without weight need not worry.",
            features,
            {"weight": "log-odds", **_INDEX},
            folded=True,
        ),
    )


def _pictures(bins: pd.DataFrame, features: pd.DataFrame) -> tuple[Picture, ...]:
    return (
        Picture(
            "bins",
            "Blue bars as high as the grey ones: as many people at each level of risk as when the model was built.",
            "bins",
            lambda: bins_figure(bins),
        ),
        Picture(
            "psi",
            "Red bars are features of another population than the model was built on; the tick is what chance makes.",
            "features",
            lambda: psi_figure(features),
        ),
    )
