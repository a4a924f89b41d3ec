"""The one door to Optuna: settings of the trees with the lowest log loss over the folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from training.boosting import Sample, fit_folds
from training.folds import Fold

_SEARCH_ETA = 0.1


def search(sample: Sample, folds: Sequence[Fold], params: Mapping[str, Any], trials: int, seed: int) -> dict[str, Any]:
    """Return ``params`` with the settings that ``trials`` trials found best; with 0 trials, as they are.

    The trials learn fast (eta 0.1); the settings found are then used at the eta of ``params``.
    """
    if trials == 0:
        return dict(params)
    import optuna

    def loss(trial: optuna.Trial) -> float:
        tried = {
            "max_depth": trial.suggest_int("max_depth", 2, 7),
            "min_child_weight": trial.suggest_float("min_child_weight", 1.0, 100.0, log=True),
            "subsample": trial.suggest_float("subsample", 0.5, 1.0),
            "colsample_bytree": trial.suggest_float("colsample_bytree", 0.15, 1.0),
            "lambda": trial.suggest_float("lambda", 0.1, 100.0, log=True),
            "gamma": trial.suggest_float("gamma", 0.0, 5.0),
        }
        return fit_folds(sample, folds, {**params, **tried, "eta": _SEARCH_ETA}).log_loss

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(loss, n_trials=trials)
    return {**params, **study.best_params}
