"""The Open Bandit sample: one shop's week under a uniform and under a Thompson-sampling logger (arXiv 2008.07146).

Each log is asked what the other logger is worth. Uniform probabilities are known. Those of the other are not in the
file but at the items it showed; its choice does not look at the customer, so the share of each item at each position is
taken for them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.real_data import real_data

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ITEMS = 34
_FOLDS, _PRIOR_ROWS = 3, 500.0


@dataclass(frozen=True)
class Crossing:
    """A log (n rows) and the other logger as the target (n, items).

    ``action``: item; ``outcome``: clicked, 0/1; ``predicted`` (n, items); ``truth``: the mean click of the other
    logger's own log.
    """

    name: str
    action: Ints
    outcome: Floats
    propensity: Floats
    target: Floats
    predicted: Floats
    truth: float


def crossings() -> tuple[Crossing, Crossing]:
    """Return both: the uniform log asked for Thompson sampling's value, and the reverse."""
    folder = real_data()
    uniform, thompson = (pd.read_csv(folder / f"open_bandit_men_{name}_men.csv.gz") for name in ("random", "bts"))
    shown = pd.crosstab(thompson["position"], thompson["item_id"], normalize="index").reindex(columns=range(ITEMS))
    of_thompson = shown.fillna(0.0).loc[uniform["position"]].to_numpy()
    of_uniform = np.full((len(thompson), ITEMS), 1 / ITEMS)
    return (
        _crossing("uniform log, Thompson sampling's value", uniform, of_thompson, thompson),
        _crossing("Thompson sampling's log, uniform's value", thompson, of_uniform, uniform),
    )


def _crossing(name: str, log: pd.DataFrame, target: Floats, other: pd.DataFrame) -> Crossing:
    return Crossing(
        name=name,
        action=log["item_id"].to_numpy(),
        outcome=log["click"].to_numpy(np.float64),
        propensity=log["propensity_score"].to_numpy(),
        target=target,
        predicted=_click_rates(log),
        truth=float(other["click"].mean()),
    )


def _click_rates(log: pd.DataFrame) -> Floats:
    """Return each item's click rate in the other folds, (n, items), held to the mean rate by ``_PRIOR_ROWS`` rows."""
    fold = np.arange(len(log)) % _FOLDS
    rates = np.empty((len(log), ITEMS))
    for held in range(_FOLDS):
        learn = log[fold != held]
        clicks = learn.groupby("item_id")["click"].agg(["sum", "size"]).reindex(range(ITEMS), fill_value=0)
        prior = learn["click"].mean() * _PRIOR_ROWS
        rates[fold == held] = ((clicks["sum"] + prior) / (clicks["size"] + _PRIOR_ROWS)).to_numpy()
    return rates
