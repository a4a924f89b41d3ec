"""Is it calibrated: whether of those given 5 %, 5 in 100 default."""

from __future__ import annotations

import pandas as pd

from training.evaluate import expected_calibration_error
from training.reports.figures.dots import backtest_figure, reliability_figure, tier_figure
from training.reports.section import Format, Picture, Section, Table
from training.reports.words import listed, percent, rows_of
from training.review import reliability
from training.review.limits import CALIBRATION_ERROR, TIER_LEVEL, Verdict, worst
from training.review.material import Material

QUESTION = "Is it calibrated?"

_AGAINST: dict[str, Format] = {
    "cases": "count",
    "customers": "count",
    "effective_cases": "count",
    "defaults": "count",
    "expected": "share",
    "observed": "share",
    "low": "share",
    "high": "share",
}


def section(material: Material, seed: int = 0) -> Section:
    """Return the section on calibration, judged by the tiers and by the calibration error of the judge window."""
    judge = material.window("judge")
    error = expected_calibration_error(judge["outcome"].to_numpy(), judge["default_probability"].to_numpy())
    chance = reliability.error_by_chance(judge, seed)
    tiers, months = reliability.tiers(judge, material.facts["model"]["tiers"]), reliability.backtest(material)
    changes, tenths = reliability.before_and_after(material, seed), reliability.deciles(judge)
    answer = (_level(judge), _tiers(tiers), _error(error, chance), _months(months), _changed(changes))
    facts = {"calibration_error": error, "error_by_chance": chance[0], "error_by_chance_95": chance[1]}
    return Section(
        id="calibration",
        question=QUESTION,
        answer=answer,
        tables=_tables(tiers, tenths, months, changes),
        pictures=_pictures(tiers, tenths, months),
        verdict=worst(_tier_verdict(tiers), _error_verdict(error, chance[1]), _month_verdict(months)),
        facts={**facts, "tiers_outside": int((~tiers["inside"]).sum())},
    )


def _tier_verdict(tiers: pd.DataFrame) -> Verdict:
    if tiers["far_outside"].any():
        return "fail"
    return "pass" if tiers["inside"].all() else "watch"


def _error_verdict(error: float, chance: float) -> Verdict:
    return "watch" if error > max(CALIBRATION_ERROR, chance) else "pass"


def _month_verdict(months: pd.DataFrame) -> Verdict:
    judge = months[months["window"] == "judge"]
    return "watch" if judge["far_outside"].any() else "pass"


def _level(judge: pd.DataFrame) -> str:
    return (
        f"In the judge window the model expected {percent(judge['default_probability'].mean(), 2)} to default and "
        f"{percent(judge['outcome'].mean(), 2)} did ({int(judge['outcome'].sum()):,} of {len(judge):,} cases)."
    )


def _tiers(tiers: pd.DataFrame) -> str:
    outside = tiers[~tiers["inside"]]
    known = (
        "The interval is where a perfect model's observed rate would lie 95 times in 100, given how many cases of how "
        f"many customers a tier has; of {len(tiers)} tiers one or more is outside by chance in up to "
        f"{percent(1 - TIER_LEVEL ** len(tiers), 0)} of trainings."
    )
    if outside.empty:
        return f"Each of the {len(tiers)} tiers observed a default rate inside its interval. {known}"
    named = [
        f"{row['tier']} (expected {percent(row['expected'])}, observed {percent(row['observed'])}, interval "
        f"{percent(row['low'])} to {percent(row['high'])})"
        for row in rows_of(outside)
    ]
    verb = "lies" if len(outside) == 1 else "lie"
    return f"Of {len(tiers)} tiers {len(outside)} {verb} outside the interval: {listed(named)}. {known}"


def _error(error: float, chance: tuple[float, float]) -> str:
    words = "more than chance explains" if error > chance[1] else "no more than chance explains"
    return (
        f"The calibration error over tenths is {percent(error, 2)}, {words}: a perfect model would show "
        f"{percent(chance[0], 2)} on average on so many cases, and up to {percent(chance[1], 2)} 19 times in 20."
    )


def _months(months: pd.DataFrame) -> str:
    outside = months[~months["inside"]]
    named = f": {listed((outside['window'] + ' ' + outside['month']).tolist())}" if len(outside) else ""
    return (
        f"Month by month, {int(months['inside'].sum())} of {len(months)} months lie inside their interval; "
        f"{len(outside)} outside{named}. Fit months are judged out of fold, by trees that learned from less."
    )


def _changed(changes: pd.DataFrame) -> str:
    judge = rows_of(changes[changes["window"] == "judge"])[0]
    surely = "lowered" if judge["high"] < 0 else "raised" if judge["low"] > 0 else "did not surely change"
    return (
        f"Calibrating {surely} the log loss of the judge window: {judge['log_loss_before']:.4f} before, "
        f"{judge['log_loss_after']:.4f} after, a difference of {judge['difference']:+.4f} "
        f"[{judge['low']:+.4f}, {judge['high']:+.4f}]."
    )


def _tables(
    tiers: pd.DataFrame, tenths: pd.DataFrame, months: pd.DataFrame, changes: pd.DataFrame
) -> tuple[Table, ...]:
    losses: dict[str, Format] = dict.fromkeys(
        ("log_loss_before", "log_loss_after", "difference", "low", "high"), "number"
    )
    return (
        Table(
            "tiers",
            "Tiers: expected and observed",
            "Low and high are the 95 % interval around the expected rate; effective cases count a customer's repeated "
            "cases for what they are worth.",
            tiers,
            {**_AGAINST, "share": "share", "bound": "probability"},
        ),
        Table(
            "tenths",
            "Tenths of the score: expected and observed",
            "Low and high are Wilson's 95 % interval of the observed rate; part 1 is the safest.",
            tenths,
            {name: kind for name, kind in _AGAINST.items() if name in tenths.columns},
        ),
        Table(
            "backtest",
            "Months: expected and observed",
            "Several months outside on one side would be a drift that the calibration has not followed.",
            months,
            _AGAINST,
        ),
        Table(
            "before_and_after",
            "What the calibration changed",
            "Differences are after less before, with a 95 % interval over customers: below 0 it helped.",
            changes,
            {"cases": "count", **losses, "error_before": "share", "error_after": "share"},
        ),
    )


def _pictures(tiers: pd.DataFrame, tenths: pd.DataFrame, months: pd.DataFrame) -> tuple[Picture, ...]:
    return (
        Picture(
            "reliability",
            "Dots on the line are tenths with the default rate expected; bars are 95 % intervals of the observed.",
            "tenths",
            lambda: reliability_figure(tenths),
        ),
        Picture(
            "tiers",
            "A dot inside the grey band is a tier as risky as it was said to be.",
            "tiers",
            lambda: tier_figure(tiers),
        ),
        Picture(
            "backtest",
            "Dots should lie in the grey bands, on both sides of the lines by turns.",
            "backtest",
            lambda: backtest_figure(months),
        ),
    )
