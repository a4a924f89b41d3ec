"""What a change to the tables does to the judge window's probabilities, against the probabilities as they were.

A change in the mean probability is no fault by itself: when incomes halve, it should rise. What counts is whether
the order survives, and how many customers would be treated as of another tier.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.evaluate import measures, order_agreement
from training.review.material import Material

Floats = npt.NDArray[np.float64]

AS_IS = "as is"


_ORDER = [
    "scenario",
    "auc",
    "auc_change",
    "log_loss",
    "log_loss_change",
    "mean_probability",
    "mean_probability_change",
    "changing_tier",
    "riskier",
    "same_order",
]


def _row(name: str, outcome: Floats, told: Floats, as_is: Floats, bounds: Mapping[str, float]) -> dict[str, Any]:
    verdict = measures(outcome, told)
    tier, before = tier_numbers(told, bounds), tier_numbers(as_is, bounds)
    return {
        "scenario": name,
        "auc": verdict["auc"],
        "log_loss": verdict["log_loss"],
        "mean_probability": told.mean(),
        "changing_tier": (tier != before).mean(),
        "riskier": (tier > before).mean(),
        "same_order": order_agreement(told, as_is),
    }


def sensitivity(material: Material) -> pd.DataFrame:
    """Return measures of the judge window under each scenario, the first row as it was.

    Columns: ``scenario``; ``auc``, ``log_loss``, ``mean_probability``, each with its ``_change`` against the first
    row; ``changing_tier``, the share of cases in another tier; ``riskier``, the share in a riskier one;
    ``same_order``, Spearman's correlation with the probabilities as they were.
    """
    judge = material.rows.loc[material.scenarios.index]
    outcome, as_is = judge["outcome"].to_numpy(np.float64), judge["default_probability"].to_numpy(np.float64)
    bounds = material.facts["model"]["tiers"]
    columns = {AS_IS: as_is, **{str(n): material.scenarios[n] for n in material.scenarios}}
    rows = [_row(name, outcome, np.asarray(told), as_is, bounds) for name, told in columns.items()]
    table = pd.DataFrame(rows)
    for measure in ("auc", "log_loss", "mean_probability"):
        table[f"{measure}_change"] = table[measure] - table[measure].iloc[0]
    return table[_ORDER]


def tier_numbers(probability: Floats, bounds: Mapping[str, float]) -> npt.NDArray[np.int64]:
    """Return the place of each probability's tier among ``bounds``: the first whose bound is above it.

    >>> tier_numbers(np.array([0.01, 0.02, 0.9]), {"low": 0.02, "medium": 0.2, "high": 1.0})
    array([0, 1, 2])
    """
    return np.searchsorted(list(bounds.values())[:-1], probability, side="right").astype(np.int64)
