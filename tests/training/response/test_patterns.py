from __future__ import annotations

import numpy as np
import pytest

from training.response.log import ResponseLog
from training.response.nuisance import Forest
from training.response.patterns import Pattern, action_shares, estimated_source, known_source, learn_pattern

COLUMNS, ARMS = 40, 3


def experiment(rows: int, slope: float, seed: int = 0) -> tuple[np.ndarray, ResponseLog, np.ndarray]:
    """Return columns, a randomised log whose level is known to be 0, and the one effect both actions share."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(rows, COLUMNS)).astype(np.float32)
    action, effect = rng.integers(0, ARMS, rows), slope * np.tanh(matrix[:, 0].astype(float))
    outcome = np.clip(0.5 + effect * ((action > 0) - 2 / 3) + rng.normal(0, 0.1, rows), 0, 1)
    return matrix, ResponseLog.of(rows, action, outcome, np.full(rows, 1 / ARMS)), effect


def learned(source: str, rows: int, slope: float) -> tuple[Pattern, np.ndarray]:
    matrix, log, effect = experiment(rows, slope)
    shares, everyone = action_shares(ARMS), np.ones(rows, dtype=bool)
    taught = (
        known_source(log, shares, everyone, np.ones(rows), np.ones(rows))
        if source == "known"
        else estimated_source(log, shares, everyone, np.full((rows, ARMS), 1 / ARMS), np.ones(rows))
    )
    forest = Forest(("float",) * COLUMNS, seed=0, threads=1)
    return learn_pattern(matrix, log.outcome - 0.5, taught, shares, log.folds(3, 0), forest), effect


@pytest.mark.parametrize("source", ["known", "estimated"])
def test_a_pattern_out_of_fold_means_as_much_as_it_says(source: str) -> None:
    pattern, effect = learned(source, 6_000, 0.2)
    for said in pattern.out_of_fold[:, 1:].T:
        assert np.corrcoef(said, effect)[0, 1] > 0.9
        assert np.polyfit(said, effect, 1)[0] == pytest.approx(1.0, abs=0.45)


def test_where_the_folds_say_different_things_out_of_fold_is_drawn_to_its_mean() -> None:
    strong, _ = learned("estimated", 6_000, 0.2)
    nothing, _ = learned("estimated", 6_000, 0.0)
    assert nothing.out_of_fold[:, 1:].std(axis=0).max() < 0.05 * strong.out_of_fold[:, 1:].std(axis=0).min()


def test_more_rows_of_a_log_of_habits_may_grow_more_trees() -> None:
    few, _ = learned("estimated", 6_000, 0.4)
    assert few.booster.num_boosted_rounds() <= 3 * 40
    many, _ = learned("estimated", 90_000, 0.4)
    assert many.booster.num_boosted_rounds() > 3 * 40
