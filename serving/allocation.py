"""One book under capacity: an action a customer, the largest total value that keeps every bound, and its prices.

The linear programme over all customers has as many customers torn between actions as it has binding bounds,
at most; so its dual, a function of one price a bound, decides nearly everything. It is minimised by cutting
planes (a pass over the book a step); HiGHS then solves, exactly, for the customers whom those prices leave
undecided. A small book goes to HiGHS as a whole. Either way the dual's value bounds what any assignment could
be worth, and the gap to it is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import PolicyError
from serving.bundle import minimise
from serving.feasibility import refuse_impossible
from serving.lagrangian import Bound, Floats, Ints, Relaxed, Taken
from serving.undecided import Undecided

_WHOLE_PAIRS, _FIRST_ROWS, _MOST_ROWS = 6_000, 1_000, 64_000
_FAR, _NEAR = 10.0, 1e-8
_ROWS = (60, 400, 1_500)
_SAMPLE = 20_000


@dataclass(frozen=True)
class Allocation:
    """What n customers get under r bounds.

    ``action`` (n,); ``prices`` (r,), at least 0, in currency for one more of what the bound counts; ``used``
    (r,) in the bounds' own measures; ``value``, total and feasible; ``upper``, no assignment is worth more;
    ``method``: "linear programme" (one, over everybody) or "dual decomposition".
    """

    action: Ints
    prices: Floats
    used: Floats
    value: float
    upper: float
    method: str

    @property
    def gap(self) -> float:
        """How far ``value`` may be from the best, as a share of ``upper``."""
        return (self.upper - self.value) / max(abs(self.upper), 1e-12)


def allocate(
    value: npt.ArrayLike, bounds: Sequence[Bound], tolerance: float = 1e-6, start: Floats | None = None
) -> Allocation:
    """Choose an action a customer, of the largest total value that keeps every bound.

    Parameters
    ----------
    value
        (n, k) in currency, -inf where an action is blocked.
    bounds
        What may be used in all; kept to a millionth of what one customer can use at most.
    tolerance
        The gap at which to stop looking for a better assignment, as a share of the total. The linear
        programme is solved to its end whatever it is; only whole customers are looked for no longer.
    start
        (r,) prices near the answer's, as of the same book under other limits.

    Examples
    --------
    >>> calls = Bound("call", np.ones(3), np.array([0.0, 1.0]), 1)
    >>> plan = allocate([[0, 5], [0, 9], [0, 7]], [calls])
    >>> plan.action.tolist(), plan.value, plan.upper, plan.used.tolist()
    ([0, 1, 0], 9.0, 9.0, [1.0])

    Raises
    ------
    PolicyError
        When the bounds cannot be kept together (with the numbers), a shape does not fit or a number is not finite.
    """
    relaxed = Relaxed.of(np.ascontiguousarray(value, np.float64), bounds)
    free = relaxed.take(np.zeros(len(bounds)))
    if relaxed.keeps(free.used):
        return _told(relaxed, free.action, np.zeros(len(bounds)), float(free.net.sum()), "linear programme")
    refuse_impossible(relaxed, bounds)
    near = _near_prices(relaxed, free, start)
    shared = _shared(relaxed, near)
    action, upper = _made_whole(relaxed, shared, tolerance)
    return _told(relaxed, action, shared.prices, upper, shared.method)


def frontier(
    value: npt.ArrayLike, bounds: Sequence[Bound], name: str, limits: Sequence[float], tolerance: float = 1e-4
) -> pd.DataFrame:
    """Return what other limits of the bound ``name`` would bring, the other bounds kept: limit, value, used, price.

    ``value`` is in currency, and ``price`` what one more would add; a row a limit, in the order given.

    >>> calls = Bound("call", np.ones(3), np.array([0.0, 1.0]), 1)
    >>> frontier([[0, 5], [0, 9], [0, 7]], [calls], "call", [1, 2, 5])["value"].tolist()
    [9.0, 16.0, 21.0]

    Raises
    ------
    PolicyError
        As ``allocate`` does, and when no bound has the name.
    """
    names = [bound.name for bound in bounds]
    if name not in names:
        raise PolicyError(f"no bound is named {name}; there are {', '.join(names) or 'none'}.")
    at, rows, near = names.index(name), [], None
    for limit in limits:
        asked = [replace(bound, limit=float(limit)) if k == at else bound for k, bound in enumerate(bounds)]
        found = allocate(value, asked, tolerance, near)
        near = found.prices
        rows.append((float(limit), found.value, found.used[at], found.prices[at]))
    return pd.DataFrame(rows, columns=["limit", "value", "used", "price"])


def _told(relaxed: Relaxed, action: Ints, prices: Floats, upper: float, method: str) -> Allocation:
    used, worth = relaxed.used(action) * relaxed.unit, relaxed.worth(action)
    return Allocation(action, prices / relaxed.unit, used, worth, max(upper, worth), method)


def _near_prices(relaxed: Relaxed, free: Taken, start: Floats | None) -> Floats:
    """Return prices near those of the linear programme, (r,) in units; zeros where HiGHS takes the whole book."""
    r = len(relaxed.limits)
    if np.isfinite(relaxed.value).sum() <= _WHOLE_PAIRS:
        return np.zeros(r)
    size = float(np.abs(free.net).sum()) + 1e-12
    radius = size / len(free.net)
    if start is not None:
        return minimise(relaxed.dual, start * relaxed.unit, radius / 10, _NEAR * size).prices
    first = np.zeros(r)
    if len(free.net) > 4 * _SAMPLE:
        part = relaxed.part(np.arange(0, len(free.net), len(free.net) // _SAMPLE))
        # a part may not be able to keep its share of the bounds: then its prices have no end
        promised = 1e-5 * size * len(part.value) / len(free.net)
        found = minimise(part.dual, first, radius, promised, highest=1e3 * radius).prices
        if relaxed.dual(found)[0] < relaxed.dual(first)[0]:
            first, radius = found, radius / 50
    return minimise(relaxed.dual, first, radius, _NEAR * size).prices


@dataclass(frozen=True)
class _Shared:
    """The linear programme solved: its prices, an action for everyone, and the customers torn between several."""

    prices: Floats
    taken: Taken
    torn: Ints
    method: str


def _shared(relaxed: Relaxed, prices: Floats) -> _Shared:
    """Solve the linear programme from prices near its own: for the undecided, until nobody else would change."""
    n, best = len(relaxed.value), relaxed.dual(prices)[0]
    whole = bool(np.isfinite(relaxed.value).sum() <= _WHOLE_PAIRS)
    method, many = ("linear programme", n) if whole else ("dual decomposition", _FIRST_ROWS)
    while True:
        taken, margin = relaxed.take(prices), relaxed.margins(prices)
        rows = _closest(margin, many)
        reach = np.inf if len(rows) == n else float(margin[rows].max())
        undecided = Undecided.of(relaxed, taken, prices, rows, _FAR * reach)
        found, share = undecided.relax(reach)
        action = taken.action.copy()
        action[rows] = undecided.largest(share)
        free = (np.abs(found - prices) < reach * (1 - 1e-6)).all()
        done = free and not np.delete(relaxed.take(found).action != action, rows).any()
        if done or many >= min(n, _MOST_ROWS):
            taken = Taken(action, taken.net, relaxed.used(action))
            return _Shared(found, taken, undecided.torn(share), method)
        reached = relaxed.dual(found)[0]
        if reached < best - 1e-11 * abs(best):
            prices, best = found, reached
        else:
            many *= 4


def _closest(margin: Floats, many: int) -> Ints:
    """Return the customers with the smallest margins, in their order."""
    if many >= len(margin):
        return np.arange(len(margin))
    return np.sort(np.argpartition(margin, many)[:many])


def _made_whole(relaxed: Relaxed, shared: _Shared, tolerance: float) -> tuple[Ints, float]:
    """Give torn customers one action each; return everyone's, (n,), and what no assignment can be worth more than.

    An assignment that is better by so much that the gap allows it takes regrets of at most the gap: when all
    customers with so small a margin were looked at together, the best of them is the best of all.
    """
    upper, margin = relaxed.dual(shared.prices)[0], relaxed.margins(shared.prices)
    allowed = min(tolerance, 1.0) * abs(upper) + 1e-12
    best, worth, n = None, -np.inf, len(margin)
    for many in (0, *(rows for rows in _ROWS if rows < n), n):
        needed = int((margin <= upper - worth).sum())
        rows = np.union1d(shared.torn, _closest(margin, min(many, needed)))
        undecided = Undecided.of(relaxed, shared.taken, shared.prices, rows, upper - worth)
        found = undecided.whole(allowed / 10)
        if found is not None:
            action = shared.taken.action.copy()
            action[rows] = found.action
            if relaxed.keeps(relaxed.used(action)) and relaxed.worth(action) > worth:
                best, worth = action, relaxed.worth(action)
            if found.proven and not np.delete(margin <= upper - worth, rows).any():
                upper = min(upper, worth + allowed / 10)
        if best is not None and (upper - worth <= allowed or many >= _ROWS[-1]):
            return best, upper
    if best is None:
        raise PolicyError("the bounds can be kept with shares of customers, and not with whole ones.")
    return best, upper
