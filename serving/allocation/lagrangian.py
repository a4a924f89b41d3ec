"""A book with a price on every bound: what each customer would take, what that uses, and the dual's value.

Everything here is in units of the bound: weights and usage are divided by their largest, so that a price is
about as large as a value, whatever the bound counts. ``Relaxed.unit`` leads back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import PolicyError
from features.kernel.compiled import compiled

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Bound:
    """The sum over customers of weight x usage of the action they get is at most ``limit``.

    ``weight`` (n,) and ``usage`` (k,) may be negative: a minimum is the maximum of the opposite.
    """

    name: str
    weight: Floats
    usage: Floats
    limit: float


@compiled
def _take_best(value: Floats, price: Floats, kind: Ints) -> tuple[Ints, Floats, Ints]:
    """Return each row's first action of the largest value - price, that difference, and counts by kind and action."""
    action, net = np.empty(len(value), np.int64), np.empty(len(value))
    counts = np.zeros(price.shape, np.int64)
    for i in range(len(value)):
        of_kind, best, at = price[kind[i]], -np.inf, 0
        for a in range(value.shape[1]):
            worth = value[i, a] - of_kind[a]
            if worth > best:
                best, at = worth, a
        action[i], net[i] = at, best
        counts[kind[i], at] += 1
    return action, net, counts


@compiled
def _margins(value: Floats, price: Floats, kind: Ints) -> Floats:
    """Return by how much each row's best action beats its second, infinity where there is one action only."""
    margin = np.empty(len(value))
    for i in range(len(value)):
        of_kind, best, second = price[kind[i]], -np.inf, -np.inf
        for a in range(value.shape[1]):
            worth = value[i, a] - of_kind[a]
            if worth > best:
                best, second = worth, best
            elif worth > second:
                second = worth
        margin[i] = best - second
    return margin


@dataclass(frozen=True)
class Taken:
    """What every customer takes at some prices: ``action`` (n,), ``net`` (n,) value less price, ``used`` (r,)."""

    action: Ints
    net: Floats
    used: Floats


@dataclass(frozen=True)
class Relaxed:
    """``value`` (n, k), -inf where blocked, and r bounds by kind of customer: kinds have the same weights.

    ``kind`` (n,); ``weights`` (kinds, r), ``usage`` (r, k) and ``limits`` (r,) are in units of the bound, and
    ``unit`` (r,) is what one unit is in the bound's own measure.
    """

    value: Floats
    kind: Ints
    weights: Floats
    usage: Floats
    limits: Floats
    unit: Floats

    @classmethod
    def of(cls, value: Floats, bounds: Sequence[Bound]) -> Relaxed:
        """Check and sort out n customers, k actions and r bounds.

        Raises
        ------
        PolicyError
            When a shape does not fit, a number is not finite, or a customer has no action left.
        """
        _check(value, bounds)
        kind, weights = _kinds(len(value), bounds)
        usage = np.array([bound.usage for bound in bounds], np.float64).reshape(len(bounds), value.shape[1])
        largest = _largest(weights.T), _largest(usage)
        unit = largest[0] * largest[1]
        limits = np.array([bound.limit for bound in bounds], np.float64)
        return cls(value, kind, weights / largest[0], usage / largest[1][:, None], limits / unit, unit)

    def price(self, prices: Floats) -> Floats:
        """Return what each action costs a customer of each kind at ``prices`` (r,), (kinds, k)."""
        return np.ascontiguousarray((self.weights * prices) @ self.usage)

    def take(self, prices: Floats) -> Taken:
        """Return what every customer takes at ``prices`` (r,)."""
        action, net, counts = _take_best(self.value, self.price(prices), self.kind)
        return Taken(action, net, self._used(counts))

    def used(self, action: Ints) -> Floats:
        """Return what an assignment (n,) uses of each bound, (r,), in units."""
        kinds, k = len(self.weights), self.value.shape[1]
        counts = np.bincount(self.kind * k + action, minlength=kinds * k)
        return self._used(counts.reshape(kinds, k))

    def margins(self, prices: Floats) -> Floats:
        """Return by how much each customer's best action beats the second at ``prices``, (n,)."""
        return _margins(self.value, self.price(prices), self.kind)

    def dual(self, prices: Floats) -> tuple[float, Floats]:
        """Return the dual's value at ``prices`` (r,), above every feasible value, and its gradient (r,)."""
        taken = self.take(prices)
        return float(taken.net.sum() + prices @ self.limits), self.limits - taken.used

    def keeps(self, used: Floats) -> bool:
        """Tell whether every limit is kept, to a millionth of a unit."""
        return bool((used <= self.limits + 1e-6).all())

    def worth(self, action: Ints) -> float:
        """Return the total value of an assignment (n,)."""
        return float(np.take_along_axis(self.value, action[:, None], 1).sum())

    def part(self, rows: Ints) -> Relaxed:
        """Return the customers at ``rows`` alone, with their share of the limits."""
        share = self.limits * (len(rows) / len(self.value))
        return Relaxed(
            np.ascontiguousarray(self.value[rows]), self.kind[rows], self.weights, self.usage, share, self.unit
        )

    def _used(self, counts: Ints) -> Floats:
        return ((self.weights.T @ counts) * self.usage).sum(axis=1)


def _largest(rows: Floats) -> Floats:
    """Return the largest size in each row, 1 where all are 0 or there are none."""
    sizes = np.abs(rows).max(axis=1, initial=0.0)
    return np.where(sizes > 0, sizes, 1.0)


def _kinds(n: int, bounds: Sequence[Bound]) -> tuple[Ints, Floats]:
    """Return each customer's kind, (n,), and the weights of each kind, (kinds, r)."""
    code = np.zeros(n, np.int64)
    for bound in bounds:
        own, found = pd.factorize(np.asarray(bound.weight, np.float64), sort=True)
        if len(found) > 1:
            code = pd.factorize(code * len(found) + own, sort=True)[0]
    first = np.zeros(int(code.max(initial=-1)) + 1, np.int64)
    first[code[::-1]] = np.arange(n)[::-1]
    weights = [np.asarray(bound.weight, np.float64)[first] for bound in bounds]
    return code, np.array(weights).reshape(len(bounds), len(first)).T.copy()


def _check(value: Floats, bounds: Sequence[Bound]) -> None:
    if value.ndim != 2 or value.shape[1] == 0:
        raise PolicyError(f"value must be (customers, actions), got the shape {value.shape}.")
    best = value.max(axis=1, initial=-np.inf)  # nan where any is
    if not np.isfinite(best).all():
        row = int(np.flatnonzero(~np.isfinite(best))[0])
        raise PolicyError(f"every customer needs an action of finite value, row {row} has at best {best[row]}.")
    for bound in bounds:
        shapes = np.shape(bound.weight), np.shape(bound.usage)
        if shapes != ((len(value),), (value.shape[1],)):
            n, k = value.shape
            expected = f"weight ({n},) and usage ({k},) are expected"
            raise PolicyError(f"{bound.name}: {expected}, got {shapes[0]} and {shapes[1]}.")
        if not (np.isfinite(bound.weight).all() and np.isfinite(bound.usage).all() and np.isfinite(bound.limit)):
            raise PolicyError(f"{bound.name}: weight, usage and limit must be finite, got limit {bound.limit}.")
