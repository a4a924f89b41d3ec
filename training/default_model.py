"""DefaultModel: how likely a customer is to default, calibrated, with reasons that add up.

A scikit-learn classifier over XGBoost. Folds say which settings suit the rows and how many trees pay; the
members of that committee become one booster, so contributions are exact; the scorer that predicts is serving's own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost as xgb
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from serving.scorer import Calibration, Scorer
from training.blending import blend
from training.boosting import OutOfFold, Sample, fit_all, fit_folds
from training.calibration import choose_calibration
from training.folds import Fold, Labels, checked_target, make_folds
from training.portfolio import PORTFOLIO, committee
from training.search import Budget, Progress, search

Floats = npt.NDArray[np.float64]

SEARCHED = "searched"
"""Name of the settings a search found, beside those of the portfolio."""

_FIXED: Mapping[str, Any] = MappingProxyType(
    {
        "objective": "binary:logistic",
        "eval_metric": "logloss",
        "tree_method": "hist",
        "max_bin": 128,
        "max_cat_to_onehot": 100_000,
    }
)
"""What every tree has. A category is split off alone: sorted into two halves, hundreds of rare categories are learned
by heart (a column of 400 that say nothing cost AUC .033 of .752)."""

_BAG_STEP = 1_000


class DefaultModel(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A calibrated default probability from any numeric or categorical DataFrame.

    Parameters
    ----------
    trials, minutes
        Optuna trials of a search for settings, and how long it may take; see ``Budget``. Without either the
        settings come from ``portfolio`` alone.
    seed
        Seed of the folds, the trees and the search.
    signs
        For some columns, +1 when risk must not fall as the column rises, -1 when it must not rise.
    debated
        Columns whose sign a search may leave free.
    portfolio
        Settings by name, of which the folds choose; see ``PORTFOLIO``, which None stands for.
    bags
        How often each member of the committee is grown, with other seeds.
    splits
        Folds that judge settings and find the number of trees and the calibration.
    threads
        Threads of training.
    study
        URL of the database that keeps the search, so that it can go on after a stop; None keeps it in memory.
    progress
        Told how the search goes; see ``training.search.Progress``.
    """

    def __init__(
        self,
        trials: int = 0,
        seed: int = 0,
        signs: Mapping[str, int] | None = None,
        debated: Collection[str] = (),
        portfolio: Mapping[str, Mapping[str, Any]] | None = None,
        bags: int = 2,
        splits: int = 5,
        threads: int = 2,
        minutes: float | None = None,
        study: str | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.trials = trials
        self.seed = seed
        self.signs = signs
        self.debated = debated
        self.portfolio = portfolio
        self.bags = bags
        self.splits = splits
        self.threads = threads
        self.minutes = minutes
        self.study = study
        self.progress = progress

    def fit(self, X: pd.DataFrame, y: Labels, groups: Labels | None = None, time: Labels | None = None) -> Self:
        """Learn from ``X`` (n, features), missing values allowed, and ``y`` (n,), 1 for default and 0 for none.

        ``groups`` (n,) keeps a customer's rows together; ``time`` (n,) makes folds judge what is later than
        what they learned. Fitted: ``scorer_``, ``calibration_``, ``rounds_`` (trees), ``committee_`` (a row a
        setting judged: ``weight``, ``rounds``, ``log_loss`` out of fold, and the settings), ``signs_`` (those all
        trees were held to, by column), ``trials_`` (of the search; None without one), ``out_of_fold_`` ((n,)
        uncalibrated log-odds, NaN where never judged), ``feature_names_in_``, ``classes_``.

        Raises
        ------
        ModelError
            When a column is neither numeric nor categorical, or ``y`` is not 0/1 or lacks rows of a class.
        """
        sample = Sample.of(X, checked_target(y, len(X)))
        folds = make_folds(sample.y, groups, time, self.splits, self.seed)
        judged = self._judged(sample, folds)
        weights = committee({name: one.margin for name, one in judged.items()}, sample.y)
        margin = np.sum([weight * judged[name].margin for name, weight in weights.items()], axis=0)
        trees = self._grown(sample, folds, judged, weights)
        self.calibration_ = Calibration()
        if time is None:  # else folds learn from older rows than all trees do, and their level is of another time
            self.calibration_ = choose_calibration(margin, sample.y, self.calibration_, groups).calibration
        self.scorer_ = Scorer(sample.encoding, trees, self.calibration_)
        self.committee_ = _committee_table(judged, weights)
        self.signs_ = _held([judged[name] for name in weights], sample.encoding.columns)
        self.rounds_ = trees.num_boosted_rounds()
        self.out_of_fold_ = margin
        self.feature_names_in_ = np.asarray(sample.encoding.columns, dtype=object)
        self.classes_ = np.array([0, 1])
        return self

    def calibrate(self, X: pd.DataFrame, y: Labels, groups: Labels | None = None) -> Self:
        """Choose the calibration by log loss on rows the trees have not seen: as fitted, level moved, or a new line.

        ``groups`` (n,) says which rows are one customer's. Fitted: ``calibration_choice_``, a row a candidate.
        """
        check_is_fitted(self)
        choice = choose_calibration(self.scorer_.margin(X), checked_target(y, len(X)), self.calibration_, groups)
        self.calibration_, self.calibration_choice_ = choice.calibration, choice.candidates
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
        contributions, base = self.scorer_.contributions(X)
        return pd.DataFrame(contributions, index=X.index, columns=list(self.feature_names_in_)).assign(base=base)

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

    def _judged(self, sample: Sample, folds: Sequence[Fold]) -> dict[str, OutOfFold]:
        """Judge the portfolio's settings on the folds and, when there is a budget for it, search for better ones."""
        constraints = _constraints(sample.encoding.columns, self.signs or {}, self.debated)
        fixed = {**_FIXED, "seed": self.seed, "nthread": self.threads}
        if constraints:
            fixed["monotone_constraints"] = next(iter(constraints.values()))
        portfolio = PORTFOLIO if self.portfolio is None else self.portfolio
        judged = {name: fit_folds(sample, folds, {**fixed, **settings}) for name, settings in portfolio.items()}
        budget = Budget(self.trials, self.minutes, self.study)
        self.trials_ = None
        if not budget.is_spent:
            known = [(portfolio[name], one.log_loss) for name, one in judged.items()]
            found = search(sample, folds, fixed, constraints, known, budget, self.seed, self.progress)
            self.trials_ = found.trials
            if found.log_loss < min(one.log_loss for one in judged.values()):
                judged[SEARCHED] = fit_folds(sample, folds, {**fixed, **found.settings})
        return judged

    def _grown(
        self, sample: Sample, folds: Sequence[Fold], judged: Mapping[str, OutOfFold], weights: Mapping[str, float]
    ) -> xgb.Booster:
        """Grow the members of the committee on all rows, ``bags`` times each, and make one booster of them."""
        members = [(name, bag) for name in weights for bag in range(self.bags)]
        each = max(1, self.threads // len(members))

        def grow(member: tuple[str, int]) -> xgb.Booster:
            one, seed = judged[member[0]], self.seed + _BAG_STEP * member[1]
            return fit_all(sample, folds, {**one.params, "seed": seed, "nthread": each}, one.rounds)

        with ThreadPoolExecutor(self.threads) as pool:
            grown = list(pool.map(grow, members))
        trees = blend(grown, [weights[name] / self.bags for name, _ in members])
        trees.set_param({"nthread": self.threads})
        return trees


def _constraints(
    columns: Sequence[str], signs: Mapping[str, int], debated: Collection[str]
) -> dict[str, tuple[int, ...]]:
    """Return the signs of all columns, and those without the debated ones where that is something else."""
    every = tuple(signs.get(name, 0) for name in columns)
    agreed = tuple(0 if name in debated else sign for name, sign in zip(columns, every, strict=True))
    named = {"all": every, "agreed": agreed} if agreed != every else {"all": every}
    return named if any(every) else {}


def _held(members: Sequence[OutOfFold], columns: Sequence[str]) -> dict[str, int]:
    """Return the columns whose sign every member was held to."""
    held = [one.params.get("monotone_constraints", (0,) * len(columns)) for one in members]
    return {name: its[0] for name, *its in zip(columns, *held, strict=True) if all(sign == its[0] != 0 for sign in its)}


def _committee_table(judged: Mapping[str, OutOfFold], weights: Mapping[str, float]) -> pd.DataFrame:
    rows = {
        name: {
            "weight": weights.get(name, 0.0),
            "log_loss": one.log_loss,
            "rounds": one.rounds,
            **{key: value for key, value in one.params.items() if key not in ("monotone_constraints", *_FIXED)},
        }
        for name, one in judged.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("settings")
