"""Boosted trees on folds: how many rounds pay, and what each row is given by trees that never saw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost as xgb

from serving.encoding import Encoding, Matrix
from training.folds import Fold, Ints

Floats = npt.NDArray[np.float64]

MAX_ROUNDS = 3_000
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

    def rows(self, index: Ints | None = None) -> xgb.DMatrix:
        """Return all rows, or those at ``index``, for XGBoost."""
        matrix, y = (self.matrix, self.y) if index is None else (self.matrix[index], self.y[index])
        return xgb.DMatrix(matrix, y, feature_types=self.encoding.feature_types)


@dataclass(frozen=True)
class OutOfFold:
    """What the folds gave: ``margin`` (n,) log-odds, NaN for rows never judged; mean ``rounds``; mean ``log_loss``."""

    margin: Floats
    rounds: float
    log_loss: float


def fit_folds(sample: Sample, folds: Sequence[Fold], params: Mapping[str, Any]) -> OutOfFold:
    """Train on each fold until the judged rows' log loss stops falling."""
    margin = np.full(len(sample.y), np.nan)
    rounds, losses = [], []
    for learn, judge in folds:
        judged = sample.rows(judge)
        trees = xgb.train(
            dict(params),
            sample.rows(learn),
            MAX_ROUNDS,
            evals=[(judged, "judged")],
            early_stopping_rounds=PATIENCE,
            verbose_eval=False,
        )
        best = trees.best_iteration + 1
        margin[judge] = trees.predict(judged, output_margin=True, iteration_range=(0, best))
        rounds.append(best)
        losses.append(trees.best_score)
    return OutOfFold(margin, float(np.mean(rounds)), float(np.mean(losses)))


def fit_all(sample: Sample, folds: Sequence[Fold], params: Mapping[str, Any], rounds: float) -> xgb.Booster:
    """Train on every row, with ``rounds`` scaled up by how many more rows that is than in a fold."""
    learned = float(np.mean([len(learn) for learn, _ in folds]))
    return xgb.train(dict(params), sample.rows(), max(1, round(rounds * len(sample.y) / learned)))
