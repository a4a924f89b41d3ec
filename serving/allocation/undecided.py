"""The few customers whose choice the prices leave open, as a programme for HiGHS; all others keep what they take.

Costs are regrets, how much less an action is worth than the customer's best at the prices at hand, so that the
solver's tolerances meet numbers of the size that matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from serving.allocation.lagrangian import Floats, Ints, Relaxed, Taken

_RELATIVE = 1e-4
_SECONDS = 2.0
"""How long HiGHS may look for a better whole assignment."""


@dataclass(frozen=True)
class Whole:
    """An action for each of the undecided, (m,); ``proven``: HiGHS knows that no other is better."""

    action: Ints
    proven: bool


@dataclass(frozen=True)
class Undecided:
    """Customers at ``rows`` (m,), and the pairs of one of them and an action, (p,) each, that stand to choose.

    ``regret`` (p,) is in currency; ``use`` (p, r) and ``left`` (r,), what the others leave of the limits, in units.
    """

    prices: Floats
    rows: Ints
    row: Ints
    action: Ints
    regret: Floats
    use: Floats
    left: Floats

    @classmethod
    def of(cls, relaxed: Relaxed, taken: Taken, prices: Floats, rows: Ints, most_regret: float = np.inf) -> Undecided:
        """Take customers out of what is ``taken`` at ``prices``; ``most_regret``: of what may still be theirs."""
        net = relaxed.value[rows] - relaxed.price(prices)[relaxed.kind[rows]]
        regret = net.max(axis=1, keepdims=True) - net
        row, action = np.nonzero(regret <= min(most_regret, np.finfo(np.float64).max))
        weights = relaxed.weights[relaxed.kind[rows]]
        own = (weights * relaxed.usage[:, taken.action[rows]].T).sum(axis=0)
        use = weights[row] * relaxed.usage[:, action].T
        return cls(prices, rows, row, action, regret[row, action], use, relaxed.limits - (taken.used - own))

    def relax(self, reach: float = np.inf) -> tuple[Floats, Floats] | None:
        """Solve with shares of customers; return the prices (r,) at which it is optimal, and the shares (p,).

        No price moves by more than ``reach``: what these customers would use beyond that is left or exceeded.
        None: HiGHS gave up.
        """
        r, p, scale = self.use.shape[1], len(self.row), self._scale()
        bounded = np.isfinite(reach)
        exceed = np.full(r, reach if bounded else 0.0)
        cost = np.concatenate([self.regret, np.minimum(self.prices, reach), exceed]) / scale
        most = np.repeat([np.inf, np.inf if bounded else 0.0], [p + r, r])
        solved = linprog(
            cost,
            A_eq=sp.vstack([self._one_each(2 * r), self._limits([sp.eye_array(r), -sp.eye_array(r)])]),
            b_eq=np.concatenate([np.ones(len(self.rows)), self.left]),
            bounds=np.column_stack([np.zeros(p + 2 * r), most]).tolist(),
            method="highs",
        )
        if solved.x is None:
            return None
        moved = solved.eqlin.marginals[len(self.rows) :] * scale
        return np.maximum(self.prices - moved, 0.0), solved.x[:p]

    def whole(self, gap: float) -> Whole | None:
        """Return an action for each of the rows, within ``gap`` currency of the best; None: none keeps the limits."""
        if not len(self.rows):
            return Whole(self.action, True)
        r, p, scale = self.use.shape[1], len(self.row), self._scale()
        # the last variable is always 1: with its cost the relative gap of HiGHS is one of currency
        cost = np.concatenate([self.regret, self.prices, [gap / _RELATIVE]]) / scale
        one = sp.csr_array(np.eye(1, p + r + 1, p + r))
        limits = [
            LinearConstraint(sp.csr_array(sp.vstack([self._one_each(r + 1), one])), 1.0, 1.0),
            LinearConstraint(sp.csr_array(self._limits([sp.eye_array(r), sp.csr_array((r, 1))])), self.left, self.left),
        ]
        solved = milp(
            cost,
            constraints=limits,
            integrality=np.repeat([1, 0], [p, r + 1]),
            bounds=Bounds(0, np.inf),
            options={"mip_rel_gap": _RELATIVE, "time_limit": _SECONDS},
        )
        if solved.x is None:
            return None
        return Whole(self.largest(solved.x[:p]), solved.status == 0)

    def largest(self, share: Floats) -> Ints:
        """Return the action with the largest share of each of the rows, (m,)."""
        order = np.lexsort((share, self.row))
        last = np.append(np.flatnonzero(np.diff(self.row[order])), len(order) - 1)
        return self.action[order[last]]

    def torn(self, share: Floats) -> Ints:
        """Return which of the rows have more than one action with a share."""
        shared = np.bincount(self.row, (share > 1e-7) & (share < 1 - 1e-7), minlength=len(self.rows))
        return self.rows[shared > 0]

    def _scale(self) -> float:
        """Return a regret of the usual size among those that are not 0, rounding aside."""
        above = self.regret[self.regret > 1e-6 * self.regret.max(initial=0.0)]
        return float(np.median(above)) if len(above) else 1.0

    def _one_each(self, more: int) -> sp.csr_array:
        pairs = np.arange(len(self.row))
        return sp.csr_array((np.ones(len(pairs)), (self.row, pairs)), shape=(len(self.rows), len(pairs) + more))

    def _limits(self, slack: list[Any]) -> Any:
        return sp.hstack([sp.csr_array(self.use.T), *slack])
