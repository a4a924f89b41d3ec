"""Single cases taken apart: values, contributions, and the probability they add up to. No case says whose it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from features.catalogue import CATALOGUE
from training.review.drivers import cases_of
from training.review.material import Material

SHOWN = 8
"""Features a case is told by; the rest are added up in a line."""

REST, BASE, TOTAL = "all other features", "base (the average case)", "sum"


def _line(name: str, value: float, contribution: float) -> dict[str, Any]:
    known = CATALOGUE.get(name)
    meaning, unit = (known.meaning, known.unit) if known else ("", "")
    return {"feature": name, "meaning": meaning, "unit": unit, "value": float(value), "contribution": contribution}


def chosen(material: Material) -> pd.DataFrame:
    """Return the cases to take apart, of the sampled judge cases, indexed by ``case``.

    ``why``: a low, a medium and a high probability, and the defaulter to whom the model gave the lowest.
    Columns besides: ``default_probability``, ``outcome``, ``tier``, ``window``; ``log_odds`` and ``sum_probability``
    (contributions and base added up, and the probability they make), ``gap`` (absolute, to the recorded one).
    """
    cases = material.rows.loc[cases_of(material, "judge")].sort_values("default_probability", kind="stable")
    defaulters = cases[cases["outcome"] == 1]
    picks = {"low": cases.index[len(cases) // 20], "medium": cases.index[len(cases) * 3 // 4], "high": cases.index[-1]}
    if len(defaulters):
        picks["missed default"] = defaulters.index[0]
    table = cases.loc[list(picks.values()), ["default_probability", "outcome", "tier", "window"]]
    log_odds = material.contributions.loc[table.index].sum(axis=1).to_numpy()
    added = expit(log_odds)
    gap = np.abs(added - table["default_probability"].to_numpy())
    return table.assign(log_odds=log_odds, sum_probability=added, gap=gap, why=list(picks))


def taken_apart(material: Material, case: Any) -> pd.DataFrame:
    """Return a case's strongest features, then the rest, the base and their sum.

    Columns: ``feature``, ``meaning``, ``unit``, ``value`` (NaN: not known, or no feature), ``contribution`` (log-odds).
    """
    values, effects = material.values.loc[case], material.contributions.loc[case].drop("base")  # noqa: PD011
    strongest = effects.abs().sort_values(ascending=False, kind="stable").index[:SHOWN]
    rows = [_line(name, values[name], effects[name]) for name in strongest]
    rest, base = effects.drop(strongest).sum(), material.contributions.at[case, "base"]
    ends = ((REST, rest), (BASE, base), (TOTAL, effects.sum() + base))
    rows += [{"feature": name, "contribution": value} for name, value in ends]
    return pd.DataFrame(rows, columns=["feature", "meaning", "unit", "value", "contribution"])
