"""What drives the model? Strength, shape, pairs, signs, steadiness, and single cases taken apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from serving.scorer import Scorer
from training.reports.chapters.cases import case_pictures, case_tables
from training.reports.explain import beeswarm_figure
from training.reports.figures.drivers import bars_figure, dependence_figure, steadiness_figure
from training.reports.section import Picture, Section, Table
from training.reports.words import percent
from training.review import drivers, single
from training.review.limits import LEAST_AGREEMENT, MOST_OF_ONE, Verdict
from training.review.material import Material
from training.review.signs import signs

_SHAPES = 6
_BEESWARM = 15
_BARS = 15


def _facts(
    strength: pd.DataFrame, signed: pd.DataFrame, agreement: pd.DataFrame, cases: pd.DataFrame
) -> dict[str, Any]:
    verdicts = signed["verdict"].value_counts()
    return {
        "strongest": strength["feature"].iloc[0],
        "share_of_strongest": strength["share"].iloc[0],
        "share_of_ten_strongest": strength["share"].head(10).sum(),
        "features": len(strength),
        "features_without_use": int((strength["mean_contribution"] == 0).sum()),
        "signed": int((signed["declared"] != "none").sum()),
        "constrained": int(signed["constrained"].sum()),
        "sign_breaches": int(verdicts.get("fail", 0)),
        "sign_watches": int(verdicts.get("watch", 0)),
        "least_spearman": agreement["spearman"].min(),
        "least_overlap": agreement["overlap"].min(),
        "largest_gap_of_cases": cases["gap"].max(),
    }


def _verdict(facts: Mapping[str, Any]) -> Verdict:
    if facts["sign_breaches"]:
        return "fail"
    steady = min(facts["least_spearman"], facts["least_overlap"]) >= LEAST_AGREEMENT
    return "pass" if steady and facts["share_of_strongest"] <= MOST_OF_ONE and not facts["sign_watches"] else "watch"


def _answer(strength: pd.DataFrame, facts: Mapping[str, Any]) -> tuple[str, ...]:
    names = ", ".join(strength["feature"].head(3))
    share, ten = facts["share_of_strongest"], facts["share_of_ten_strongest"]
    breaches = facts["sign_breaches"]
    kept = "none breaks its sign" if not breaches else f"{breaches} break their sign"
    return (
        f"Mostly {names}: the strongest has {percent(share)} of all movement, the ten strongest {percent(ten)}.",
        f"Of {facts['features']} features {facts['constrained']} were held to the catalogue's sign in training, and "
        f"of these {kept} when a value is moved alone. {_watches(facts['sign_watches'])}",
        f"The windows agree on what is strong to at least {facts['least_spearman']:.2f} (Spearman) and "
        f"{percent(facts['least_overlap'], 0)} (overlap of the strongest {drivers.TOP}); below {LEAST_AGREEMENT:.2f} "
        f"is watched. So is a single feature with more than {percent(MOST_OF_ONE, 0)} of all movement.",
        "Contributions are SHAP values computed exactly from the trees (XGBoost's own), in log-odds, after "
        "calibration. They say what the model uses, not what causes default.",
    )


def _watches(number: int) -> str:
    if not number:
        return "No feature without a constraint moves against its declared sign."
    return f"{number} without a constraint move against their declared sign and are watched."


def _strength_tables(strength: pd.DataFrame, cases: int) -> tuple[Table, ...]:
    formats = {"mean_contribution": "number", "share": "share"}
    return (
        Table(
            "strength",
            "Strength of each feature",
            f"Mean absolute contribution over {cases:,} cases of the judge window, the strongest first.",
            strength,
            formats,  # type: ignore[arg-type]
            folded=True,
        ),
        Table(
            "families",
            "Strength by family",
            "Mean absolute contributions added up over the features of a family.",
            drivers.families(strength),
            formats,  # type: ignore[arg-type]
            folded=True,
        ),
    )


def _strength_pictures(material: Material, strength: pd.DataFrame, sample: pd.DataFrame) -> tuple[Picture, ...]:
    contributions = drivers.contributions_of(material, "judge")
    top = strength.head(_BARS)
    family = drivers.families(strength)
    axis = "mean absolute contribution (log-odds)"
    return (
        Picture(
            "beeswarm",
            "A dot a case, its place the contribution, its colour the value: where colours part cleanly, the "
            "feature has one direction.",
            "strength",
            lambda: beeswarm_figure(contributions, sample, _BEESWARM, width=9),
        ),
        Picture(
            "strength",
            "How far each feature moves the log-odds of a case, up or down, on average.",
            "strength",
            lambda: bars_figure(
                list(top["feature"]), top["mean_contribution"].to_numpy(), "The strongest features", axis, 5.1
            ),
        ),
        Picture(
            "families",
            "Which part of the book the model lives on.",
            "families",
            lambda: bars_figure(
                list(family["family"]), family["mean_contribution"].to_numpy(), "Strength by family", axis, 4.5
            ),
        ),
    )


def _shape_table(shapes: Mapping[str, pd.DataFrame]) -> Table:
    return Table(
        "dependence",
        "Contribution by value, the strongest features",
        "Bins of about equal count; the last, without values, holds the cases where it is not known. Nine tenths of "
        "the contributions of a bin lie between low and high.",
        pd.concat(shapes.values(), ignore_index=True),
        {"from": "quantity", "to": "quantity", "low": "log-odds", "mean": "log-odds", "high": "log-odds"},
        folded=True,
    )


def _shape_pictures(
    material: Material, shapes: Mapping[str, pd.DataFrame], sample: pd.DataFrame
) -> tuple[Picture, ...]:
    def drawn(name: str) -> Any:
        contributions = material.contributions.loc[sample.index, name].to_numpy()
        return dependence_figure(shapes[name], sample[name].to_numpy(np.float64), contributions)

    return tuple(
        Picture(
            f"dependence_{place}",
            f"{name}: how its value moves the log-odds; the spread at one value is the work of other features.",
            "dependence",
            lambda name=name: drawn(name),  # type: ignore[misc]
        )
        for place, name in enumerate(shapes, 1)
    )


def _pair_table(pairs: pd.DataFrame) -> Table:
    return Table(
        "interactions",
        "Strongest pairs",
        f"Mean absolute log-odds that belong to two features together and to neither alone (SHAP interaction values, "
        f"up to {drivers.PAIR_CASES} cases of the judge window); share is of all pairs.",
        pairs,
        {"mean_interaction": "number", "share": "share"},
    )


def _sign_table(signed: pd.DataFrame, facts: Mapping[str, Any]) -> Table:
    return Table(
        "signs",
        "Declared sign against measured direction",
        "direction: rank correlation of value and contribution, -1 to 1. agreeing: share of pairs of cases ordered as "
        "declared. against: share of cases whose probability moved against the sign when this value alone was moved "
        "(a constrained feature fails above 0). curve against: how far the mean curve goes against it (log-odds).",
        signed,
        {
            "direction": "number",
            "cases": "count",
            "agreeing": "share",
            "against": "share",
            "curve_against": "number",
            "verdict": "verdict",
        },
        folded=True,
    )


def _agreement_table(agreement: pd.DataFrame) -> Table:
    return Table(
        "agreement",
        "Do the windows agree on what is strong?",
        f"Spearman's correlation of the ranks of the features among the strongest {drivers.TOP} of either window "
        f"(1: the same order), and the share of those {drivers.TOP} that both name.",
        agreement,
        {"spearman": "number", "overlap": "share"},
    )


def _rank_table(ranked: pd.DataFrame) -> Table:
    return Table(
        "ranks",
        "Rank of each feature by window",
        "1 is the strongest.",
        ranked,
        dict.fromkeys(ranked.columns[1:], "count"),
        folded=True,
    )


def section(material: Material, scorer: Scorer) -> Section:
    """Return the chapter; ``scorer`` is the model's own, for pairs and moved values."""
    strength = drivers.strengths(material)
    signed = signs(material, scorer)
    ranked = drivers.ranks(material)
    agreement = drivers.rank_agreement(ranked)
    shapes = {name: drivers.dependence(material, name) for name in strength["feature"].head(_SHAPES)}
    cases = single.chosen(material)
    parts = {case: single.taken_apart(material, case) for case in cases.index}
    facts = _facts(strength, signed, agreement, cases)
    sample = material.values.loc[drivers.cases_of(material, "judge")]  # noqa: PD011
    tables = (
        *_strength_tables(strength, len(sample)),
        _shape_table(shapes),
        _pair_table(drivers.pairs(scorer, sample)),
        _sign_table(signed, facts),
        _agreement_table(agreement),
        _rank_table(ranked),
        *case_tables(cases, parts),
    )
    pictures = (
        *_strength_pictures(material, strength, sample),
        *_shape_pictures(material, shapes, sample),
        Picture(
            "ranks",
            "A line a feature from window to window; the flatter, the steadier. Orange: moved by more than five ranks.",
            "ranks",
            lambda: steadiness_figure(ranked),
        ),
        *case_pictures(cases, parts),
    )
    return Section("drivers", "What drives it?", _answer(strength, facts), tables, pictures, _verdict(facts), facts)
