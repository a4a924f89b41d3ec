"""Patterns: how the effect of each action differs from row to row, learned from one source of rows.

Trees share their splits over the actions (a vector in each leaf). Each action's own values are shrunk towards
the level of all rows, so an action with few rows is left with what sets the reference apart from the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xgboost as xgb

from serving.effects import contrasts
from serving.encoding import Matrix
from training.nuisance import Forest, fit_pattern
from training.response_log import ResponseLog

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_SETTINGS = {
    "rounds": 70,
    "eta": 0.04,
    "max_depth": 2,
    "lambda": 20.0,
    "min_child_weight": 0.0,
    "colsample_bytree": 0.25,
}
_JUDGED_ROWS = 4_000


@dataclass(frozen=True)
class Source:
    """Rows that effects are learned from: ``rows`` true of them (n,); ``weight`` (n,); ``loadings`` (n, 1 + k).

    Loadings say how the outcome less its level follows from (a level, what each action adds): 1, then the
    indicators of what was done, less their probability where that is estimated.
    """

    rows: Mask
    weight: Floats
    loadings: Floats


@dataclass(frozen=True)
class Pattern:
    """A pattern learned.

    ``booster``: the one that serves. ``out_of_fold`` (n, k): contrasts of each row by trees that never saw its
    customer. ``variance`` (k,): of a contrast of ``booster`` over samples, by how far the folds differ.
    """

    booster: xgb.Booster
    out_of_fold: Floats
    variance: Floats

    @property
    def centre(self) -> Floats:
        """The mean of each contrast over the rows, (k,)."""
        mean: Floats = self.out_of_fold.mean(axis=0)
        return mean


def known_source(log: ResponseLog, rows: Mask, weight: Floats) -> Source:
    """Return ``rows`` whose propensity is known, with its inverse, ``weight`` (n,): arms are compared directly."""
    done = _indicators(log)
    return Source(rows, weight, np.column_stack([np.ones(len(done)), done]))


def estimated_source(log: ResponseLog, rows: Mask, chance: Floats) -> Source:
    """Return ``rows`` with P(each action | row) estimated, ``chance`` (n, k): an R-learner (10.1093/biomet/asaa076)."""
    surprise = _indicators(log) - chance
    return Source(rows, np.ones(len(surprise)), np.column_stack([np.ones(len(surprise)), surprise]))


def learn_pattern(matrix: Matrix, residual: Floats, source: Source, fold: Ints, forest: Forest) -> Pattern:
    """Learn the contrasts from ``residual`` (n,), the outcome less its level, by the rows of ``source``."""
    boosters = []
    out_of_fold = np.empty((len(residual), source.loadings.shape[1] - 1))
    for f in range(int(fold.max()) + 1):
        boosters.append(_fit(matrix, residual, source, np.flatnonzero(source.rows & (fold != f)), forest))
        judged = fold == f
        out_of_fold[judged] = contrasts(boosters[-1], matrix[judged])
    serving = _fit(matrix, residual, source, np.flatnonzero(source.rows), forest)
    return Pattern(serving, out_of_fold, _jackknife(boosters, matrix[:: max(1, len(matrix) // _JUDGED_ROWS)]))


def _fit(matrix: Matrix, residual: Floats, source: Source, rows: Ints, forest: Forest) -> xgb.Booster:
    rows = forest.sample(rows)
    return fit_pattern(matrix[rows], residual[rows], source.loadings[rows], source.weight[rows], _SETTINGS, forest)


def _jackknife(boosters: list[xgb.Booster], matrix: Matrix) -> Floats:
    """Return the delete-a-fold jackknife variance of each contrast, averaged over the rows, (k,)."""
    said = np.stack([contrasts(booster, matrix) for booster in boosters])
    return (len(boosters) - 1) * said.var(axis=0).mean(axis=0)


def _indicators(log: ResponseLog) -> Floats:
    return np.eye(len(log.actions))[log.action]
