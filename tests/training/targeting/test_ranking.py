from __future__ import annotations

import numpy as np
import pytest

from features import PolicyError
from training.targeting.ranking import Ranking, best_arm_ranking


def test_each_row_is_ranked_by_the_action_that_the_prediction_likes_best_though_it_may_be_wrong() -> None:
    scores = np.array([[0.0, 1.0, 5.0], [0.0, 2.0, -3.0]])
    predicted = np.array([[0.1, 0.4, 0.2], [0.1, 0.0, 0.9]])
    found = best_arm_ranking(scores, predicted, np.array([0, 1]))
    assert found.gain.tolist() == [1.0, -3.0]
    assert found.priority.round(9).tolist() == [0.3, 0.8]


def test_doing_nothing_is_never_the_best_action() -> None:
    found = best_arm_ranking(np.array([[1.0, 0.5]]), np.array([[0.9, 0.2]]), np.array([0]))
    assert found.gain.tolist() == [-0.5]
    assert found.priority[0] < 0


@pytest.mark.parametrize(
    ("scores", "predicted", "none", "message"),
    [
        (np.zeros((2, 3)), np.zeros((2, 2)), 0, "shape"),
        (np.zeros((2, 1)), np.zeros((2, 1)), 0, "two actions"),
        (np.zeros((2, 3)), np.zeros((2, 3)), 3, "none must be a column"),
        (np.full((2, 3), np.nan), np.zeros((2, 3)), 0, "finite"),
    ],
    ids=["other shapes", "nothing to choose", "no such column", "no number"],
)
def test_arms_that_make_no_sense_are_refused(
    scores: np.ndarray, predicted: np.ndarray, none: int, message: str
) -> None:
    with pytest.raises(PolicyError, match=message):
        best_arm_ranking(scores, predicted, np.arange(2), none)


def test_a_ranking_of_unequal_parts_is_refused() -> None:
    with pytest.raises(PolicyError, match="one length"):
        Ranking(np.zeros(3), np.zeros(2), np.zeros(3, int))
    with pytest.raises(PolicyError, match="priority must be finite, got 1"):
        Ranking(np.array([1.0, np.inf]), np.zeros(2), np.zeros(2, int))
