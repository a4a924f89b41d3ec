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
type Constraints = Mapping[str, tuple[int, ...]]

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
    constraints: Constraints,
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

    study = _study(_fingerprint(sample, folds, fixed, constraints), known, constraints, budget.storage, seed)

    def loss(trial: optuna.Trial) -> float:
        def stop_when_behind(fold: int, mean_loss: float) -> None:
            trial.report(mean_loss, fold)
            if trial.should_prune():
                raise optuna.TrialPruned

        chosen = settings_of(_drawn(trial, constraints), constraints)
        return fit_folds(sample, folds, {**fixed, **chosen}, stop_when_behind).log_loss

    def tell(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        if progress is not None:
            progress(_tried(study), budget.trials or None, _words(study, trial, budget.trials))

    left = max(budget.trials - _tried(study), 0) if budget.trials else None
    if left != 0:
        timeout = None if budget.minutes is None else 60 * budget.minutes
        study.optimize(loss, n_trials=left, timeout=timeout, callbacks=[tell])
    best = study.best_trial
    return Found(settings_of(best.params, constraints), float(best.value), _table(study))


def settings_of(params: Settings, constraints: Constraints) -> dict[str, Any]:
    """Return a trial's parameters as XGBoost takes them."""
    chosen = {name: value for name, value in params.items() if name != _SIGNS}
    signs = constraints.get(params.get(_SIGNS, ""))
    return chosen | {"monotone_constraints": signs} if signs else chosen


def _drawn(trial: Any, constraints: Constraints) -> dict[str, Any]:
    drawn = {name: trial.suggest_float(name, *ends, log=name in _LOGARITHMIC) for name, ends in _SPACE.items()}
    drawn["max_depth"] = trial.suggest_int("max_depth", *_DEPTHS)
    if len(constraints) > 1:
        drawn[_SIGNS] = trial.suggest_categorical(_SIGNS, list(constraints))
    return drawn


def _study(
    name: str, known: Sequence[tuple[Settings, float]], constraints: Constraints, storage: str | None, seed: int
) -> Any:
    """Return the study of this name, begun anew or gone on with; what a stopped run left unfinished has failed."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=len(known) + 2)
    study = optuna.create_study(storage=storage, study_name=name, load_if_exists=True, pruner=pruner)
    for trial in study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.RUNNING]):
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
    if not study.get_trials(deepcopy=False):
        _begin(study, known, constraints)
    # gone on with, it must not draw what it drew before
    study.sampler = optuna.samplers.TPESampler(seed=seed + _tried(study), multivariate=True)
    return study


def _begin(study: Any, known: Sequence[tuple[Settings, float]], constraints: Constraints) -> None:
    """Put the settings already judged into a new study."""
    import optuna

    float_of, int_of = optuna.distributions.FloatDistribution, optuna.distributions.IntDistribution
    space = {name: float_of(*ends, log=name in _LOGARITHMIC) for name, ends in _SPACE.items()}
    space["max_depth"] = int_of(*_DEPTHS)
    choice = {_SIGNS: optuna.distributions.CategoricalDistribution(list(constraints))} if len(constraints) > 1 else {}
    for settings, loss in known:
        params = {name: settings.get(name, 0.0 if name == "gamma" else 1.0) for name in space}
        if all(space[name].low <= value <= space[name].high for name, value in params.items()):
            params |= dict.fromkeys(choice, next(iter(constraints), None))
            judged = {"value": loss, "user_attrs": {"known": True}}
            study.add_trial(optuna.create_trial(params=params, distributions=space | choice, **judged))


def _tried(study: Any) -> int:
    """Return how many trials a search has made, those that were stopped for being behind included."""
    return sum(t.state.is_finished() and t.state.name != "FAIL" and not t.user_attrs for t in study.get_trials(False))


def _words(study: Any, trial: Any, trials: int) -> str:
    behind = trial.state.name == "PRUNED"
    outcome = f"log loss {'behind, stopped early' if behind else f'{trial.value:.5f}'}; best {study.best_value:.5f}"
    seconds = [
        t.duration.total_seconds() for t in study.get_trials(False) if t.state.is_finished() and not t.user_attrs
    ]
    left = (trials - _tried(study)) * float(np.mean(seconds)) / 60
    return f"{outcome}; about {left:.0f} min left" if left >= 1 else outcome


def _table(study: Any) -> pd.DataFrame:
    table = study.trials_dataframe(attrs=("number", "value", "state", "duration", "params"))
    return table.rename(columns=lambda name: name.removeprefix("params_")).rename(columns={"value": "log_loss"})


def _fingerprint(sample: Sample, folds: Sequence[Fold], fixed: Settings, constraints: Constraints) -> str:
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
