"""Ranking: the order in which a prediction would treat customers, and what treating each is worth.

The order comes from a prediction, the worth from doubly robust scores (``arm_scores``) of rows that
the prediction was not learned from: judged on its own rows any prediction looks good.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.errors import PolicyError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Ranking:
    """``priority`` (n,): the largest is treated first, ties by lot. ``gain`` (n,): the score of treating against not.

    ``customer`` (n,) numbers whose row it is. A gain says nothing of its own row; only means over many rows count.
    """

    priority: Floats
    gain: Floats
    customer: Ints

    def __post_init__(self) -> None:
        shapes = {name: getattr(self, name).shape for name in ("priority", "gain", "customer")}
        if len(set(shapes.values())) != 1 or self.priority.ndim != 1 or not len(self.priority):
            raise PolicyError(f"priority, gain and customer must be of one length, at least 1, got shapes {shapes}.")
        for name in ("priority", "gain"):
            if not np.isfinite(getattr(self, name)).all():
                raise PolicyError(
                    f"{name} must be finite, got {int((~np.isfinite(getattr(self, name))).sum())} others."
                )


def best_arm_ranking(scores: Floats, predicted: Floats, customer: Ints, none: int = 0) -> Ranking:
    """Return the ranking of rows by what their best action is predicted to add to doing nothing.

    ``scores`` (n, k): ``arm_scores`` of the log; ``predicted`` (n, k): the prediction that is judged, in the same
    unit; ``none``: the column of doing nothing. The best action is the prediction's own, whatever it turns out to be.

    >>> scores, predicted = np.array([[0.2, 0.5, 0.1]]), np.array([[0.3, 0.4, 0.6]])
    >>> best_arm_ranking(scores, predicted, np.array([0])).gain.round(3).tolist()
    [-0.1]

    Raises
    ------
    PolicyError
        When shapes differ, there is no action but ``none``, or a number is not finite.
    """
    check_arms(scores, predicted, none)
    others = predicted.copy()
    others[:, none] = -np.inf
    best, row = others.argmax(axis=1), np.arange(len(scores))
    return Ranking(
        priority=predicted[row, best] - predicted[:, none], gain=scores[row, best] - scores[:, none], customer=customer
    )


def check_arms(scores: Floats, predicted: Floats, none: int) -> None:
    """Raise PolicyError unless both are (n, k), k is 2 or more, numbers are finite, and ``none`` is a column."""
    if scores.ndim != 2 or scores.shape != predicted.shape or scores.shape[1] < 2:
        raise PolicyError(
            "scores and predicted must both be of shape (rows, actions) with two actions or more, got "
            f"{scores.shape} and {predicted.shape}."
        )
    if not 0 <= none < scores.shape[1]:
        raise PolicyError(f"none must be a column of scores, 0 to {scores.shape[1] - 1}, got {none}.")
    if not (np.isfinite(scores).all() and np.isfinite(predicted).all()):
        raise PolicyError("scores and predicted must be finite in every row and action.")
