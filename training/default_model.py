"""DefaultModel: how likely a customer is to default, calibrated, with reasons that add up.

A scikit-learn classifier over XGBoost. Folds say how many trees pay, margins predicted out of fold
calibrate the probability, and the scorer that predicts is serving's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from serving.scorer import Scorer
from training.boosting import Sample, fit_all, fit_folds
from training.calibration import fit_calibration
from training.folds import Labels, checked_target, make_folds
from training.search import search

Floats = npt.NDArray[np.float64]
DEFAULT_PARAMS: Mapping[str, Any] = MappingProxyType(
    {
        "eta": 0.02,
        "max_depth": 4,
        "min_child_weight": 10.0,
        "subsample": 0.7,
        "colsample_bytree": 0.3,
        "lambda": 10.0,
        "max_bin": 128,
    }
)
"""Settings that do well on credit tables without a search."""


class DefaultModel(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A calibrated default probability from any numeric or categorical DataFrame.

    Parameters
    ----------
    trials
        Optuna trials of the search for settings; 0 takes the defaults.
    seed
        Seed of the folds, the trees and the search.
    signs
        For some columns, +1 when risk must not fall as the column rises, -1 when it must not rise.
    splits
        Folds that find the number of trees and the calibration.
    threads
        Threads of training.
    """

    def __init__(
        self,
        trials: int = 0,
        seed: int = 0,
        signs: Mapping[str, int] | None = None,
        splits: int = 5,
        threads: int = 2,
    ) -> None:
        self.trials = trials
        self.seed = seed
        self.signs = signs
        self.splits = splits
        self.threads = threads

    def fit(self, X: pd.DataFrame, y: Labels, groups: Labels | None = None, time: Labels | None = None) -> Self:
        """Learn from ``X`` (n, features), missing values allowed, and ``y`` (n,), 1 for default and 0 for none.

        ``groups`` (n,) keeps a customer's rows together; ``time`` (n,) makes folds judge what is later than
        what they learned. Fitted: ``scorer_``, ``params_``, ``rounds_``, ``calibration_``,
        ``out_of_fold_`` ((n,) uncalibrated log-odds, NaN where never judged), ``feature_names_in_``, ``classes_``.

        Raises
        ------
        ModelError
            When a column is neither numeric nor categorical, or ``y`` is not 0/1 or lacks rows of a class.
        """
        sample = Sample.of(X, checked_target(y, len(X)))
        folds = make_folds(sample.y, groups, time, self.splits, self.seed)
        params = search(sample, folds, self._params(sample), self.trials, self.seed)
        judged = fit_folds(sample, folds, params)
        trees = fit_all(sample, folds, params, judged.rounds)
        seen = ~np.isnan(judged.margin)
        self.calibration_ = fit_calibration(judged.margin[seen], sample.y[seen])
        self.scorer_ = Scorer(sample.encoding, trees, self.calibration_)
        self.params_ = params
        self.rounds_ = trees.num_boosted_rounds()
        self.out_of_fold_ = judged.margin
        self.feature_names_in_ = np.asarray(sample.encoding.columns, dtype=object)
        self.classes_ = np.array([0, 1])
        return self

    def calibrate(self, X: pd.DataFrame, y: Labels) -> Self:
        """Move the calibration towards rows the trees have not seen, as far as they prove it wrong."""
        check_is_fitted(self)
        self.calibration_ = fit_calibration(self.scorer_.margin(X), checked_target(y, len(X)), self.calibration_)
        self.scorer_ = replace(self.scorer_, calibration=self.calibration_)
        return self

    def predict_proba(self, X: pd.DataFrame) -> Floats:
        """Return (n, 2): the probability of no default and of default."""
        check_is_fitted(self)
        default = self.scorer_.score(X).default_probability
        return np.column_stack([1 - default, default])

    def predict(self, X: pd.DataFrame) -> npt.NDArray[np.int64]:
        """Return (n,) 1 where default is more likely than not."""
        return (self.predict_proba(X)[:, 1] > 0.5).astype(np.int64)

    def explain(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return each feature's contribution in log-odds and ``base``; a row adds up to its calibrated log-odds."""
        check_is_fitted(self)
        scores = self.scorer_.score(X, explain=True)
        contributions = pd.DataFrame(scores.contributions, index=X.index, columns=list(self.feature_names_in_))
        return contributions.assign(base=scores.base)

    def save(self, path: str | Path) -> None:
        """Write the scorer into a folder, in JSON and UBJSON."""
        check_is_fitted(self)
        self.scorer_.save(path)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a model that ``save`` wrote; it predicts to the bit as before.

        Raises
        ------
        ModelError
            When the folder does not hold a readable model.
        """
        model = cls()
        model.scorer_ = Scorer.load(path, threads=model.threads)
        model.calibration_ = model.scorer_.calibration
        model.rounds_ = model.scorer_.trees.num_boosted_rounds()
        model.feature_names_in_ = np.asarray(model.scorer_.encoding.columns, dtype=object)
        model.classes_ = np.array([0, 1])
        return model

    def _params(self, sample: Sample) -> dict[str, Any]:
        signs = self.signs or {}
        constraints = tuple(signs.get(name, 0) for name in sample.encoding.columns)
        fixed = {"objective": "binary:logistic", "eval_metric": "logloss", "tree_method": "hist"}
        constrained = {"monotone_constraints": constraints} if any(constraints) else {}
        return {**DEFAULT_PARAMS, **fixed, **constrained, "seed": self.seed, "nthread": self.threads}
