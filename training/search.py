"""The one door to Optuna: settings of the trees with the lowest log loss over the folds.

A study is kept in a database and is named by what it searches on, so a search that was stopped goes on where it
was, and one on other rows begins anew. A study belongs to one process at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd

from training.boosting import Sample, fit_folds
from training.folds import Fold

type Progress = Callable[[int, int | None, str], None]
"""Told how many trials are done, of how many (None: as many as the time allows), and how they go."""

type Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Budget:
    """When a search ends: after ``trials`` in all, earlier runs counted, or after ``minutes`` of this run.

    With minutes alone there are as many trials as fit; with neither there is no search. ``storage`` is the URL of
    the database that keeps the study (SQLAlchemy's form); None keeps it in memory.
    """

    trials: int = 0
    minutes: float | None = None
    storage: str | None = None

    @property
    def is_spent(self) -> bool:
        """Tell whether there is to be no search at all."""
        return not (self.trials or self.minutes)


@dataclass(frozen=True)
class Found:
    """The best settings a study knows, their log loss, and a table of its trials, a row a trial."""

    settings: Settings
    log_loss: float
    trials: pd.DataFrame


def search(
    sample: Sample,
    folds: Sequence[Fold],
    fixed: Settings,
    constraints: Mapping[str, tuple[int, ...]],
    known: Sequence[tuple[Settings, float]],
    budget: Budget,
    seed: int,
    progress: Progress | None = None,
) -> Found:
    """Search until the budget is spent and return the best of all trials.

    Parameters
    ----------
    sample, folds
        The rows, and the folds whose mean log loss is made small. A trial stops after a fold when it is behind
        the median of the others there; within a fold the trees stop early.
    fixed
        Parameters every trial has.
    constraints
        By name, the signs (columns,) a trial may choose among.
    known
        Settings already judged on these folds with their log loss; the study begins with those it could have drawn.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    study = optuna.create_study(
        storage=budget.storage,
        study_name=_fingerprint(sample, folds, fixed, constraints),
        load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(n_startup_trials=len(known) + 2),
    )
    _begin(study, known, constraints)
    before = _tried(study)
    study.sampler = optuna.samplers.TPESampler(seed=seed + before, multivariate=True)  # resumed, it must not repeat

    def loss(trial: optuna.Trial) -> float:
        def stop_when_behind(fold: int, mean_loss: float) -> None:
            trial.report(mean_loss, fold)
            if trial.should_prune():
                raise optuna.TrialPruned

        chosen = settings_of(_drawn(trial, constraints), constraints)
        return fit_folds(sample, folds, {**fixed, **chosen}, stop_when_behind).log_loss

    def tell(study: optuna.Study, trial: Any) -> None:
        if progress is not None:
            progress(_tried(study), budget.trials or None, _words(study, trial))

    left = max(budget.trials - before, 0) if budget.trials else None
    if left != 0:
        timeout = None if budget.minutes is None else 60 * budget.minutes
        study.optimize(loss, n_trials=left, timeout=timeout, callbacks=[tell])
    best = study.best_trial
    return Found(settings_of(best.params, constraints), float(best.value), _table(study))


def settings_of(params: Settings, constraints: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    """Return a trial's parameters as XGBoost takes them."""
    chosen = {name: value for name, value in params.items() if name != _SIGNS}
    signs = constraints.get(params.get(_SIGNS, ""))
    return chosen | {"monotone_constraints": signs} if signs else chosen


_SIGNS = "signs"
"""Name of the parameter that says which constraints hold."""

_SPACE: Mapping[str, tuple[float, float]] = {
    "eta": (0.01, 0.2),
    "min_child_weight": (1.0, 100.0),
    "lambda": (0.1, 200.0),
    "subsample": (0.4, 1.0),
    "colsample_bytree": (0.1, 1.0),
    "colsample_bynode": (0.1, 1.0),
    "gamma": (0.0, 5.0),
}
_LOGARITHMIC = ("eta", "min_child_weight", "lambda")
_DEPTHS = (2, 9)


def _drawn(trial: Any, constraints: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    drawn = {name: trial.suggest_float(name, *ends, log=name in _LOGARITHMIC) for name, ends in _SPACE.items()}
    drawn["max_depth"] = trial.suggest_int("max_depth", *_DEPTHS)
    if len(constraints) > 1:
        drawn[_SIGNS] = trial.suggest_categorical(_SIGNS, list(constraints))
    return drawn


def _begin(study: Any, known: Sequence[tuple[Settings, float]], constraints: Mapping[str, tuple[int, ...]]) -> None:
    """Put the settings already judged into a new study; what a stopped run left unfinished counts as failed."""
    import optuna

    for trial in study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.RUNNING]):
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
    if study.get_trials(deepcopy=False):
        return
    float_of, int_of = optuna.distributions.FloatDistribution, optuna.distributions.IntDistribution
    space = {name: float_of(*ends, log=name in _LOGARITHMIC) for name, ends in _SPACE.items()}
    space["max_depth"] = int_of(*_DEPTHS)
    signs = {_SIGNS: next(iter(constraints))} if len(constraints) > 1 else {}
    if signs:
        space[_SIGNS] = optuna.distributions.CategoricalDistribution(list(constraints))
    for settings, loss in known:
        params = {name: settings.get(name, 0.0 if name == "gamma" else 1.0) for name in space if name != _SIGNS}
        if not all(space[name].low <= value <= space[name].high for name, value in params.items()):
            continue
        study.add_trial(
            optuna.create_trial(params=params | signs, distributions=space, value=loss, user_attrs={"known": True})
        )


def _tried(study: Any) -> int:
    """Return how many trials a search has made, those that were stopped for being behind included."""
    return sum(t.state.is_finished() and t.state.name != "FAIL" and not t.user_attrs for t in study.get_trials(False))


def _words(study: Any, trial: Any) -> str:
    behind = trial.state.name == "PRUNED"
    return f"log loss {'behind, stopped early' if behind else f'{trial.value:.5f}'}; best {study.best_value:.5f}"


def _table(study: Any) -> pd.DataFrame:
    kept = ("number", "value", "state", "duration")
    table = study.trials_dataframe(attrs=("number", "value", "state", "duration", "params"))
    table = table.rename(columns=lambda name: name.removeprefix("params_")).rename(columns={"value": "log_loss"})
    names = [name for name in table.columns if name not in (*kept, "log_loss")]
    return table[["number", "log_loss", "state", "duration", *names]]


def _fingerprint(
    sample: Sample, folds: Sequence[Fold], fixed: Settings, constraints: Mapping[str, tuple[int, ...]]
) -> str:
    """Return a name for the study: the same for the same rows, folds and fixed parameters."""
    digest = blake2b(digest_size=8)
    digest.update(np.ascontiguousarray(sample.matrix).tobytes())
    digest.update(sample.y.tobytes())
    for fold in folds:
        for rows in fold:
            digest.update(rows.tobytes())
    kept = {name: value for name, value in fixed.items() if name != "nthread"}
    digest.update(repr((sorted(kept.items()), sorted(constraints.items()), sorted(_SPACE.items()))).encode())
    return f"default-{digest.hexdigest()}"
