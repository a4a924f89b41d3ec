"""A default probability and its reasons: the only place in the repository where the default model predicts.

A scorer is what a fitted model comes down to: the encoding of the columns, the trees, and a straight line
that calibrates their margin. The line is monotone, so that each contribution keeps its meaning and
contributions plus base add up to the log-odds of the probability.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost as xgb
from scipy.special import expit

from features.errors import ModelError
from features.feature_matrix import FeatureMatrix
from serving.card import read_card, read_trees, readable, write_card
from serving.encoding import Encoding, Matrix
from serving.forest import Forest

Floats = npt.NDArray[np.float64]

_CARD, _TREES = "scorer.json", "trees.ubj"


@dataclass(frozen=True)
class Calibration:
    """Log-odds of default = ``slope`` x margin of the trees + ``intercept``; the slope is above 0."""

    slope: float = 1.0
    intercept: float = 0.0

    def __post_init__(self) -> None:
        if not self.slope > 0:
            raise ModelError(
                f"the calibration slope must be above 0 (riskier margin, higher probability), got {self.slope}."
            )


@dataclass(frozen=True)
class Scores:
    """What the model says of each row.

    ``default_probability`` (n,) in [0, 1]; ``contributions`` (n, features) in log-odds and ``base`` (n,), which
    add up to the log-odds of the probability; both None when not asked for. ``features`` names the columns of
    the contributions: those of the model, which may be fewer than those of the matrix.
    """

    default_probability: Floats
    features: tuple[str, ...]
    contributions: Floats | None = None
    base: Floats | None = None


@dataclass(frozen=True)
class Scorer:
    """A default model that predicts, and does nothing else."""

    encoding: Encoding
    trees: xgb.Booster
    calibration: Calibration

    def score(self, X: pd.DataFrame | FeatureMatrix, explain: bool = False) -> Scores:
        """Return the default probability of each row of ``X``, with contributions when ``explain`` is true.

        A row's scores do not depend on the rows beside it, to the bit.

        Raises
        ------
        ModelError
            When ``X`` lacks a column of the model.
        """
        if not len(X):
            return Scores(np.empty(0), self.encoding.columns, *(self.contributions(X) if explain else ()))
        margin, *explained = self._explained(self.encoding.matrix(X), explain)
        log_odds = self.calibration.slope * margin + self.calibration.intercept
        return Scores(expit(log_odds), self.encoding.columns, *explained)

    def contributions(self, X: pd.DataFrame | FeatureMatrix) -> tuple[Floats, Floats]:
        """Return each feature's contribution in log-odds, (n, features), and the base, (n,), and no probability."""
        if not len(X):
            return np.empty((0, len(self.encoding.columns))), np.empty(0)
        _, given, base = self._explained(self.encoding.matrix(X), explain=True)
        return given, base

    def margin(self, X: pd.DataFrame | FeatureMatrix) -> Floats:
        """Return the trees' own log-odds of each row, (n,), before calibration."""
        return self._margin(self.encoding.matrix(X))

    def interactions(self, X: pd.DataFrame | FeatureMatrix) -> Floats:
        """Return how each pair of features moves each row's log-odds together, (n, features, features), calibrated.

        A pair's share is split in halves over the two places of the pair; the diagonal holds what a feature does
        alone. A row's places add up to its contributions. Memory grows with the square of the features.
        """
        rows = self._of_xgboost(self.encoding.matrix(X))
        pairs = self.trees.predict(rows, pred_interactions=True).astype(np.float64)
        width = len(self.encoding.columns)
        return self.calibration.slope * pairs.reshape(len(X), width + 1, width + 1)[:, :width, :width]

    def save(self, path: str | Path) -> None:
        """Write the scorer into the folder ``path``: two files, trees in XGBoost's UBJSON, the rest in JSON."""
        folder = Path(path)
        calibration = {"slope": self.calibration.slope, "intercept": self.calibration.intercept}
        folder.mkdir(parents=True, exist_ok=True)
        self.trees.save_model(folder / _TREES)
        write_card(folder / _CARD, {"encoding": self.encoding.to_json(), "calibration": calibration}, [_TREES])

    @classmethod
    def load(cls, path: str | Path, threads: int = 1) -> Scorer:
        """Read a scorer that ``save`` wrote; ``threads`` are used for each prediction.

        Raises
        ------
        ModelError
            When a file is missing or damaged, or another format wrote it.
        """
        folder = Path(path)
        with readable("scorer", folder):
            card = read_card(folder / _CARD)
            trees = read_trees(folder / _TREES, threads)
            return cls(Encoding.from_json(card["encoding"]), trees, Calibration(**card["calibration"]))

    @cached_property
    def _forest(self) -> Forest | None:
        return Forest.of(self.trees)

    def _of_xgboost(self, rows: Matrix) -> xgb.DMatrix:
        return xgb.DMatrix(rows, feature_types=self.encoding.feature_types)

    def _explained(self, rows: Matrix, explain: bool) -> tuple[Floats, ...]:
        """Return the margin and, when ``explain`` is true, contributions and base, calibrated."""
        if not explain:
            return (self._margin(rows),)
        slope, intercept = self.calibration.slope, self.calibration.intercept
        if self._forest is not None and self._forest.has_tables:
            margin, given = self._forest.explained(rows)
            return margin, slope * given, np.full(len(rows), slope * self._forest.expected + intercept)
        shares = self.trees.predict(self._of_xgboost(rows), pred_contribs=True).astype(np.float64)
        scaled = slope * shares.reshape(len(rows), -1)
        return self._margin(rows), scaled[:, :-1], scaled[:, -1] + intercept

    def _margin(self, rows: Matrix) -> Floats:
        if self._forest is not None:
            return self._forest.margin(rows)
        margin: Floats = self.trees.predict(self._of_xgboost(rows), output_margin=True).astype(np.float64)
        return margin
