"""EconML's and causalml's DR learners on rows handed over: ``python effect_peers.py ROWS.npz EFFECTS.npz``.

Run by ``benchmarks.effects`` with the Python of .venv-peers (``make peers``), where the two are installed and Duewise
is not. Each learns from the whole log and from the randomised rows alone, with three kinds of final model. Both get the
same propensities: the logged one where there is one, else one estimated on other customers.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LassoCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from xgboost import XGBClassifier, XGBRegressor, XGBRFRegressor

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_FOLDS, _SMALLEST = 3, 0.02
_FAST = {"n_jobs": 2, "max_bin": 64}
_CHOICE = {"n_estimators": 30, "max_depth": 4, "learning_rate": 0.3, "colsample_bytree": 0.5, **_FAST}
_OUTCOME = {"n_estimators": 80, "max_depth": 4, "learning_rate": 0.1, "min_child_weight": 5, **_FAST}
_FEW = {"subsample": 0.6, "min_child_weight": 1000, **_FAST}
_BOOSTED = {"n_estimators": 40, "max_depth": 2, "learning_rate": 0.05, "colsample_bytree": 0.3, **_FEW}
_FOREST = {"n_estimators": 100, "max_depth": 3, "colsample_bynode": 0.1, **_FEW}


@dataclass(frozen=True)
class Log:
    """What is learned from: ``X`` (n, columns), NaN where missing; ``action`` (n,) codes, 0 the reference; ``outcome``.

    ``chance`` (n, k): P(each action | row); where the log holds the propensity it is that of every action, since the
    bank draws evenly. ``fold`` (n,): the number of the fold, the same for all rows of a customer.
    """

    X: Floats
    action: Ints
    outcome: Floats
    chance: Floats
    fold: Ints

    @classmethod
    def of(cls, rows: Any, learn: npt.NDArray[np.bool_]) -> Self:
        """Take the rows of ``learn`` (n,) from the arrays handed over, and estimate what propensities they lack."""
        X, action, propensity = rows["X"][learn].astype(np.float64), rows["action"][learn], rows["propensity"][learn]
        order = np.random.default_rng(0).permutation(int(rows["customer"].max()) + 1)
        fold = order[rows["customer"][learn]] % _FOLDS
        chance = np.repeat(propensity[:, None], int(action.max()) + 1, axis=1)
        for f in range(_FOLDS):
            judged = (fold == f) & np.isnan(propensity)
            if judged.any():
                habits = XGBClassifier(multi_strategy="multi_output_tree", **_CHOICE)
                chance[judged] = habits.fit(X[fold != f], action[fold != f]).predict_proba(X[judged])
        return cls(X, action, rows["outcome"][learn], np.maximum(chance, _SMALLEST), fold)


def finals() -> dict[str, Any]:
    """Return the final models that each peer is tried with, by name.

    What they regress is nearly all noise. Of ten settings on a bank's truth these did best, in the peers' favour.
    """
    lasso = make_pipeline(SimpleImputer(), StandardScaler(), LassoCV(cv=_FOLDS, alphas=30))
    return {"boosted": XGBRegressor(**_BOOSTED), "forest": XGBRFRegressor(**_FOREST), "lasso": lasso}


class GivenPropensity(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier that answers with the last ``actions`` columns of what it is asked about."""

    def __init__(self, actions: int) -> None:
        self.actions = actions

    def fit(self, X: Floats, y: Ints) -> Self:
        """Learn nothing."""
        self.classes_ = np.arange(self.actions)
        return self

    def predict_proba(self, X: Floats) -> Floats:
        """Return the probabilities that stand in the rows, (n, actions)."""
        return X[:, -self.actions :]

    def predict(self, X: Floats) -> Ints:
        """Return the likeliest action of each row, (n,)."""
        likeliest: Ints = self.predict_proba(X).argmax(axis=1)
        return likeliest


def without(X: Floats, first: int, many: int) -> Floats:
    """Return ``X`` without ``many`` columns from number ``first`` on: the propensities are no covariates."""
    return np.delete(X, np.s_[first : first + many], axis=1)


def econml(log: Log, judged: Floats) -> Iterator[tuple[str, Floats, float]]:
    """Return final model, effects on the judged rows (n, k - 1) and seconds of EconML's DRLearner."""
    from econml.dr import DRLearner

    began, actions = time.perf_counter(), log.chance.shape[1]
    hidden = FunctionTransformer(without, kw_args={"first": log.X.shape[1], "many": actions})
    learner = DRLearner(
        model_propensity=GivenPropensity(actions),
        model_regression=make_pipeline(hidden, XGBRegressor(**_OUTCOME)),
        cv=[(np.flatnonzero(log.fold != f), np.flatnonzero(log.fold == f)) for f in range(_FOLDS)],
        model_final=XGBRegressor(**_BOOSTED),
        min_propensity=_SMALLEST,
        allow_missing=True,
        random_state=0,
    )
    learner.fit(log.outcome, log.action, X=log.X, W=log.chance, cache_values=True)
    spent = time.perf_counter() - began
    for name, final in finals().items():
        began = time.perf_counter()
        learner.model_final = final
        learner.refit_final()
        effects = learner.const_marginal_effect(judged).reshape(len(judged), -1)
        yield name, effects, spent + time.perf_counter() - began


def causalml(log: Log, judged: Floats) -> Iterator[tuple[str, Floats, float]]:
    """Return the same of causalml's DR learner, which sets one action against doing nothing at a time."""
    from causalml.inference.meta import BaseDRRegressor

    both = log.chance[:, [0]] + log.chance
    against_none = np.clip(log.chance / both, _SMALLEST, 1 - _SMALLEST)
    for name, final in finals().items():
        began = time.perf_counter()
        learner = BaseDRRegressor(XGBRegressor(**_OUTCOME), treatment_effect_learner=final)
        chance = dict(enumerate(against_none.T))
        del chance[0]
        learner.fit(log.X, log.action, log.outcome, p=chance, seed=0)
        yield name, learner.predict(judged), time.perf_counter() - began


def main() -> None:
    """Write the effects and the seconds of each peer with each final model on each set of rows."""
    warnings.simplefilter("ignore")
    rows = np.load(sys.argv[1], allow_pickle=False)
    told: dict[str, Any] = {}
    known = ~np.isnan(rows["propensity"])
    for kind, learn in (("whole log", np.ones_like(known)), ("randomised rows", known)):
        began = time.perf_counter()
        log = Log.of(rows, learn)
        spent = time.perf_counter() - began
        for package, peer in (("econml", econml), ("causalml", causalml)):
            for final, effects, seconds in peer(log, rows["judged"].astype(np.float64)):
                name = f"{package} {version(package)}, {kind}, {final}"
                told[name], told[f"seconds of {name}"] = effects, np.array(spent + seconds)
    np.savez(sys.argv[2], allow_pickle=False, **told)


if __name__ == "__main__":
    main()
