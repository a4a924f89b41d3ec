"""The linear programme of a book: prices of its bounds, and the few customers it leaves torn between actions.

Its dual, a function of one price a bound, decides nearly everybody. It is minimised by cutting planes, a pass
over the book a step; HiGHS then solves, exactly, for the customers whom those prices leave undecided. When
nobody else would change at the prices found, they are those of the whole book's programme.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from serving.allocation.bundle import Least, began, minimise
from serving.allocation.feasibility import refuse_impossible
from serving.allocation.lagrangian import Bound, Floats, Ints, Relaxed, Taken
from serving.allocation.undecided import Undecided
from serving.policy import tie_breaks

_WHOLE_PAIRS, _FIRST_ROWS, _MOST_ROWS = 6_000, 1_000, 64_000
_FAR, _NEAR = 10.0, (1e-7, 1e-9, 1e-11, 1e-13)
_SAMPLE = 20_000
_TIE, _EVEN = 1e-6, 0.7548776662466927

WHOLE, BY_PRICES = "linear programme", "dual decomposition"
"""How it was solved: by HiGHS over everybody, or by prices first."""


@dataclass(frozen=True)
class Shared:
    """The linear programme solved: ``prices`` (r,) in units, what everyone takes, and who is ``torn`` between several.

    ``upper``: no assignment is worth more. ``exact``: nobody would change at the prices. ``tie_size``: by how
    much at most equal values were told apart.
    """

    prices: Floats
    taken: Taken
    torn: Ints
    method: str
    exact: bool
    upper: float = np.inf
    tie_size: float = 0.0


def shared(
    worth: Relaxed, bounds: Sequence[Bound], draw: Floats | None = None, start: Floats | None = None
) -> tuple[Relaxed, Shared]:
    """Return the book with equal values told apart by ``draw`` (n,), and its linear programme solved.

    ``start`` (r,): prices near the answer's, in the bounds' own measures.

    Raises
    ------
    PolicyError
        When the bounds cannot be kept together.
    """
    n, k = worth.value.shape
    tie_size = _TIE * float(np.abs(worth.value.max(axis=1)).mean()) if n else 0.0
    spread = np.modf(np.arange(n) * _EVEN)[0] if draw is None else draw
    relaxed = replace(worth, value=worth.value + tie_breaks(spread, k, tie_size))
    idle = np.zeros(len(bounds))
    free = relaxed.take(idle)
    if relaxed.keeps(free.used):
        solved = Shared(idle, free, np.arange(0), WHOLE, exact=True)
    else:
        refuse_impossible(relaxed, bounds)
        solved = _solved(relaxed, free, start)
    return relaxed, replace(solved, upper=worth.dual(solved.prices)[0], tie_size=tie_size)


def _solved(relaxed: Relaxed, free: Taken, start: Floats | None) -> Shared:
    """Solve the linear programme; ``free`` is what everyone takes where nothing has a price."""
    if np.isfinite(relaxed.value).sum() <= _WHOLE_PAIRS:
        return _of_the_undecided(relaxed, np.zeros(len(relaxed.limits)), len(relaxed.value), WHOLE)
    size = float(np.abs(free.net).sum()) + 1e-12
    least = _first_prices(relaxed, size, start)
    for tolerance in _NEAR:
        least = minimise(relaxed.dual, least, tolerance * size)
        found = _of_the_undecided(relaxed, least.prices, _FIRST_ROWS, BY_PRICES)
        if found.exact:
            return found
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


def _widened(relaxed: Relaxed, least: Least) -> Shared:
    """Look at more and more customers together, from where the undecided lead, until nobody else would change."""
    n, prices, best, many = len(relaxed.value), least.prices, least.value, _FIRST_ROWS
    while True:
        found = _of_the_undecided(relaxed, prices, many, BY_PRICES)
        if found.exact or many >= min(n, _MOST_ROWS):
            return found
        reached = relaxed.dual(found.prices)[0]
        if reached < best - 1e-11 * abs(best):
            prices, best = found.prices, reached
        else:
            many = min(4 * many, n)


def _of_the_undecided(relaxed: Relaxed, prices: Floats, many: int, method: str) -> Shared:
    """Solve for the ``many`` customers closest to another action at ``prices``, all others keeping what they take.

    It is exact for the whole book when nobody else would change at the prices found.
    """
    n = len(relaxed.value)
    taken, margin = relaxed.take(prices), relaxed.margins(prices)
    rows = closest(margin, many)
    reach = np.inf if len(rows) == n else float(margin[rows].max())
    undecided = Undecided.of(relaxed, taken, prices, rows, _FAR * reach)
    solved = undecided.relax(reach)
    if solved is None:
        return Shared(prices, taken, np.arange(0), method, False)
    found, share = solved
    action = taken.action.copy()
    action[rows] = undecided.largest(share)
    within = bool((np.abs(found - prices) < reach * (1 - 1e-6)).all())
    exact = within and not np.delete(relaxed.take(found).action != action, rows).any()
    return Shared(found, Taken(action, taken.net, relaxed.used(action)), undecided.torn(share), method, exact)


def closest(margin: Floats, many: int) -> Ints:
    """Return the customers with the smallest margins, in their order."""
    if many >= len(margin):
        return np.arange(len(margin))
    return np.sort(np.argpartition(margin, many)[:many])
