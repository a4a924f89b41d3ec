"""A day's capacity: how fast, how exact, and what a day by its prices keeps. ``python -m benchmarks.allocation``.

A million customers x 12 actions under 5 capacities, each part in a process of its own so that its peak memory
is its own; 2,000 customers against HiGHS on the same programme as it stands; and a day of customers deciding
one by one, in random order, with draws that the morning's plan never saw.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp
from scipy.optimize import LinearConstraint, linprog, milp

from benchmarks.machine import machine_line
from serving.actions import Action, action_id
from serving.allocation import allocate, shadow_prices
from serving.allocation.lagrangian import Bound
from serving.allocation.plan import Offers, plan
from serving.policy import choose, tie_breaks
from serving.policy_settings import Capacity, Exploration, PolicySettings, read_policy

Floats = npt.NDArray[np.float64]

LARGE, SMALL, DAY = 1_000_000, 2_000, 100_000
SHARES = {"push": 0.30, "sms": 0.15, "email": 0.05, "call": 0.01}
BUDGET = 0.043
"""What a day holds, a customer: reminders by channel, and currency."""


def twelve_actions() -> PolicySettings:
    """Return the policy with 12 actions and what a day of one customer holds."""
    policy = read_policy()
    more = {"push": ("plan", "guide"), "call": ("guide",)}
    actions = dict(policy.actions)
    for channel, offers in more.items():
        for offer in offers:
            like = next(action for action in actions.values() if action.channel == channel)
            action = Action(like.channel, like.intensity, offer, like.cost)  # type: ignore[arg-type]
            actions[action_id(action.channel, action.intensity, action.offer)] = action
    return replace(policy, actions=actions)


def bounded(n: int, exploration: Exploration | None = None) -> PolicySettings:
    """Return the policy of 12 actions with a day's capacity for n customers."""
    policy = twelve_actions()
    capacity = Capacity(channels={name: share * n for name, share in SHARES.items()}, budget=BUDGET * n)  # type: ignore[misc]
    return replace(policy, capacity=capacity, exploration=exploration or policy.exploration)


def some_values(n: int, policy: PolicySettings, seed: int) -> Floats:
    """Return values in currency, (n, 12): skewed amounts, effects partly common to the actions, a quarter blocked."""
    rng = np.random.default_rng(seed)
    k = len(policy.action_ids)
    effect = np.clip(rng.normal(0.03, 0.03, (n, k)) + rng.normal(0, 0.03, (n, 1)), -0.1, 0.4)
    value = effect * rng.lognormal(6, 1, (n, 1)) * policy.recovery_weight - policy.costs
    value[:, 0] = 0.0
    blocked = rng.random((n, k)) < 0.25
    blocked[:, 0] = False
    value[blocked] = -np.inf
    return value


def capacities(n: int, policy: PolicySettings) -> list[Bound]:
    """Return the 5 bounds as ``allocate`` takes them."""
    channels = [action.channel for action in policy.actions.values()]
    one = np.ones(n)
    bounds = [
        Bound(name, one, np.array([1.0 * (c == name) for c in channels]), share * n) for name, share in SHARES.items()
    ]
    return [*bounds, Bound("budget", one, policy.costs, BUDGET * n)]


@dataclass(frozen=True)
class Timed:
    """Seconds of the first call in a process and of the next, peak memory of the process in GB, and what came out."""

    first: float
    seconds: float
    memory: float
    upper: float
    value: float

    @property
    def gap(self) -> float:
        """The gap as a share."""
        return (self.upper - self.value) / self.upper


def large(n: int) -> Timed:
    """Allocate for n customers, twice: numba compiles, or reads what it compiled, in the first."""
    policy = twelve_actions()
    value, bounds = some_values(n, policy, 0), capacities(n, policy)
    seconds = []
    for _ in range(2):
        began = time.perf_counter()
        found = allocate(value, bounds)
        seconds.append(time.perf_counter() - began)
        if any(use > bound.limit + 1e-5 for use, bound in zip(found.used, bounds, strict=True)):
            raise SystemExit(f"a bound is exceeded: {found.used}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return Timed(seconds[0], seconds[1], memory, found.upper, found.value)


@dataclass(frozen=True)
class AsItStands:
    """The programme of a book as HiGHS reads it: a variable a customer and open action."""

    cost: Floats
    one: sp.csr_array
    use: sp.csr_array
    limits: Floats

    @classmethod
    def of(cls, value: Floats, bounds: list[Bound]) -> AsItStands:
        """Write the programme down."""
        row, action = np.nonzero(np.isfinite(value))
        one = sp.csr_array((np.ones(len(row)), (row, np.arange(len(row)))))
        use = sp.csr_array(np.array([bound.weight[row] * bound.usage[action] for bound in bounds]))
        return cls(-value[row, action], one, use, np.array([bound.limit for bound in bounds]))

    def whole(self) -> float:
        """Return the value of the best whole assignment to a millionth, by branch and bound."""
        kept = [LinearConstraint(self.one, 1, 1), LinearConstraint(self.use, -np.inf, self.limits)]
        whole = np.ones(len(self.cost), np.int64)
        solved = milp(self.cost, constraints=kept, integrality=whole, options={"mip_rel_gap": 1e-7, "time_limit": 120})
        if solved.fun is None:
            raise SystemExit(f"HiGHS: {solved.message}")
        return -float(solved.fun)

    def shares(self) -> float:
        """Return the value of the best shares of customers."""
        ones = np.ones(self.one.shape[0])
        use: Any = self.use  # the stubs of scipy know dense matrices only
        one: Any = self.one
        solved = linprog(self.cost, A_ub=use, b_ub=self.limits, A_eq=one, b_eq=ones, method="highs")
        if solved.fun is None:
            raise SystemExit(f"HiGHS: {solved.message}")
        return -float(solved.fun)


def timed(work: Callable[[], float]) -> tuple[float, float]:
    """Return what ``work`` returns and the seconds it took."""
    began = time.perf_counter()
    found = work()
    return found, time.perf_counter() - began


def small(seeds: int) -> pd.DataFrame:
    """Compare 2,000 customers with HiGHS, a row a book."""
    policy, rows = twelve_actions(), []
    for seed in range(seeds):
        value, bounds = some_values(SMALL, policy, seed + 1), capacities(SMALL, policy)
        stands = AsItStands.of(value, bounds)
        best, highs_seconds = timed(stands.whole)
        ours, seconds = timed(lambda v=value, b=bounds: allocate(v, b).value)  # type: ignore[misc]
        rows.append((seed, ours, best, ours / best - 1, seconds, highs_seconds, highs_seconds / seconds))
    columns = ["book", "ours", "HiGHS milp", "relative", "seconds", "HiGHS seconds", "ratio"]
    return pd.DataFrame(rows, columns=columns)


def against_linprog(n: int) -> str:
    """Compare the time for n customers with HiGHS on the linear programme as it stands."""
    policy = twelve_actions()
    value, bounds = some_values(n, policy, 0), capacities(n, policy)
    ours, seconds = timed(lambda: shadow_prices(value, bounds).upper)
    stands = AsItStands.of(value, bounds)
    theirs, highs_seconds = timed(stands.shares)
    return (
        f"{n:,} customers, linear programme: ours {seconds:.2f} s, HiGHS (linprog) {highs_seconds:.2f} s, "
        f"ratio {highs_seconds / seconds:.0f}; its bound / HiGHS - 1 = {ours / theirs - 1:.1e}"
    )


def a_day(n: int, seed: int) -> pd.DataFrame:
    """Plan a morning, decide one by one in random order with other draws, and return what was used beside the plan."""
    policy = bounded(n)
    value = some_values(n, policy, seed)
    rng = np.random.default_rng(seed + 1_000)
    tiers = rng.choice(list(policy.tiers), n).astype(object)
    offers = Offers(value, pd.DataFrame({"tier": tiers}), rng.random(n), rng.random(n))
    prices = plan(offers, policy, pd.Timestamp("2026-03-01T08:00:00Z"), "benchmark")
    spent, brought, draw = np.zeros(len(prices.priced)), 0.0, rng.random(n)
    usage = np.array([one.claim.usages(policy.action_ids) for one in prices.priced])
    for row in rng.permutation(n):
        mine = slice(row, row + 1)
        charge = prices.of(offers.traits.iloc[mine], policy.action_ids) - tie_breaks(
            offers.tie_draw[mine], len(policy.action_ids), prices.tie_size
        )
        blocked = (~np.isfinite(value[mine])).astype(np.int8)
        open_value = np.where(blocked == 0, value[mine], 0.0)
        action = choose(open_value, blocked, draw[mine], policy, charge).action[0]
        spent += usage[:, action]
        brought += float(value[row, action])
    told = {
        one.claim.name: (one.price, one.claim.limit, one.expected, float(used), float(used / one.claim.limit))
        for one, used in zip(prices.priced, spent, strict=True)
    }
    told["value"] = (float("nan"), prices.upper, prices.value, brought, brought / prices.value)
    columns = ["price", "limit", "planned", "the day", "ratio"]
    return pd.DataFrame.from_dict(told, orient="index", columns=columns)


def main() -> None:
    """Print all parts."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else LARGE
    print(f"{machine_line()}\n")
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:
        found = alone.submit(large, n).result()
    print(
        f"{n:,} customers x 12 actions, 5 capacities: {found.seconds:.1f} s (first call {found.first:.1f} s), "
        f"peak memory {found.memory:.2f} GB, duality gap {found.gap:.1e} (at most 1e-3, 30 s, 4 GB)\n",
        flush=True,
    )
    print(against_linprog(20_000), flush=True)
    told = small(5)
    print(f"\n{SMALL:,} customers against HiGHS's branch and bound:\n{told.to_string(index=False)}")
    print(f"largest difference {told['relative'].abs().max():.1e} (at most 1e-6)\n", flush=True)
    for seed in range(2):
        day = a_day(DAY, seed)
        print(f"a day of {DAY:,} customers one by one, book {seed}:\n{day.round(4).to_string()}\n", flush=True)


if __name__ == "__main__":
    main()
