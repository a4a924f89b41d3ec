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
from serving.allocation.lagrangian import Bound, Floats, Ints, Relaxed
from serving.allocation.shares import Shared, closest, shared
from serving.allocation.undecided import Undecided

_ROWS, _ENOUGH = (60, 400, 1_500, 6_000, 24_000), 1_500
"""How many customers are looked at together for whole actions, and how many when only the gap asks for it."""

_FAR = 10.0


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
    relaxed, solved = shared(worth, bounds, draw, start)
    action, upper = _made_whole(relaxed, solved, tolerance)
    total = worth.worth(action)
    used, prices = relaxed.used(action) * relaxed.unit, solved.prices / relaxed.unit
    return Allocation(action, prices, used, total, max(upper, total), solved.method, solved.tie_size)


@dataclass(frozen=True)
class ShadowPrices:
    """The prices (r,) of the bounds, in currency for one more, without an assignment; see ``Allocation``."""

    prices: Floats
    upper: float
    tie_size: float


def shadow_prices(
    value: npt.ArrayLike, bounds: Sequence[Bound], draw: Floats | None = None, start: Floats | None = None
) -> ShadowPrices:
    """Return the prices alone: for those who will decide one by one. Arguments and errors are those of ``allocate``.

    >>> calls = Bound("call", np.ones(3), np.array([0.0, 1.0]), 1)
    >>> shadow_prices([[0, 5], [0, 9], [0, 8]], [calls]).prices.round().tolist() in ([8.0], [9.0])
    True
    """
    worth = Relaxed.of(np.ascontiguousarray(value, np.float64), bounds)
    solved = shared(worth, bounds, draw, start)[1]
    return ShadowPrices(solved.prices / worth.unit, solved.upper, solved.tie_size)


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


def _made_whole(relaxed: Relaxed, solved: Shared, tolerance: float) -> tuple[Ints, float]:
    """Give torn customers one action each; return everyone's, (n,), and what no assignment can be worth more than.

    A better assignment takes regrets of at most the gap, each: when all customers with so small a margin were
    looked at together, the best of them is the best of all.
    """
    upper, margin = relaxed.dual(solved.prices)[0], relaxed.margins(solved.prices)
    allowed = min(tolerance, 1.0) * abs(upper) + 1e-12
    best, worth, n = None, -np.inf, len(margin)
    for many in (0, *(rows for rows in _ROWS if rows < n), min(n, _ROWS[-1])):
        rows = np.union1d(solved.torn, closest(margin, min(many, int((margin <= upper - worth).sum()))))
        far = np.inf if best is None and many <= _ROWS[0] else _FAR * float(margin[rows].max(initial=0.0))
        undecided = Undecided.of(relaxed, solved.taken, solved.prices, rows, far if best is None else upper - worth)
        found = undecided.whole(allowed / 10)
        if found is not None:
            action = solved.taken.action.copy()
            action[rows] = found.action
            if relaxed.keeps(relaxed.used(action)) and relaxed.worth(action) > worth:
                best, worth = action, relaxed.worth(action)
            if found.proven and solved.exact and not np.delete(margin <= upper - worth, rows).any():
                upper = min(upper, worth + allowed / 10)
        if best is not None and (upper - worth <= allowed or many >= _ENOUGH):
            return best, min(upper, solved.upper)
    if best is None:
        raise PolicyError("the bounds can be kept with shares of customers, and not with whole ones.")
    return best, min(upper, solved.upper)
