"""Scorecard: the default probability as points that people can add up, the challenger of the default model.

A scikit-learn classifier: columns in bins, the weight of evidence of each bin, a logistic regression on those.
feature-engine and scikit-learn only make it; what predicts is a table of bins and a sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from features.errors import ModelError
from serving.card import read_card, readable, write_card
from serving.encoding import Encoding, Matrix
from training.binning import bin_column
from training.characteristic import Characteristic
from training.folds import Labels, checked_target, make_folds
from training.points import PointCard, PointScale
from training.weighing import Limits, Weighing, weigh

Floats = npt.NDArray[np.float64]

_CARD = "scorecard.json"


class Scorecard(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A scorecard of weights of evidence from any numeric or categorical DataFrame.

    Parameters
    ----------
    seed
        Seed of the folds and of the regression.
    signs
        For some columns, +1 when risk must not fall as the column rises, -1 when it must not rise. In the others
        the default rate of known values runs one way, or turns once where that says much more.
    least_share
        Share of the rows, in (0, 0.5], that a bin of known values has at least. 5 % is usual; 2 % ranked as well or
        better in folds of the training rows of Taiwan and of bank marketing.
    least_iv
        Information value that a column needs; below .02 is usually held to say nothing.
    correlation
        A column whose weights of evidence correlate by more than this, in [0, 1], with those of a stronger one
        is left out.
    most
        Most columns on the card.
    splits
        Folds that choose between L1 and L2, and how strong.
    points, odds, double
        The scale: ``points`` at ``odds`` of good to bad, and ``double`` points more at twice the odds.
    """

    def __init__(
        self,
        seed: int = 0,
        signs: Mapping[str, int] | None = None,
        least_share: float = 0.02,
        least_iv: float = 0.02,
        correlation: float = 0.9,
        most: int = 25,
        splits: int = 5,
        points: float = 600.0,
        odds: float = 30.0,
        double: float = 20.0,
    ) -> None:
        self.seed = seed
        self.signs = signs
        self.least_share = least_share
        self.least_iv = least_iv
        self.correlation = correlation
        self.most = most
        self.splits = splits
        self.points = points
        self.odds = odds
        self.double = double

    def fit(self, X: pd.DataFrame, y: Labels, groups: Labels | None = None, time: Labels | None = None) -> Self:
        """Learn from ``X`` (n, features), missing values allowed, and ``y`` (n,), 1 for default and 0 for none.

        ``groups`` and ``time`` make the folds, as in ``DefaultModel.fit``.

        Fitted: ``card_``, which predicts; ``points_``, a row a bin: ``feature``, ``bin`` in words, ``rows``,
        ``default_rate``, ``woe`` (the higher the riskier), ``points``; ``iv_``, a row a column, the strongest first:
        ``feature``, ``iv``, ``bins``, ``verdict`` (on the card, weak, correlated, turned: its coefficient would be
        below 0, not needed) and ``against``, the stronger column; ``penalty_`` in words; ``feature_names_in_``;
        ``classes_``.

        Raises
        ------
        ModelError
            When a column is neither numeric nor categorical or holds infinity, ``y`` is not 0/1 or lacks rows of a
            class, no column says enough of ``y``, or a parameter is out of its range.
        """
        limits, scale = self._limits(), PointScale(self.points, self.odds, self.double)
        target = checked_target(y, len(X))
        encoding = Encoding.fit(X)
        cells = _finite(encoding, encoding.matrix(X))
        folds = make_folds(target, groups, time, self.splits, self.seed)
        binned = self._binned(encoding, cells, target)
        evidence = {name: its.evidence(cells[:, k]) for k, (name, its) in enumerate(binned.items())}
        strength = {name: its.iv for name, its in binned.items()}
        weighing = weigh(evidence, strength, target, folds, limits, self.seed)
        self.iv_ = _strengths(binned, weighing)
        self.penalty_ = weighing.penalty
        return self._with(_card(encoding, binned, weighing, scale), encoding.columns)

    def predict_proba(self, X: pd.DataFrame) -> Floats:
        """Return (n, 2): the probability of no default and of default.

        Raises
        ------
        ModelError
            When ``X`` lacks a column of the card.
        """
        check_is_fitted(self)
        default = expit(self.card_.log_odds(X))
        return np.column_stack([1 - default, default])

    def predict(self, X: pd.DataFrame) -> npt.NDArray[np.int64]:
        """Return (n,) 1 where default is more likely than not."""
        return (self.predict_proba(X)[:, 1] > 0.5).astype(np.int64)

    def score_points(self, X: pd.DataFrame) -> Floats:
        """Return the points of each row, (n,), not rounded: those of its bins added up; the more the safer."""
        check_is_fitted(self)
        return self.card_.scale.points_at(self.card_.log_odds(X))

    def save(self, path: str | Path) -> None:
        """Write the card and the table of information values into a folder, in JSON."""
        check_is_fitted(self)
        content = {
            "card": self.card_.to_json(),
            "iv": self.iv_.to_dict(orient="list"),
            "penalty": self.penalty_,
            "columns": self.feature_names_in_.tolist(),
        }
        write_card(Path(path) / _CARD, content)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a scorecard that ``save`` wrote; it predicts to the bit as before.

        Raises
        ------
        ModelError
            When the folder does not hold a readable scorecard.
        """
        with readable("scorecard", Path(path)):
            content = read_card(Path(path) / _CARD)
            card = PointCard.from_json(content["card"])
            model = cls(points=card.scale.points, odds=card.scale.odds, double=card.scale.double)
            model.iv_ = pd.DataFrame(content["iv"])
            model.penalty_ = str(content["penalty"])
            return model._with(card, tuple(content["columns"]))

    def _limits(self) -> Limits:
        if not 0 < self.least_share <= 0.5:
            raise ModelError(f"least_share must be in (0, 0.5], got {self.least_share:g}.")
        return Limits(self.least_iv, self.correlation, self.most)

    def _binned(self, encoding: Encoding, cells: Matrix, y: Floats) -> dict[str, Characteristic]:
        signs = self.signs or {}
        return {
            name: bin_column(name, cells[:, k], encoding.categories.get(name, ()), y, signs.get(name, 0), self.least_share)
            for k, name in enumerate(encoding.columns)
        }

    def _with(self, card: PointCard, columns: tuple[str, ...]) -> Self:
        self.card_ = card
        self.points_ = card.table()
        self.feature_names_in_ = np.asarray(columns, dtype=object)
        self.classes_ = np.array([0, 1])
        return self


def _finite(encoding: Encoding, cells: Matrix) -> Matrix:
    if not encoding.columns:
        raise ModelError("X has no column to make a scorecard of.")
    endless = np.isinf(cells).any(axis=0)
    if endless.any():
        raise ModelError(f"column {encoding.columns[int(endless.argmax())]} holds infinity; a card takes numbers only.")
    return cells


def _card(
    encoding: Encoding, binned: Mapping[str, Characteristic], weighing: Weighing, scale: PointScale
) -> PointCard:
    categories = {name: its for name, its in encoding.categories.items() if name in weighing.columns}
    chosen = tuple(binned[name] for name in weighing.columns)
    return PointCard(Encoding(weighing.columns, categories), chosen, weighing.coefficients, weighing.intercept, scale)


def _strengths(binned: Mapping[str, Characteristic], weighing: Weighing) -> pd.DataFrame:
    told = [{"feature": name, "iv": binned[name].iv, "bins": len(binned[name].woe)} for name in weighing.verdicts.index]
    return pd.DataFrame(told).join(weighing.verdicts.reset_index(drop=True))
