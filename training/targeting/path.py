"""Path: steps in the order in which they would be taken, each with its cost and what it brings.

Steps of one rank are taken together, which is what taking them by lot comes to on average: a prediction that is the
same for all has no order to be judged by, and the order of rows in the log must not stand in for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from training.targeting.ranking import Ranking

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Path:
    """Steps in order, (m,): the ``row`` of each, its ``cost`` and ``gain``; ``starts``: the first of each rank."""

    row: Ints
    cost: Floats
    gain: Floats
    starts: Ints

    @classmethod
    def by(cls, rank: Floats, row: Ints, cost: Floats, gain: Floats) -> Self:
        """Return the path of steps with the largest ``rank`` (m,) first."""
        order = np.argsort(-rank, kind="stable")
        ranked = rank[order]
        starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
        return cls(row[order], cost[order], gain[order], starts)

    @classmethod
    def through(cls, ranking: Ranking) -> Self:
        """Return the path that treats one customer after another: the cost of a step is one row."""
        rows = len(ranking.priority)
        return cls.by(ranking.priority, np.arange(rows), np.ones(rows), ranking.gain)

    def climb(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return cost and gain a row of all rows, up to the end of each rank and from 0: both (resamples, ranks + 1).

        ``weights`` (resamples, rows): how often each row counts.
        """
        taken = weights[:, self.row]
        total = weights.sum(axis=1, keepdims=True)
        spent = np.add.reduceat(taken * self.cost, self.starts, axis=1).cumsum(axis=1) / total
        gained = np.add.reduceat(taken * self.gain, self.starts, axis=1).cumsum(axis=1) / total
        none = np.zeros((len(weights), 1))
        return np.hstack([none, spent]), np.hstack([none, gained])


def heights(spent: Floats, gained: Floats, at: Floats) -> Floats:
    """Return the gain at the costs ``at`` (points,), (resamples, points), on the straight line between two ranks.

    Beyond the end of a path the gain stays what it was.
    """
    return np.array([np.interp(at, x, y) for x, y in zip(spent, gained, strict=True)])
