"""Patterns: how the effect of each action differs from row to row, learned from one source of rows.

Trees share their splits over the actions (a vector in each leaf), and all actions share what comes of being reminded at
all: few rows of one are enough where the others have many. How many trees are kept is judged on customers that they
have not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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

_SETTINGS = {"eta": 0.06, "max_depth": 2, "lambda": 60.0, "min_child_weight": 0.0, "block": 5, "share": 0.16}
_ROUNDS = (10, 20, 30, 40, 60, 80, 120, 160)
_SAFE_ROUNDS, _ROWS_A_ROUND = 40, 1_000
"""Of a log that may be confounded, more trees than the first are tried only with so many rows for each: its unseen rows
are confounded too, and find more trees better than they are."""
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
    """Rows that effects are learned from: ``rows`` true of them (n,); ``weight`` (n,); ``loadings`` (n, outputs).

    Loadings say how the outcome less its level follows from what each share adds, as far as the row has ``room`` (n,),
    and lastly, where that is learned too, from what is left of the level. ``tried``: the numbers of trees to choose
    among.
    """

    rows: Mask
    weight: Floats
    loadings: Floats
    room: Floats
    tried: tuple[int, ...] = _ROUNDS


@dataclass(frozen=True)
class Pattern:
    """A pattern learned.

    ``booster``: the one that serves, the mean of the folds'. ``out_of_fold`` (n, k): contrasts of each row by trees
    that never saw its customer, drawn to their mean as far as one fold's trees say more than the mean of all does.
    ``variance`` (k,): of a contrast over samples, by how far the folds differ.
    """

    booster: xgb.Booster
    out_of_fold: Floats
    variance: Floats

    @property
    def centre(self) -> Floats:
        """The mean of each contrast over the rows, (k,)."""
        mean: Floats = self.out_of_fold.mean(axis=0)
        return mean


def known_source(log: ResponseLog, shares: Floats, rows: Mask, weight: Floats, room: Floats) -> Source:
    """Return ``rows`` whose propensity is known, with its inverse, ``weight`` (n,): arms are compared directly."""
    loadings = np.column_stack([room[:, None] * (_indicators(log) @ shares.T), np.ones(len(weight))])
    return Source(rows, weight, loadings, room)


def estimated_source(log: ResponseLog, shares: Floats, rows: Mask, chance: Floats, room: Floats) -> Source:
    """Return ``rows`` with P(each action | row) estimated, ``chance`` (n, k): an R-learner (10.1093/biomet/asaa076)."""
    most = max(_SAFE_ROUNDS, rows.sum() / _ROWS_A_ROUND)
    tried = tuple(rounds for rounds in _ROUNDS if rounds <= most)
    loadings = room[:, None] * ((_indicators(log) - chance) @ shares.T)
    return Source(rows, np.ones(len(chance)), loadings, room, tried)


def learn_pattern(
    matrix: Matrix, residual: Floats, source: Source, shares: Floats, fold: Ints, forest: Forest
) -> Pattern:
    """Learn the contrasts from ``residual`` (n,), the outcome less its level, by the rows of ``source``."""
    folds = range(int(fold.max()) + 1)
    grown = [_fit(matrix, residual, source, np.flatnonzero(source.rows & (fold != f)), forest, f) for f in folds]
    rounds = _rounds(grown, matrix, residual, source, fold)
    boosters = [booster[:rounds] for booster in grown]
    out_of_fold = np.empty((len(residual), shares.shape[1]))
    for f in folds:
        out_of_fold[fold == f] = contrasts(boosters[f], shares, matrix[fold == f], source.room[fold == f])
    some = slice(None, None, max(1, len(matrix) // _JUDGED_ROWS))
    said = np.stack([contrasts(one, shares, matrix[some], source.room[some]) for one in boosters])
    mean = out_of_fold.mean(axis=0)
    return Pattern(
        booster=blend(boosters, [1 / len(boosters)] * len(boosters)),
        out_of_fold=mean + _agreed(said) * (out_of_fold - mean),
        variance=_jackknife(said),
    )


def _fit(matrix: Matrix, residual: Floats, source: Source, rows: Ints, forest: Forest, fold: int) -> xgb.Booster:
    """Grow the trees of one fold, on draws of the columns of its own: their mean errs less."""
    forest = replace(forest, seed=forest.seed + fold)
    rows = forest.sample(rows)
    settings = {**_SETTINGS, "rounds": source.tried[-1]}
    return fit_pattern(matrix[rows], residual[rows], source.loadings[rows], source.weight[rows], settings, forest)


def _rounds(grown: Sequence[xgb.Booster], matrix: Matrix, residual: Floats, source: Source, fold: Ints) -> int:
    """Return the number of trees with which the mean of the folds' boosters is expected to err least.

    That is the squared error of each on the rows it did not learn from, less how far the boosters are from their
    mean: the ambiguity decomposition (Krogh and Vedelsby 1995).
    """
    rows = np.flatnonzero(source.rows)
    judged, loadings, weight, members = matrix[rows], source.loadings[rows], source.weight[rows], len(grown)
    error = np.zeros(len(source.tried))
    for place, trees in enumerate(source.tried):
        said = np.empty((members, len(rows)))
        for f, booster in enumerate(grown):
            shares = booster.inplace_predict(judged, iteration_range=(0, trees), validate_features=False)
            said[f] = np.einsum("nc,nc->n", shares.reshape(len(rows), -1), loadings)
        own = said[fold[rows], np.arange(len(rows))]
        ambiguity = said.var(axis=0, ddof=1) * (1 - 1 / members)
        error[place] = weight @ ((residual[rows] - own) ** 2 - ambiguity)
    return source.tried[int(error.argmin())]


def _agreed(said: Floats) -> Floats:
    """Return the variance over rows of the mean of the boosters as a share of that of one, (k,), from (folds, n, k)."""
    apart = said.var(axis=0, ddof=1).mean(axis=0) * (1 - 1 / len(said))
    one = said.var(axis=1).mean(axis=0)
    share: Floats = np.divide(one - apart, one, out=np.ones_like(one), where=one > 0)
    return np.clip(share, 0.0, 1.0)


def _jackknife(said: Floats) -> Floats:
    """Return the delete-a-fold jackknife variance of each contrast, averaged over the rows, (k,)."""
    variance: Floats = (len(said) - 1) * said.var(axis=0).mean(axis=0)
    return variance


def _indicators(log: ResponseLog) -> Floats:
    return np.eye(len(log.actions))[log.action]
