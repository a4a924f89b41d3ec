from __future__ import annotations

import numpy as np
import pytest

from training.response.evidence import Arms, measure

OFFSET = np.zeros((3, 2))


def arms(to_few: list[bool], rows: int = 600, seed: int = 0) -> Arms:
    """Return rows of three actions whose effects, 0.1 and 0.2, follow one pattern with the weight 1."""
    rng = np.random.default_rng(seed)
    action = rng.integers(0, 3, rows)
    patterns = rng.normal(size=(rows, 3, 1)) * np.array([0, 0.1, 0.1])[:, None]
    effect = np.array([0.0, 0.1, 0.2])[action] + patterns[np.arange(rows), action, 0]
    residual = effect + 0.01 * rng.normal(size=rows)
    return Arms(action, residual, np.ones(rows), patterns, np.arange(rows), np.array(to_few))


def test_each_arm_tells_its_average_effect_and_the_weight_of_the_pattern() -> None:
    told = measure(arms([False, False, False]), OFFSET)
    assert told.place.tolist() == [0, 1, 2, 3]
    assert told.value == pytest.approx([0.1, 1.0, 0.2, 1.0], abs=0.05)


def test_an_arm_open_to_few_tells_its_average_effect_alone() -> None:
    all_told, told = measure(arms([False, False, False]), OFFSET), measure(arms([False, False, True]), OFFSET)
    assert told.place.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(told.value, all_told.value[:3])
    np.testing.assert_array_equal(told.covariance, all_told.covariance[:3, :3])
