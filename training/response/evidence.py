"""Evidence: what a set of logged rows says of each action's average effect and of each pattern's weight.

Regression-form doubly robust estimates (10.1214/07-STS227): within each arm, what the outcome model left over
is regressed, weighted by inverse propensity, on the patterns; an arm less the reference arm is the effect.
Covariances come from the influence of each customer, not of each row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

FEWEST_ROWS = 30
"""An arm with fewer rows than this says nothing by itself; it is left to what the other arms share."""


@dataclass(frozen=True)
class Arms:
    """Rows to be judged, m of them, with k actions and p patterns.

    ``action`` (m,) codes, 0 the reference; ``residual`` (m,): outcome less what is predicted of it; ``weight``
    (m,): inverse propensity; ``patterns`` (m, k, p), centred; ``group`` (m,) codes of the customers; ``to_few`` (k,):
    actions open to few rows. Those had by other people than the reference tell nothing of how effects differ: that
    compares the slopes of two arms over the same people. They tell an average effect alone.
    """

    action: Ints
    residual: Floats
    weight: Floats
    patterns: Floats
    group: Ints
    to_few: Mask

    @property
    def measured(self) -> list[int]:
        """The actions, the reference apart, that have enough rows; none when the reference has too few."""
        rows = np.bincount(self.action, minlength=self.patterns.shape[1])
        if rows[0] < FEWEST_ROWS:
            return []
        return [a for a in range(1, len(rows)) if rows[a] >= FEWEST_ROWS]


@dataclass(frozen=True)
class Evidence:
    """Estimates ``value`` (m,) with ``covariance`` (m, m) of the parameters numbered ``place`` (m,).

    Parameter (a - 1) x (1 + p) + j is, of action a, the average effect (j = 0) or the weight of pattern j.
    """

    value: Floats
    covariance: Floats
    place: Ints


def measure(arms: Arms, offset: Floats) -> Evidence:
    """Return the evidence of ``arms``; ``offset`` (k, 1 + p) is what the outcome model claims beforehand."""
    terms = 1 + arms.patterns.shape[2]
    measured = arms.measured
    value = np.empty(len(measured) * terms)
    influence = np.zeros((len(arms.action), len(value)))
    for i, a in enumerate(measured):
        block = slice(i * terms, (i + 1) * terms)
        value[block] = offset[a]
        for arm, sign in ((a, 1.0), (0, -1.0)):
            rows = np.flatnonzero(arms.action == arm)
            estimate, moved = _regress(arms, rows, a)
            value[block] += sign * estimate
            influence[rows, block] += sign * moved
    by_customer = _summed(influence, arms.group)
    place = np.concatenate([(a - 1) * terms + np.arange(terms) for a in measured]) if measured else np.empty(0)
    told = np.array([j == 0 or not arms.to_few[a] for a in measured for j in range(terms)], dtype=bool)
    covariance = by_customer.T @ by_customer
    return Evidence(value[told], covariance[np.ix_(told, told)], place[told].astype(np.int64))


def effective_rows(weight: Floats) -> float:
    """Return the effective sample size, (sum w)^2 / sum w^2; 0 when there are no rows.

    >>> effective_rows(np.array([1.0, 1.0, 2.0]))
    2.6666666666666665
    """
    return float(weight.sum() ** 2 / (weight**2).sum()) if len(weight) else 0.0


def _regress(arms: Arms, rows: Ints, action: int) -> tuple[Floats, Floats]:
    """Return the coefficients of residual on (1, patterns of ``action``), and the influence of each row."""
    design = np.column_stack([np.ones(len(rows)), arms.patterns[rows, action]])
    weighted = design * arms.weight[rows, None]
    gram = weighted.T @ design
    gram += np.diag([0.0] + [1e-7 * gram[0, 0]] * (design.shape[1] - 1))
    inverse = np.linalg.inv(gram)
    coefficient = inverse @ (weighted.T @ arms.residual[rows])
    left = arms.residual[rows] - design @ coefficient
    small_sample = np.sqrt(len(rows) / (len(rows) - design.shape[1]))
    return coefficient, small_sample * left[:, None] * (weighted @ inverse)


def _summed(influence: Floats, group: Ints) -> Floats:
    codes = np.unique(group, return_inverse=True)[1]
    if codes.max(initial=-1) + 1 == len(group):
        return influence
    columns: Sequence[Floats] = [np.bincount(codes, column) for column in influence.T]
    return np.column_stack(columns)
