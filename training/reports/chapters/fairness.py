"""Is it fair: what score, tier and treatment do to each gender, age band and region."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from training.reports.figures.dots import interval_figure
from training.reports.figures.spreads import shares_figure
from training.reports.section import Format, Picture, Section, Table
from training.reports.words import listed, percent, rows_of, span
from training.review import fairness
from training.review.fairness import GROUPS, JUDGED, NEVER_INPUTS
from training.review.limits import (
    FAIRNESS_GAP,
    FAIRNESS_WATCH,
    FEWEST_CASES,
    FEWEST_DEFAULTS,
    FOUR_FIFTHS,
    Verdict,
    worst,
)
from training.review.material import Material

QUESTION = "Is it fair?"

_NAMES = {"gender": "gender", "age_band": "age", "region": "region"}
_SIZE: dict[str, Format] = {"cases": "count", "customers": "count", "defaults": "count"}


def section(material: Material, seed: int = 0) -> Section:
    """Return the section on fairness, judged by gender and age; regions are told.

    It fails when gender is an input, or a group's calibration gap is surely beyond ``limits.FAIRNESS_GAP``; a
    parity ratio below four fifths that is surely below 1, or a gap surely beyond ``limits.FAIRNESS_WATCH``, is watched.
    """
    rows, tiers = fairness.judged_cases(material), list(material.facts["model"]["tiers"])
    score = _by_group(lambda by: fairness.of_score(rows, by, seed))
    tier = _by_group(lambda by: fairness.of_tier(rows, by, tiers))
    treatment = _by_group(lambda by: fairness.of_treatment(rows, by))
    gaps = fairness.disparities(rows, seed)
    told = fairness.inputs_that_tell(list(material.facts["model"]["columns"]))
    return Section(
        id="fairness",
        question=QUESTION,
        answer=(
            _short(told, score, gaps),
            _calibrated(score),
            _parity(gaps, tiers[-1]),
            _errors(gaps),
            _treated(treatment),
            _inputs(told),
        ),
        tables=_tables(score, tier, treatment, gaps, tiers),
        pictures=_pictures(score, tier, treatment, tiers[-1]),
        verdict=worst(_input_verdict(told), _gap_verdict(score), _parity_verdict(gaps)),
        facts={"inputs_that_tell": told, **fairness.fairness_gap(material, seed)},
    )


def _by_group(table: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    parts = [table(by).assign(by=by) for by in GROUPS]
    whole = pd.concat(parts, ignore_index=True)
    return whole[["by", *[name for name in whole if name != "by"]]]


def _input_verdict(told: dict[str, list[str]]) -> Verdict:
    return "fail" if any(told[name] for name in NEVER_INPUTS) else "pass"


def _sure(score: pd.DataFrame) -> pd.Series[float]:
    """Return how far each judged group's gap is from 0 for sure."""
    known = score[score["by"].isin(JUDGED)].dropna(subset="gap")
    return known["low"].clip(lower=0) + (-known["high"]).clip(lower=0)


def _gap_verdict(score: pd.DataFrame) -> Verdict:
    sure = _sure(score)
    if (sure > FAIRNESS_GAP).any():
        return "fail"
    return "watch" if (sure > FAIRNESS_WATCH).any() else "pass"


def _parity_verdict(gaps: pd.DataFrame) -> Verdict:
    judged = gaps[gaps["by"].isin(JUDGED)]
    is_low = (judged["parity_ratio"] < FOUR_FIFTHS) & (judged["parity_high"] < 1)
    return "watch" if is_low.any() else "pass"


def _short(told: dict[str, list[str]], score: pd.DataFrame, gaps: pd.DataFrame) -> str:
    """Return what the verdict rests on, in a sentence."""
    if _input_verdict(told) == "fail":
        return "Not as it should be: the model has a column that tells what is declared for audits only."
    found = []
    if _gap_verdict(score) != "pass":
        found.append("a group's default rate is surely not the expected one")
    if _parity_verdict(gaps) != "pass":
        found.append("a group is in the riskiest tier surely more often than another")
    if found:
        return f"To be explained: of gender and age, {' and '.join(found)}."
    return "By gender and age no group is surely misjudged, nor too often in the riskiest tier for sure."


def _inputs(told: dict[str, list[str]]) -> str:
    words = []
    for by, columns in told.items():
        seen = (
            f"the model sees {_NAMES[by]} ({listed(columns)})" if columns else f"{_NAMES[by]} is not among its columns"
        )
        words.append(seen)
    return (
        "Gender is declared for audits only and no feature is made of it. Of the model's columns: "
        f"{'; '.join(words)}. What is not an input may still be told by others, which is why groups are compared below."
    )


def _calibrated(score: pd.DataFrame) -> str:
    known = score[score["by"].isin(JUDGED)].dropna(subset="gap")
    small = score[(score["remark"] != "") & score["by"].isin(JUDGED)]
    left_out = (
        f" Groups of fewer than {FEWEST_CASES} cases or {FEWEST_DEFAULTS} defaults are not judged: "
        f"{listed(small['group'].tolist())}."
        if len(small)
        else ""
    )
    if known.empty:
        return f"No group of gender or age is large enough to be judged.{left_out}"
    row, sure = rows_of(known[known["gap"].abs() == known["gap"].abs().max()])[0], _sure(score)
    words = (
        "no group's interval leaves 0 out"
        if not (sure > 0).any()
        else f"intervals that leave 0 out: {listed(known.loc[sure[sure > 0].index, 'group'].tolist())}, the surest by "
        f"{100 * sure.max():.1f} points (of {len(known)} groups, 1 in 20 by chance)"
    )
    return (
        f"The largest gap between observed and expected default rate is that of {_NAMES[row['by']]} {row['group']}: "
        f"observed {percent(row['observed'])}, expected {percent(row['expected'])}, a gap of {100 * row['gap']:+.1f} "
        f"points [{100 * row['low']:+.1f}, {100 * row['high']:+.1f}]; {words}.{left_out}"
    )


def _parity(gaps: pd.DataFrame, tier: str) -> str:
    known = gaps.dropna(subset="parity_ratio")
    if known.empty:
        return "Groups are too few to be compared by tier."
    ratios = [
        f"{span(row['parity_ratio'], row['parity_low'], row['parity_high'], 2)} by {_NAMES[row['by']]}"
        for row in rows_of(known)
    ]
    return (
        f"The smallest share in the {tier} tier over the largest is {listed(ratios)}. 1 is equal; below "
        f"{FOUR_FIFTHS:.2f} with an interval below 1 asks for an explanation: groups whose default rates differ have "
        "different shares under any model that ranks."
    )


def _errors(gaps: pd.DataFrame) -> str:
    known = gaps.dropna(subset="odds_difference")
    if known.empty:
        return "Errors cannot be compared between groups."
    words = [
        f"{span(row['odds_difference'], row['odds_low'], row['odds_high'])} by {_NAMES[row['by']]}"
        for row in rows_of(known)
    ]
    return (
        f"The equalised odds difference, the largest difference between groups in how often payers or defaulters are "
        f"put in the riskiest tier, is {listed(words)}. It is never below 0, so that chance alone lifts it."
    )


def _treated(treatment: pd.DataFrame) -> str:
    if not (treatment["contacted"] > 0).any():
        return "The policy would contact nobody of the groups that are large enough to be judged."
    words = []
    for by in JUDGED:
        known = treatment[treatment["by"] == by].dropna(subset="contacted")
        if len(known) > 1:
            ordered = rows_of(known.sort_values("contacted", kind="stable"))
            low, high = ordered[0], ordered[-1]
            words.append(
                f"by {_NAMES[by]} from {percent(low['contacted'], 0)} ({low['group']}) to "
                f"{percent(high['contacted'], 0)} ({high['group']})"
            )
    return f"The share that would be contacted goes {' and '.join(words)}." if words else "Treatment is not compared."


def _tables(
    score: pd.DataFrame, tier: pd.DataFrame, treatment: pd.DataFrame, gaps: pd.DataFrame, tiers: list[str]
) -> tuple[Table, ...]:
    rates: dict[str, Format] = dict.fromkeys(("expected", "observed", "gap", "low", "high"), "share")
    shares: dict[str, Format] = dict.fromkeys([*tiers, "false_positive_rate", "false_negative_rate"], "share")
    done: dict[str, Format] = dict.fromkeys(fairness.TREATMENTS, "share")
    numbers: dict[str, Format] = dict.fromkeys(fairness.DISPARITIES, "number")
    return (
        Table(
            "score",
            "The score by group",
            "Gap is observed less expected default rate, with a 95 % interval over customers.",
            score,
            {**_SIZE, **rates, "auc": "number"},
        ),
        Table(
            "disparities",
            "Differences between groups",
            "Ratios are smallest over largest (1 is equal); the odds difference is 0 when equal.",
            gaps,
            {"groups": "count", "cases": "count", **numbers},
        ),
        Table(
            "tier",
            "The tier by group",
            "False positives are payers in the riskiest tier, false negatives defaulters outside it.",
            tier,
            {**_SIZE, **shares},
        ),
        Table(
            "treatment",
            "The treatment by group",
            "What the policy would do with the judge cases at their moment.",
            treatment,
            {**_SIZE, **done},
        ),
    )


def _labelled(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(label=table["by"].map(_NAMES) + ": " + table["group"])


def _pictures(score: pd.DataFrame, tier: pd.DataFrame, treatment: pd.DataFrame, riskiest: str) -> tuple[Picture, ...]:
    """Return the pictures of which at least one group is large enough to be drawn."""
    errors = {riskiest: f"in the {riskiest} tier", "false_positive_rate": "payers in it (false positives)"}
    done = dict(zip(fairness.TREATMENTS, ("contacted", "firmly", "by a call", "offered a plan"), strict=True))
    gap_axis, gap_title = (
        "observed less expected default rate (points), 95 % interval",
        "Is each group as risky as it is said to be?",
    )
    pictures = (
        Picture(
            "gaps",
            "A group whose bar leaves the dashed line out is more or less risky than the model says.",
            "score",
            lambda: interval_figure(_labelled(score), "label", "gap", gap_axis, gap_title, line=0.0),
        ),
        Picture(
            "tiers",
            "How many of each group meet the riskiest tier, and how many of those who then paid.",
            "tier",
            lambda: shares_figure(_labelled(tier), errors, "share of the group", "Who is put in the riskiest tier"),
        ),
        Picture(
            "treatment",
            "Groups at the same height on the axis are treated alike.",
            "treatment",
            lambda: shares_figure(_labelled(treatment), done, "share of the group", "What would be done, by group"),
        ),
    )
    drawn = ((score, ["gap"]), (tier, list(errors)), (treatment, list(done)))
    return tuple(one for one, (of, names) in zip(pictures, drawn, strict=True) if len(of.dropna(subset=names)))
