"""On whom was the model built? Tables, windows, who was left out, and which columns were used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from training.reports.figures.population import moments_figure
from training.reports.section import Picture, Section, Table
from training.review import population
from training.review.limits import JUDGE_DEFAULTS, MISSING_MOVED, Verdict
from training.review.material import Material

_WINDOWS = {
    "fit": "the fit window taught the trees",
    "tune": "the tune window moved the calibration",
    "judge": "the judge window gave the verdict",
}


def _apart(moments: pd.DataFrame) -> str:
    """Return how the windows lie apart: a book of one or two moments gives them to every window."""
    if moments["at"].duplicated().any():
        return "The windows share moments and no customer: the verdict says nothing of another time."
    return "The windows lie apart in time and in customers."


def _facts(material: Material, windows: pd.DataFrame, moved: pd.Series[Any]) -> dict[str, Any]:
    judge: Any = windows.set_index("window").loc["judge"]
    told = material.facts["population"].values()
    return {
        "cases": int(windows["cases"].sum()),
        "customers": int(windows["customers"].sum()),
        "first": windows["first"].min(),
        "last": windows["last"].max(),
        "judge_defaults": int(judge["defaults"]),
        "judge_cases": int(judge["cases"]),
        "in_default": sum(one["in_default"] for one in told),
        "nothing_at_risk": sum(one["nothing_at_risk"] for one in told),
        "looked_at": sum(one["looked_at"] for one in told),
        "columns_used": len(material.facts["model"]["columns"]),
        "columns_dropped": len(material.dropped),
        "columns_moved": int((moved > MISSING_MOVED).sum()),
        "book_hash": material.facts["book"]["hash"],
    }


def _verdict(facts: Mapping[str, Any]) -> Verdict:
    return "watch" if facts["judge_defaults"] < JUDGE_DEFAULTS or facts["columns_moved"] else "pass"


def _answer(facts: Mapping[str, Any]) -> tuple[str, ...]:
    thin = facts["judge_defaults"] < JUDGE_DEFAULTS
    return (
        f"On {facts['cases']:,} cases of {facts['customers']:,} customers, looked at from {facts['first'][:10]} to "
        f"{facts['last'][:10]}; the verdict rests on {facts['judge_cases']:,} cases with "
        f"{facts['judge_defaults']:,} defaults.",
        "A case is a customer at a moment. A customer is in one window only, wherever and whenever they appear: "
        + ", ".join(_WINDOWS.values())
        + ".",
        f"Of {facts['looked_at']:,} looks at a customer, {facts['in_default']:,} found one already in default and "
        f"{facts['nothing_at_risk']:,} one with no instalment that could default in time; neither is a case.",
        f"{facts['columns_used']} columns are used, {facts['columns_dropped']} were dropped by the selection on the "
        f"fit window. In {facts['columns_moved']} of those used, the share of missing values moved by more than "
        f"{100 * MISSING_MOVED:.0f} points from fit to judge window."
        + (
            f" Fewer than {JUDGE_DEFAULTS} defaults judge the model: read its measures with their intervals."
            if thin
            else ""
        ),
    )


def _lineage_table(material: Material) -> Table:
    return Table(
        "lineage",
        "The tables of the book",
        f"Rows as they were given; the hash of all of them, whatever their order, is "
        f"{material.facts['book']['hash']}. Customers and loans are known from the start of the book or from a date "
        "of their own.",
        population.lineage(material),
        {"rows": "count", "first": "date", "last": "date"},
    )


def _window_table(windows: pd.DataFrame) -> Table:
    return Table(
        "windows",
        "Windows",
        "A moment is the day of a cut: features know what was known then, the outcome is what followed.",
        windows,
        {"moments": "count", "first": "date", "last": "date", "defaults": "count", "default_rate": "share"},
    )


def _moment_table(moments: pd.DataFrame) -> Table:
    return Table(
        "moments",
        "Cohorts",
        "Each moment's cases and the share of them that defaulted within the horizon.",
        moments,
        {"at": "date", "cases": "count", "default_rate": "share"},
        folded=True,
    )


def _exclusion_table(exclusions: pd.DataFrame) -> Table:
    return Table(
        "exclusions",
        "Who was left out",
        "looked at: customers times moments. In default already, or nothing at risk: no outcome to learn from. "
        "thinned: left out at random, the sample being as large as it may be.",
        exclusions,
        dict.fromkeys(exclusions.columns[1:], "count"),
    )


def _family_table(families: pd.DataFrame) -> Table:
    numbers = [name for name in families.columns if name != "family"]
    return Table(
        "families",
        "Columns by family",
        "How many the catalogue has, the model uses, and the selection dropped for each reason; then the mean share of "
        "missing values of those used, by window.",
        families,
        {name: "share" if name.startswith("missing") else "count" for name in numbers},
    )


def _missing_table(missing: pd.DataFrame) -> Table:
    shares = [name for name in missing.columns if name.startswith("missing")]
    return Table(
        "missing",
        "Missing values by column",
        "Share of sampled cases without a value, by window; moved is the distance from fit to judge, the largest "
        "first. Missing is a value like any other to the trees.",
        missing[["feature", *shares, "moved", "meaning"]],
        dict.fromkeys([*shares, "moved"], "share"),
        folded=True,
    )


def _dropped_table(material: Material) -> Table:
    return Table(
        "dropped",
        "Columns dropped by the selection",
        "constant: measure is the share of the commonest value (against). unstable: the stability index (PSI) of the "
        "later half against the earlier. correlated: the correlation with the column that stays (against).",
        population.dropped(material),
        {"measure": "number"},
        folded=True,
    )


def section(material: Material) -> Section:
    """Return the chapter."""
    windows = population.windows(material)
    missing = population.missing_shares(material)
    moved = (missing["missing_judge"] - missing["missing_fit"]).abs()
    facts = _facts(material, windows, moved)
    moments = population.moments(material)
    tables = (
        _lineage_table(material),
        _window_table(windows),
        _moment_table(moments),
        _exclusion_table(population.exclusions(material)),
        _family_table(population.families(material)),
        _missing_table(missing.assign(moved=moved).sort_values("moved", ascending=False, kind="stable")),
        _dropped_table(material),
    )
    picture = Picture(
        "moments",
        f"Bars: cases of a cohort. Line: how many of them defaulted. {_apart(moments)}",
        "moments",
        lambda: moments_figure(moments),
    )
    return Section("population", "On whom was it built?", _answer(facts), tables, (picture,), _verdict(facts), facts)
