"""Boosted trees on folds: how many rounds pay, and what each row is given by trees that never saw it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost as xgb

from serving.encoding import Encoding, Matrix
from training.folds import Fold, Ints

Floats = npt.NDArray[np.float64]

MAX_ROUNDS = 4_000
PATIENCE = 60


@dataclass(frozen=True)
class Sample:
    """Encoded rows with their outcome: ``matrix`` (n, features) float32, ``y`` (n,) 0/1."""

    encoding: Encoding
    matrix: Matrix
    y: Floats

    @classmethod
    def of(cls, X: pd.DataFrame, y: Floats) -> Sample:
        """Encode ``X``; the encoding is learned from it."""
        encoding = Encoding.fit(X)
        return cls(encoding, encoding.matrix(X), y)

    def rows(self, index: Ints | None = None, threads: int | None = None) -> xgb.DMatrix:
        """Return all rows, or those at ``index``, for XGBoost; ``threads`` read them (None: one a core)."""
        matrix, y = (self.matrix, self.y) if index is None else (self.matrix[index], self.y[index])
        return xgb.DMatrix(matrix, y, feature_types=self.encoding.feature_types, nthread=threads)


@dataclass(frozen=True)
class OutOfFold:
    """What the folds gave some ``params``.

    ``margin`` (n,) log-odds, NaN for rows never judged; mean ``rounds``; mean ``log_loss`` of the folds.
    """

    params: Mapping[str, Any]
    margin: Floats
    rounds: float
    log_loss: float


def fit_folds(
    sample: Sample,
    folds: Sequence[Fold],
    params: Mapping[str, Any],
    after_fold: Callable[[int, float], None] = lambda fold, mean_loss: None,
) -> OutOfFold:
    """Train on each fold until the judged rows' log loss stops falling; ``params["nthread"]`` folds at a time.

    ``after_fold`` is told the fold's number and the mean log loss up to it; what it raises ends the folds.
    """
    margin = np.full(len(sample.y), np.nan)
    rounds, losses = [], []
    pool = ThreadPoolExecutor(int(params.get("nthread", 1)))
    try:
        fitted = pool.map(lambda fold: _fit_fold(sample, fold, {**params, "nthread": 1}), folds)
        for number, (one, (_, judge)) in enumerate(zip(fitted, folds, strict=True)):
            margin[judge] = one.margin
            rounds.append(one.rounds)
            losses.append(one.log_loss)
            after_fold(number, float(np.mean(losses)))
    finally:
        pool.shutdown(cancel_futures=True)
    return OutOfFold(params, margin, float(np.mean(rounds)), float(np.mean(losses)))


def _fit_fold(sample: Sample, fold: Fold, params: Mapping[str, Any]) -> OutOfFold:
    learn, judge = fold
    judged = sample.rows(judge, threads=1)  # threads of XGBoost inside threads of ours wait for each other
    trees = xgb.train(
        dict(params),
        sample.rows(learn, threads=1),
        MAX_ROUNDS,
        evals=[(judged, "judged")],
        early_stopping_rounds=PATIENCE,
        verbose_eval=False,
    )
    best = trees.best_iteration + 1
    margin = trees.predict(judged, output_margin=True, iteration_range=(0, best))
    return OutOfFold(params, margin, best, trees.best_score)


def fit_all(sample: Sample, folds: Sequence[Fold], params: Mapping[str, Any], rounds: float) -> xgb.Booster:
    """Train on every row, with ``rounds`` scaled up by how many more rows that is than in a fold."""
    learned = float(np.mean([len(learn) for learn, _ in folds]))
    rows = sample.rows(threads=params.get("nthread"))
    return xgb.train(dict(params), rows, max(1, round(rounds * len(sample.y) / learned)))
