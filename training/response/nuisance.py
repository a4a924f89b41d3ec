"""What must be known before effects can be learned: the level of the outcome and how actions were chosen.

Everything here is cross-fitted: a row's numbers come from trees that saw none of its customer's rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost as xgb
from scipy.special import expit, logit

from serving.effects import margin
from serving.encoding import Matrix
from training.blending import chain

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_LEVEL = {"eta": 0.12, "max_depth": 4, "min_child_weight": 5.0, "lambda": 5.0, "colsample_bytree": 0.6}
_CHOICE = {"eta": 0.3, "max_depth": 3, "min_child_weight": 5.0, "lambda": 2.0, "colsample_bytree": 0.6}
_LEVEL_ROUNDS, _PATIENCE, _CHOICE_ROUNDS = 120, 8, 20
_FEWEST_COLUMNS = 30
"""Fewer columns are never drawn from: a block of trees that sees none of the few that matter learns noise."""


@dataclass(frozen=True)
class Forest:
    """How trees are grown here: column types, seed, threads, and the most rows one booster learns from."""

    feature_types: tuple[str, ...]
    seed: int = 0
    threads: int = 2
    most_rows: int = 60_000

    def params(self, **more: Any) -> dict[str, Any]:
        """Return XGBoost parameters with ``more`` added."""
        return {"tree_method": "hist", "max_bin": 64, "seed": self.seed, "nthread": self.threads} | more

    def rows(self, matrix: Matrix, label: npt.NDArray[Any]) -> xgb.DMatrix:
        """Return the rows and their label, (n,) or (n, outputs), as XGBoost reads them."""
        types = list(self.feature_types)
        return xgb.QuantileDMatrix(matrix, label, feature_types=types, max_bin=64, nthread=self.threads)

    def sample(self, rows: Ints) -> Ints:
        """Return ``rows``, or ``most_rows`` of them drawn without replacement, in order."""
        if len(rows) <= self.most_rows:
            return rows
        return np.sort(np.random.default_rng(self.seed).choice(rows, self.most_rows, replace=False))


def level_objective(target: Floats) -> Callable[[Any, xgb.DMatrix], tuple[Floats, Floats]]:
    """Return the log-loss objective for targets that may leave [0, 1] (an outcome less an effect)."""

    def objective(raw: Any, _: xgb.DMatrix) -> tuple[Floats, Floats]:
        chance = expit(raw)
        return chance - target, np.maximum(chance * (1.0 - chance), 1e-6)

    return objective


def fit_level(matrix: Matrix, target: Floats, rounds: int, forest: Forest) -> xgb.Booster:
    """Fit log-odds of ``target`` (n,), whose mean is in (0, 1), with ``rounds`` trees on all rows."""
    start = float(logit(np.clip(target.mean(), 1e-4, 1 - 1e-4)))
    params = forest.params(**_LEVEL, base_score=start, disable_default_eval_metric=1)
    return xgb.train(params, forest.rows(matrix, target), rounds, obj=level_objective(target))


def cross_fit_level(matrix: Matrix, outcome: Floats, fold: Ints, forest: Forest) -> tuple[Floats, int]:
    """Return E[outcome | row] whatever was done, (n,), out of fold, and the number of trees that did best."""
    level, rounds = np.empty(len(outcome)), []
    params = forest.params(**_LEVEL, objective="binary:logistic", eval_metric="logloss")
    for judged in (fold == f for f in range(int(fold.max()) + 1)):
        learn = forest.sample(np.flatnonzero(~judged))
        watch = forest.sample(np.flatnonzero(judged))[:20_000]
        rows = forest.rows(matrix[learn], outcome[learn])
        check = xgb.DMatrix(matrix[watch], outcome[watch], feature_types=list(forest.feature_types))
        trees = xgb.train(
            params,
            rows,
            _LEVEL_ROUNDS,
            evals=[(check, "watch")],
            early_stopping_rounds=_PATIENCE,
            verbose_eval=False,
        )
        trees = trees[: trees.best_iteration + 1]
        level[judged] = expit(margin(trees, matrix[judged]))
        rounds.append(trees.num_boosted_rounds())
    return level, max(1, round(float(np.mean(rounds))))


def cross_fit_propensity(matrix: Matrix, action: Ints, actions: int, fold: Ints, forest: Forest) -> Floats:
    """Return P(each action | row) by the habits that the log shows, (n, actions), out of fold."""
    chance = np.empty((len(action), actions))
    params = forest.params(**_CHOICE, objective="multi:softprob", num_class=actions, multi_strategy="multi_output_tree")
    for judged in (fold == f for f in range(int(fold.max()) + 1)):
        learn = forest.sample(np.flatnonzero(~judged))
        trees = xgb.train(params, forest.rows(matrix[learn], action[learn].astype(np.float64)), _CHOICE_ROUNDS)
        chance[judged] = trees.inplace_predict(matrix[judged], validate_features=False)
    return chance


def fit_pattern(
    matrix: Matrix,
    residual: Floats,
    loadings: Floats,
    weight: Floats,
    settings: Mapping[str, Any],
    forest: Forest,
) -> xgb.Booster:
    """Fit f of the row, (n, outputs), so that the sum of ``loadings`` x f is near ``residual``.

    ``residual`` (n,), ``loadings`` (n, outputs), ``weight`` (n,): the loss is weight x (residual - sum)^2.
    ``settings`` are XGBoost's, and how many ``rounds`` to grow, ``block`` of them on one draw of a ``share`` of the
    columns: XGBoost counts all columns it is given, so that a draw a tree would cost as much as all of them.
    """
    grown = {name: value for name, value in settings.items() if name not in ("rounds", "block", "share")}
    params = forest.params(**grown, multi_strategy="multi_output_tree", base_score=0.0, disable_default_eval_metric=1)
    rng, width = np.random.default_rng(forest.seed), matrix.shape[1]
    objective, label = _weighted_error(residual, loadings, weight), np.zeros(loadings.shape, np.float32)
    said, links = label, []
    for _ in range(0, settings["rounds"], settings["block"]):
        columns = np.sort(rng.choice(width, min(width, max(_FEWEST_COLUMNS, round(settings["share"] * width))), False))
        rows = replace(forest, feature_types=tuple(forest.feature_types[c] for c in columns)).rows(
            matrix[:, columns], label
        )
        rows.set_base_margin(said)
        trees = xgb.train(params, rows, settings["block"], obj=objective)
        said = trees.predict(rows, output_margin=True)
        links.append((trees, columns.tolist()))
    return chain(links, forest.feature_types)


def _weighted_error(residual: Floats, loadings: Floats, weight: Floats) -> Callable[[Any, xgb.DMatrix], Any]:
    aimed, loaded, counted = (part.astype(np.float32) for part in (residual, loadings, weight))
    curvature = counted[:, None] * loaded**2

    def objective(raw: Any, _: xgb.DMatrix) -> tuple[Any, Any]:
        error = np.einsum("nc,nc->n", raw.reshape(loaded.shape), loaded) - aimed
        return (counted * error)[:, None] * loaded, curvature

    return objective
