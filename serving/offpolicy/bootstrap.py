"""How sure a mean over rows is when rows come from customers: a bootstrap that draws customers whole.

Drawing rows would take one customer's ten reminders for ten customers, and make every interval too narrow.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.errors import PolicyError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_REPLICATES, _MOST_BLOCKS = 1_000, 5_000
_CHUNK_CELLS = 30_000
"""Counts held at once: as many as stay in the processor's cache, where drawing them is about three times as fast."""


def bootstrap_mean(scores: Floats, group: Ints, seed: int) -> tuple[float, float, float]:
    """Return the mean of ``scores`` (n,) with a 95 % interval; ``group`` (n,) numbers the customers from 0.

    The mean is a ratio, total score over rows, as customers have differing numbers of rows. The interval holds both
    the percentile bootstrap's and the studentised one's (Hall 1988, 10.1214/aos/1176350933): with heavy weights and
    amounts each is too short on one side, and together they cover what they say (``python -m benchmarks.offpolicy``
    measures it). Beyond some thousands, customers are first dealt at random into blocks. Scores without spread have
    an interval of no length.

    >>> bootstrap_mean(np.array([1.0, 1.0, 1.0]), np.array([0, 0, 1]), seed=0)
    (1.0, 1.0, 1.0)

    Raises
    ------
    PolicyError
        When there are fewer than two customers.
    """
    rng = np.random.default_rng(seed)
    members = int(group.max()) + 1
    if members < 2:
        raise PolicyError(f"an interval needs at least two customers, got {members} in {len(group)} rows.")
    if members > _MOST_BLOCKS:
        group = (rng.permutation(members) % _MOST_BLOCKS)[group]
    total, rows = np.bincount(group, scores), np.bincount(group).astype(np.float64)
    value = float(total.sum() / rows.sum())
    left = total - value * rows
    spread = float(np.sqrt((left**2).sum()) / rows.sum())
    if spread <= 1e-12 * max(1.0, abs(value)):
        return value, value, value
    deviation, error = _replicates(np.column_stack([left, rows, left**2, left * rows, rows**2]), rng)
    upper, lower = np.quantile(deviation / np.maximum(error, 1e-3 * spread), [0.975, 0.025])
    below, above = np.quantile(deviation, [0.025, 0.975])
    return value, value + float(min(below, -upper * spread)), value + float(max(above, -lower * spread))


def _replicates(moments: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return, of each replicate, the ratio less the ratio of the sample, and its standard error."""
    size = len(moments)
    step = max(1, _CHUNK_CELLS // size)
    sums = np.concatenate(
        [_counts(rng, min(step, _REPLICATES - done), size) @ moments for done in range(0, _REPLICATES, step)]
    )
    deviation = sums[:, 0] / sums[:, 1]
    square = sums[:, 2] - 2 * deviation * sums[:, 3] + deviation**2 * sums[:, 4]
    return deviation, np.sqrt(np.maximum(square, 0.0)) / sums[:, 1]


def _counts(rng: np.random.Generator, replicates: int, size: int) -> Floats:
    """Return how often each of ``size`` blocks is drawn in each replicate."""
    drawn = rng.integers(0, size, (replicates, size), dtype=np.int32) + size * np.arange(replicates)[:, None]
    return np.bincount(drawn.ravel(), minlength=replicates * size).reshape(replicates, size).astype(np.float64)
