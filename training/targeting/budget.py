"""What a budget brings when it is spent by prediction: the Qini curve of many actions at their costs.

Along the curve each customer goes from doing nothing to ever dearer actions, where the prediction gains most a unit of
cost first. With one action, or all costs 1, it is Radcliffe's curve over the share of customers treated.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import PolicyError
from training.review.bootstrap import Resampling, interval
from training.targeting.path import Path, heights
from training.targeting.ranking import check_arms

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

POINTS = 51


def spending_path(scores: Floats, predicted: Floats, cost: Floats | None = None, none: int = 0) -> Path:
    """Return the steps from doing nothing to dearer actions, by predicted gain a unit of cost, largest first.

    ``scores`` (n, k): ``arm_scores``; ``predicted`` (n, k): the prediction that is judged, in the same unit;
    ``cost`` (k,) or (n, k): of each action, 0 for ``none`` and above 0 for the others; None: 1. Only actions on a
    row's upper hull are taken: an action is skipped where a dearer one gains more a unit of cost, or a cheaper one as
    much (Sverdrup et al. 2023, arXiv 2306.11979). Rows that every action is predicted to harm come last, with the least
    harmful one, so that the path ends with all rows treated.

    Raises
    ------
    PolicyError
        When shapes differ, a number is not finite, or a cost is out of range.
    """
    check_arms(scores, predicted, none)
    costs = _costs(cost, scores.shape, none)
    everyone = np.arange(len(scores))
    benefit = predicted - predicted[:, [none]]
    at = _first(benefit, costs, none)
    steps = [_step(everyone, np.full(len(scores), none), at, benefit, costs, scores)]
    while True:
        to = _next(benefit, costs, at)
        moved = np.flatnonzero(to != at)
        if not len(moved):
            break
        steps.append(_step(moved, at[moved], to[moved], benefit, costs, scores))
        at = to
    rate, row, spent, gained = (np.concatenate(part) for part in zip(*steps, strict=True))
    return Path.by(rate, row, spent, gained)


def qini_curve(path: Path, customer: Ints, points: int = POINTS, seed: int = 0) -> pd.DataFrame:
    """Return what each budget brings: ``cost`` and ``gain`` a row of all rows, ``low`` and ``high`` (95 %).

    ``customer`` (n,) numbers whose row it is. ``by_lot``: the gain of the same steps taken in any order, a straight
    line. The larger the gain above it, the better the prediction ranks.
    """
    whole = np.ones((1, len(customer)))
    spent, gained = path.climb(whole)
    at = np.linspace(0.0, spent[0, -1], points)

    def curve(weights: Floats) -> Floats:
        return heights(*path.climb(weights), at)

    low, high = interval(Resampling(customer, seed=seed).values(curve))
    by_lot = gained[0, -1] * np.linspace(0.0, 1.0, points)
    return pd.DataFrame({"cost": at, "gain": curve(whole)[0], "low": low, "high": high, "by_lot": by_lot})


def qini_measures(path: Path, customer: Ints, seed: int = 0) -> pd.DataFrame:
    """Return the curve's areas, a row each: ``measure``, ``value``, ``low``, ``high`` (95 %), gain a row.

    auuc: the mean height of the curve over all budgets (area under the uplift curve). qini: that less the line of
    ``by_lot``: 0 for a prediction that ranks no better than chance, below 0 for one that is upside down.
    """

    def areas(weights: Floats) -> Floats:
        spent, gained = path.climb(weights)
        auuc = np.trapezoid(gained, spent, axis=1) / spent[:, -1]
        return np.column_stack([auuc, auuc - gained[:, -1] / 2])

    value = areas(np.ones((1, len(customer))))[0]
    low, high = interval(Resampling(customer, seed=seed).values(areas))
    return pd.DataFrame({"measure": ["auuc", "qini"], "value": value, "low": low, "high": high})


def _first(benefit: Floats, costs: Floats, none: int) -> Ints:
    """Return each row's first action: the largest rate, or where all do harm the largest benefit."""
    others = np.arange(benefit.shape[1]) != none
    rate = np.full(benefit.shape, -np.inf)
    np.divide(benefit, costs, out=rate, where=(benefit > 0) & others)
    return np.where(
        np.isfinite(rate).any(axis=1), rate.argmax(axis=1), np.where(others, benefit, -np.inf).argmax(axis=1)
    )


def _next(benefit: Floats, costs: Floats, at: Ints) -> Ints:
    """Return the action each row goes to from ``at``: the largest rate among dearer and better ones, or ``at``."""
    row = np.arange(len(at))
    more, dearer = benefit - benefit[row, at][:, None], costs - costs[row, at][:, None]
    rate = np.full(benefit.shape, -np.inf)
    np.divide(more, dearer, out=rate, where=(more > 0) & (dearer > 0) & (benefit > 0))
    return np.where(np.isfinite(rate).any(axis=1), rate.argmax(axis=1), at)


def _step(
    row: Ints, start: Ints, end: Ints, benefit: Floats, costs: Floats, scores: Floats
) -> tuple[Floats, Ints, Floats, Floats]:
    """Return rate, row, cost and score of going from one action to another."""
    cost = costs[row, end] - costs[row, start]
    return (benefit[row, end] - benefit[row, start]) / cost, row, cost, scores[row, end] - scores[row, start]


def _costs(cost: Floats | None, shape: tuple[int, int], none: int) -> Floats:
    each = np.where(np.arange(shape[1]) == none, 0.0, 1.0) if cost is None else np.asarray(cost, dtype=np.float64)
    if each.shape not in ((shape[1],), shape):
        raise PolicyError(f"cost must be one number an action, {(shape[1],)} or {shape}, got {each.shape}.")
    costs = np.broadcast_to(each, shape)
    others = np.delete(costs, none, axis=1)
    if (costs[:, none] != 0).any() or not ((others > 0) & np.isfinite(others)).all():
        raise PolicyError(
            f"cost must be 0 for doing nothing and above 0 for every other action, got {costs[:, none].max()} for the "
            f"former and {others.min()} at the least for the latter."
        )
    return costs
