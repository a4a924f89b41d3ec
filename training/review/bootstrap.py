"""How sure a number is: the bootstrap over customers, with weights instead of copies.

A customer's cases are resampled together, since a second month of one person is no second person: resampling
rows would make every interval too narrow. A resample is a whole number for each customer, how often they were
drawn, so that a statistic is computed from weights and rows are sorted once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.errors import ModelError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
type Statistic = Callable[[Floats], Floats]
"""From weights (resamples, rows) to values (resamples, k)."""

RESAMPLES = 400
LEVEL = 0.95
_CELLS = 2_000_000
"""Weights held at once: a few tens of megabytes with what is computed from them."""


@dataclass(frozen=True)
class Resampling:
    """Which customers a bootstrap draws how often: ``customer`` (rows,) says whose a row is."""

    customer: Ints
    resamples: int = RESAMPLES
    seed: int = 0

    def __post_init__(self) -> None:
        if not len(self.customer):
            raise ModelError("there is no case to resample.")

    def weights(self) -> Iterator[Floats]:
        """Yield weights (some resamples, rows): how often each row's customer was drawn."""
        codes = np.unique(self.customer, return_inverse=True)[1]
        customers = int(codes.max()) + 1
        rng, most = np.random.default_rng(self.seed), max(1, _CELLS // len(codes))
        for start in range(0, self.resamples, most):
            size = min(most, self.resamples - start)
            drawn = rng.integers(0, customers, (size, customers)) + np.arange(size)[:, None] * customers
            counts = np.bincount(drawn.ravel(), minlength=size * customers).reshape(size, customers)
            yield counts[:, codes].astype(np.float64)

    def values(self, statistic: Statistic) -> Floats:
        """Return the statistic of each resample, (resamples, k)."""
        return np.concatenate([statistic(weights) for weights in self.weights()])


def interval(values: Floats, level: float = LEVEL) -> Floats:
    """Return the percentile interval of resampled values (resamples, k): low and high, (2, k).

    Resamples in which a statistic has no value (no default was drawn) are left out.

    >>> interval(np.arange(101.0)[:, None]).ravel()
    array([ 2.5, 97.5])
    """
    ends: Floats = np.nanquantile(values, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return ends


def mean_of(values: Floats) -> Statistic:
    """Return the statistic that takes weighted means of ``values`` (rows, k)."""
    return lambda weights: weights @ values / weights.sum(axis=1, keepdims=True)
