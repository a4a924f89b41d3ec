"""Scorecard: the default probability as points that people can add up, the challenger of the default model.

A scikit-learn classifier: columns in bins, the weight of evidence of each bin, a logistic regression on those. The
weights on the card are the plain ones or those given the rest of the card, as ``rounds`` says; see refining.py.
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

from serving.card import read_card, readable, write_card
from serving.encoding import Encoding
from training.folds import Labels, checked_target, make_folds
from training.scorecard.composition import Composition, Terms, compose
from training.scorecard.points import PointCard, PointScale

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
    rounds
        Rounds of weighing each column given the rest of the card; with 0 the weights are the plain ones. None leaves
        it to folds whether the plain ones do better, as they do with few defaults.
    least_iv_given_rest
        Information value, given the rest of the card, that a column then needs.
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
        rounds: int | None = None,
        least_iv_given_rest: float = 0.002,
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
        self.rounds = rounds
        self.least_iv_given_rest = least_iv_given_rest
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
        ``feature``, ``iv``, ``iv_given_rest`` (NaN where not asked), ``verdict`` (on the card, weak, correlated,
        turned: its coefficient would be below 0, not needed) and ``against``, the stronger column; ``rounds_``;
        ``penalty_`` in words; ``feature_names_in_``; ``classes_``.

        Raises
        ------
        ModelError
            When a column is neither numeric nor categorical or holds infinity, ``y`` is not 0/1 or lacks rows of a
            class, no column says enough of ``y``, or a parameter is out of its range.
        """
        terms, scale = self._terms(), PointScale(self.points, self.odds, self.double)
        target, encoding = checked_target(y, len(X)), Encoding.fit(X)
        cells = encoding.matrix(X)
        folds = make_folds(target, groups, time, self.splits, self.seed)
        chosen = compose(encoding, cells, target, folds, terms, self.seed)
        self.iv_, self.rounds_, self.penalty_ = chosen.verdicts, chosen.rounds, chosen.weighing.penalty
        return self._with(_card(encoding, chosen, scale), encoding.columns)

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
            "iv": self.iv_.astype(object).where(self.iv_.notna(), None).to_dict(orient="list"),
            "rounds": self.rounds_,
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
            model.iv_ = pd.DataFrame(content["iv"]).astype({"iv_given_rest": np.float64})
            model.rounds_ = int(content["rounds"])
            model.penalty_ = str(content["penalty"])
            return model._with(card, tuple(content["columns"]))

    def _terms(self) -> Terms:
        return Terms(
            dict(self.signs or {}),
            self.least_share,
            self.least_iv,
            self.correlation,
            self.rounds,
            self.least_iv_given_rest,
            self.most,
        )

    def _with(self, card: PointCard, columns: tuple[str, ...]) -> Self:
        self.card_ = card
        self.points_ = card.table()
        self.feature_names_in_ = np.asarray(columns, dtype=object)
        self.classes_ = np.array([0, 1])
        return self


def _card(encoding: Encoding, chosen: Composition, scale: PointScale) -> PointCard:
    names, weighing = chosen.weighing.columns, chosen.weighing
    own = Encoding(names, {name: its for name, its in encoding.categories.items() if name in names})
    its = tuple(chosen.characteristics[name] for name in names)
    return PointCard(own, its, weighing.coefficients, weighing.intercept, scale)
