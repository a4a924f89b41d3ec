"""Patterns: how the effect of each action differs from row to row, learned from one source of rows.

Trees share their splits over the actions (a vector in each leaf), and all actions share what comes of being reminded at
all: few rows of one are enough where the others have many. How many trees are kept is judged on customers that they
have not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xgboost as xgb

from serving.effects import contrasts
from serving.encoding import Matrix
from training.blending import blend
from training.response.log import ResponseLog
from training.response.nuisance import Forest, fit_pattern

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_SETTINGS = {"eta": 0.06, "max_depth": 2, "lambda": 60.0, "min_child_weight": 0.0, "block": 10, "share": 0.3}
_ROUNDS = (10, 20, 40, 60, 80, 120, 160)
_JUDGED_ROWS = 4_000


def action_shares(actions: int) -> Floats:
    """Return which of ``actions`` has which share of an effect, 1 or 0, (shares, actions).

    The reference, the first, has none; every other has that of being reminded at all, then one of its own.

    >>> action_shares(3).astype(int).tolist()
    [[0, 1, 1], [0, 1, 0], [0, 0, 1]]
    """
    reminded = np.ones((1, actions - 1))
    shares = np.vstack([reminded, np.eye(actions - 1)]) if actions > 2 else reminded
    return np.column_stack([np.zeros(len(shares)), shares])


@dataclass(frozen=True)
class Source:
    """Rows that effects are learned from: ``rows`` true of them (n,); ``weight`` (n,); ``loadings`` (n, 1 + s).

    Loadings say how the outcome less its level follows from (a level, what each share adds): 1, then whether the
    action has the share, less the probability of that where it is estimated.
    """

    rows: Mask
    weight: Floats
    loadings: Floats


@dataclass(frozen=True)
class Pattern:
    """A pattern learned.

    ``booster``: the one that serves, the mean of the folds'. ``out_of_fold`` (n, k): contrasts of each row by trees
    that never saw its customer. ``variance`` (k,): of a contrast over samples, by how far the folds differ.
    """

    booster: xgb.Booster
    out_of_fold: Floats
    variance: Floats

    @property
    def centre(self) -> Floats:
        """The mean of each contrast over the rows, (k,)."""
        mean: Floats = self.out_of_fold.mean(axis=0)
        return mean


def known_source(log: ResponseLog, shares: Floats, rows: Mask, weight: Floats) -> Source:
    """Return ``rows`` whose propensity is known, with its inverse, ``weight`` (n,): arms are compared directly."""
    return Source(rows, weight, _loadings(_indicators(log), shares))


def estimated_source(log: ResponseLog, shares: Floats, rows: Mask, chance: Floats) -> Source:
    """Return ``rows`` with P(each action | row) estimated, ``chance`` (n, k): an R-learner (10.1093/biomet/asaa076)."""
    return Source(rows, np.ones(len(chance)), _loadings(_indicators(log) - chance, shares))


def learn_pattern(
    matrix: Matrix, residual: Floats, source: Source, shares: Floats, fold: Ints, forest: Forest
) -> Pattern:
    """Learn the contrasts from ``residual`` (n,), the outcome less its level, by the rows of ``source``."""
    folds = range(int(fold.max()) + 1)
    grown = [_fit(matrix, residual, source, np.flatnonzero(source.rows & (fold != f)), forest) for f in folds]
    rounds = _rounds(grown, matrix, residual, source, fold)
    boosters = [booster[:rounds] for booster in grown]
    out_of_fold = np.empty((len(residual), shares.shape[1]))
    for f in folds:
        out_of_fold[fold == f] = contrasts(boosters[f], shares, matrix[fold == f])
    said = np.stack([contrasts(one, shares, matrix[:: max(1, len(matrix) // _JUDGED_ROWS)]) for one in boosters])
    return Pattern(blend(boosters, [1 / len(boosters)] * len(boosters)), out_of_fold, _jackknife(said))


def _fit(matrix: Matrix, residual: Floats, source: Source, rows: Ints, forest: Forest) -> xgb.Booster:
    rows = forest.sample(rows)
    settings = {**_SETTINGS, "rounds": _ROUNDS[-1]}
    return fit_pattern(matrix[rows], residual[rows], source.loadings[rows], source.weight[rows], settings, forest)


def _rounds(grown: Sequence[xgb.Booster], matrix: Matrix, residual: Floats, source: Source, fold: Ints) -> int:
    """Return the number of trees with the least squared error on the rows of the folds not learned from."""
    error = np.zeros(len(_ROUNDS))
    for f, booster in enumerate(grown):
        rows = np.flatnonzero(source.rows & (fold == f))
        judged, loadings = matrix[rows], source.loadings[rows]
        for place, rounds in enumerate(_ROUNDS):
            said = booster.inplace_predict(judged, iteration_range=(0, rounds), validate_features=False)
            left = residual[rows] - np.einsum("nc,nc->n", said.reshape(len(rows), -1), loadings)
            error[place] += float(source.weight[rows] @ left**2)
    return _ROUNDS[int(error.argmin())]


def _jackknife(said: Floats) -> Floats:
    """Return the delete-a-fold jackknife variance of each contrast, averaged over the rows, (k,)."""
    variance: Floats = (len(said) - 1) * said.var(axis=0).mean(axis=0)
    return variance


def _loadings(done: Floats, shares: Floats) -> Floats:
    return np.column_stack([np.ones(len(done)), done @ shares.T])


def _indicators(log: ResponseLog) -> Floats:
    return np.eye(len(log.actions))[log.action]
