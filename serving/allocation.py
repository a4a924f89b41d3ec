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
from serving.bundle import Least, began, minimise
from serving.feasibility import refuse_impossible
from serving.lagrangian import Bound, Floats, Ints, Relaxed, Taken
from serving.policy import tie_breaks
from serving.undecided import Undecided

_WHOLE_PAIRS, _FIRST_ROWS, _MOST_ROWS = 6_000, 1_000, 64_000
_FAR, _NEAR = 10.0, (1e-7, 1e-9, 1e-11, 1e-13)
_ROWS = (60, 400, 1_500, 6_000, 24_000)
_TIE, _EVEN = 1e-6, 0.7548776662466927
_WHOLE, _BY_PRICES = "linear programme", "dual decomposition"
_SAMPLE = 20_000


@dataclass(frozen=True)
class Allocation:
    """What n customers get under r bounds.

    ``action`` (n,); ``prices`` (r,), at least 0, in currency for one more of what the bound counts; ``used``
    (r,) in the bounds' own measures; ``value``, total and feasible; ``upper``, no assignment is worth more;
    ``method``: "linear programme" (one, over everybody) or "dual decomposition". ``tie_size`` in currency:
    with what ``serving.policy.tie_breaks`` told customers of equal value apart.
    """

    action: Ints
    prices: Floats
    used: Floats
    value: float
    upper: float
    method: str
    tie_size: float

    @property
    def gap(self) -> float:
        """How far ``value`` may be from the best, as a share of ``upper``."""
        return (self.upper - self.value) / max(abs(self.upper), 1e-12)


def allocate(
    value: npt.ArrayLike,
    bounds: Sequence[Bound],
    draw: Floats | None = None,
    tolerance: float = 1e-6,
    start: Floats | None = None,
) -> Allocation:
    """Choose an action a customer, of the largest total value that keeps every bound.

    Parameters
    ----------
    value
        (n, k) in currency, -inf where an action is blocked.
    bounds
        What may be used in all; kept to a millionth of what one customer can use at most.
    draw
        (n,) in [0, 1): what tells customers of equal value apart, by less than a millionth of the mean value;
        their position by default.
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
    worth = Relaxed.of(np.ascontiguousarray(value, np.float64), bounds)
    n, k = worth.value.shape
    idle, best = np.zeros(len(bounds)), worth.value.max(axis=1)
    tie_size = _TIE * float(np.abs(best).mean()) if n else 0.0
    spread = np.modf(np.arange(n) * _EVEN)[0] if draw is None else draw
    relaxed = replace(worth, value=worth.value + tie_breaks(spread, k, tie_size))
    free = relaxed.take(idle)
    if relaxed.keeps(free.used):
        shared, action, upper = _Shared(idle, free, np.arange(0), _WHOLE, True), free.action, float(best.sum())
    else:
        refuse_impossible(relaxed, bounds)
        shared = _shared(relaxed, free, start)
        action, upper = _made_whole(relaxed, shared, tolerance)
    total, upper = worth.worth(action), min(upper, worth.dual(shared.prices)[0])
    used, prices = relaxed.used(action) * relaxed.unit, shared.prices / relaxed.unit
    return Allocation(action, prices, used, total, max(upper, total), shared.method, tie_size)


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
        found = allocate(value, asked, tolerance=tolerance, start=near)
        near = found.prices
        rows.append((float(limit), found.value, found.used[at], found.prices[at]))
    return pd.DataFrame(rows, columns=["limit", "value", "used", "price"])


@dataclass(frozen=True)
class _Shared:
    """The linear programme solved: its prices, an action for everyone, and the customers torn between several."""

    prices: Floats
    taken: Taken
    torn: Ints
    method: str
    exact: bool


def _shared(relaxed: Relaxed, free: Taken, start: Floats | None) -> _Shared:
    """Solve the linear programme; ``free`` is what everyone takes where nothing has a price."""
    if np.isfinite(relaxed.value).sum() <= _WHOLE_PAIRS:
        return _of_the_undecided(relaxed, np.zeros(len(relaxed.limits)), len(relaxed.value), _WHOLE)
    size = float(np.abs(free.net).sum()) + 1e-12
    least = _first_prices(relaxed, size, start)
    for tolerance in _NEAR:
        least = minimise(relaxed.dual, least, tolerance * size)
        shared = _of_the_undecided(relaxed, least.prices, _FIRST_ROWS, _BY_PRICES)
        if shared.exact:
            return shared
    return _widened(relaxed, least)


def _first_prices(relaxed: Relaxed, size: float, start: Floats | None) -> Least:
    """Return prices that a part of the book finds good, to begin with."""
    n, radius = len(relaxed.value), size / len(relaxed.value)
    idle = began(relaxed.dual, np.zeros(len(relaxed.limits)), radius)
    found = None if start is None else start * relaxed.unit
    if found is None and n > 4 * _SAMPLE:
        part = relaxed.part(np.arange(0, n, n // _SAMPLE))
        # a part may not be able to keep its share of the bounds: then its prices have no end
        first = began(part.dual, idle.prices, radius)
        found = minimise(part.dual, first, 1e-5 * size * len(part.value) / n, highest=1e3 * radius).prices
    if found is None:
        return idle
    nearer = began(relaxed.dual, found, radius / 50)
    return nearer if nearer.value < idle.value else idle


def _widened(relaxed: Relaxed, least: Least) -> _Shared:
    """Look at more and more customers together, from where the undecided lead, until nobody else would change."""
    n, prices, best, many = len(relaxed.value), least.prices, least.value, _FIRST_ROWS
    while True:
        shared = _of_the_undecided(relaxed, prices, many, _BY_PRICES)
        if shared.exact or many >= min(n, _MOST_ROWS):
            return shared
        reached = relaxed.dual(shared.prices)[0]
        if reached < best - 1e-11 * abs(best):
            prices, best = shared.prices, reached
        else:
            many = min(4 * many, n)


def _of_the_undecided(relaxed: Relaxed, prices: Floats, many: int, method: str) -> _Shared:
    """Solve for the ``many`` customers closest to another action at ``prices``, all others keeping what they take.

    It is exact for the whole book when nobody else would change at the prices found.
    """
    n = len(relaxed.value)
    taken, margin = relaxed.take(prices), relaxed.margins(prices)
    rows = _closest(margin, many)
    reach = np.inf if len(rows) == n else float(margin[rows].max())
    undecided = Undecided.of(relaxed, taken, prices, rows, _FAR * reach)
    solved = undecided.relax(reach)
    if solved is None:
        return _Shared(prices, taken, np.arange(0), method, False)
    found, share = solved
    action = taken.action.copy()
    action[rows] = undecided.largest(share)
    within = bool((np.abs(found - prices) < reach * (1 - 1e-6)).all())
    exact = within and not np.delete(relaxed.take(found).action != action, rows).any()
    return _Shared(found, Taken(action, taken.net, relaxed.used(action)), undecided.torn(share), method, exact)


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
    for many in (0, *(rows for rows in _ROWS if rows < n), min(n, _ROWS[-1])):
        needed = int((margin <= upper - worth).sum())
        rows = np.union1d(shared.torn, _closest(margin, min(many, needed)))
        undecided = Undecided.of(relaxed, shared.taken, shared.prices, rows, upper - worth)
        found = undecided.whole(allowed / 10)
        if found is not None:
            action = shared.taken.action.copy()
            action[rows] = found.action
            if relaxed.keeps(relaxed.used(action)) and relaxed.worth(action) > worth:
                best, worth = action, relaxed.worth(action)
            if found.proven and shared.exact and not np.delete(margin <= upper - worth, rows).any():
                upper = min(upper, worth + allowed / 10)
        if best is not None and (upper - worth <= allowed or many >= _ROWS[2]):
            return best, upper
    if best is None:
        raise PolicyError("the bounds can be kept with shares of customers, and not with whole ones.")
    return best, upper
