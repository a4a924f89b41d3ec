"""EconML's and causalml's DR learners on rows handed over: ``python effect_peers.py ROWS.npz EFFECTS.npz``.

Run by ``benchmarks.effects`` with the python of .venv-peers (``make peers``), where the two are installed and Duewise
is not. Each learns from the whole log, with propensities estimated, and from the randomised rows alone.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import cross_val_predict
from xgboost import XGBClassifier, XGBRegressor

Floats = npt.NDArray[np.float64]

_TREES = {"n_estimators": 80, "max_depth": 4, "learning_rate": 0.1, "min_child_weight": 5, "n_jobs": 2}
_FINAL = {"n_estimators": 60, "max_depth": 3, "learning_rate": 0.05, "min_child_weight": 200, "n_jobs": 2}


def econml(rows: Any, learn: npt.NDArray[np.bool_]) -> Floats:
    """Return the effects of each action on the judged rows, (n, k - 1), by EconML's DRLearner."""
    from econml.dr import DRLearner

    learner = DRLearner(
        model_propensity=XGBClassifier(**_TREES),
        model_regression=XGBRegressor(**_TREES),
        model_final=XGBRegressor(**_FINAL),
        cv=3,
        random_state=0,
        multitask_model_final=False,
        min_propensity=0.02,
    )
    learner.fit(rows["outcome"][learn], rows["action"][learn], X=rows["X"][learn], groups=None)
    effects: Floats = learner.const_marginal_effect(rows["judged"]).reshape(len(rows["judged"]), -1)
    return effects


def causalml(rows: Any, learn: npt.NDArray[np.bool_]) -> Floats:
    """Return the same by causalml's DR learner, one action against doing nothing at a time."""
    from causalml.inference.meta import BaseDRRegressor

    learner = BaseDRRegressor(
        learner=XGBRegressor(**_TREES), treatment_effect_learner=XGBRegressor(**_FINAL), control_name=0
    )
    X, action = rows["X"][learn], rows["action"][learn]
    # its own default, an elastic net over all columns, takes minutes an action
    chance = cross_val_predict(XGBClassifier(**_TREES), X, action, cv=3, method="predict_proba")
    against_none = {k: np.clip(chance[:, k] / (chance[:, k] + chance[:, 0]), 0.02, 0.98) for k in np.unique(action)[1:]}
    learner.fit(X=X, treatment=action, y=rows["outcome"][learn], p=against_none, seed=0)
    effects: Floats = learner.predict(rows["judged"])
    return effects.reshape(len(rows["judged"]), -1)


def main() -> None:
    """Write the effects and the seconds of each peer on each set of rows."""
    rows = np.load(sys.argv[1])
    told: dict[str, npt.ArrayLike] = {}
    whole = np.ones(len(rows["action"]), dtype=bool)
    for name, peer in (("EconML DRLearner", econml), ("causalml DR learner", causalml)):
        for kind, learn in (("the whole log", whole), ("randomised rows", rows["randomised"])):
            began = time.perf_counter()
            told[f"{name}, {kind}"] = peer(rows, learn)
            told[f"seconds of {name}, {kind}"] = np.array(time.perf_counter() - began)
    np.savez(sys.argv[2], allow_pickle=False, **told)


if __name__ == "__main__":
    main()
