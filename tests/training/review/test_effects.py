from __future__ import annotations

import numpy as np
import pandas as pd

from training.default_model import DefaultModel
from training.review.effects import against_sign, measured_effects, sign_breaches


def test_a_column_that_goes_against_its_sign_is_counted_and_one_held_to_it_is_not() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(3_000, 3)), columns=["up", "down", "dead"]).assign(dead=1.0)
    y = (rng.random(3_000) < 1 / (1 + np.exp(-(X["up"] - X["down"])))).astype(float)
    declared = {"up": 1, "down": 1, "dead": 1}  # down is declared the wrong way round
    free = measured_effects(DefaultModel(splits=2, threads=1).fit(X, y).scorer_, X, declared)
    assert set(free["feature"]) == {"up", "down"}
    assert against_sign(free)["down"] > 1
    assert sign_breaches(free) == 1
    held = measured_effects(DefaultModel(splits=2, threads=1, signs=declared).fit(X, y).scorer_, X, declared)
    assert sign_breaches(held) == 0


def test_a_slow_decline_counts_in_full() -> None:
    curve = pd.DataFrame({"feature": "a", "sign": -1, "value": np.arange(5.0), "log_odds": np.arange(5.0) / 100})
    assert round(against_sign(curve)["a"], 6) == 0.04
    assert sign_breaches(curve) == 1
    assert sign_breaches(curve.assign(sign=1)) == 0
