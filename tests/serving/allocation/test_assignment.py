"""The best use of capacity on small random books, against enumeration and HiGHS, and what must hold on any."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, linprog, milp

import serving.allocation.shares as shares
from features import PolicyError
from serving.allocation import allocate, frontier
from serving.allocation.lagrangian import Bound, Relaxed
from serving.policy import tie_breaks

CHANNEL = np.array([0, 1, 2, 2, 3])
COST = np.array([0.0, 0.05, 0.02, 0.02, 3.0])


def some_book(n: int, seed: int, tied: bool = False, tight: float = 0.2) -> tuple[np.ndarray, list[Bound]]:
    """Return values of 5 actions, some blocked, under capacities, a budget, a minimum service and a fairness bound."""
    rng = np.random.default_rng(seed)
    value = rng.gamma(1.0, 3.0, (n, 1)) * rng.normal(1.0, 1.0, (n, 5)) - COST
    if tied:
        value = np.round(value / 3.0)
    value[:, 0] = 0.0
    blocked = rng.random((n, 5)) < 0.2
    blocked[:, 0] = False
    value[blocked] = -np.inf
    one, group = np.ones(n), rng.random(n) < 0.4
    group[0] = True
    served = (~blocked[:, 1:]).any(axis=1) & (rng.random(n) < 0.3)
    bounds = [
        Bound("sms", one, (CHANNEL == 1) * 1.0, np.ceil(tight * n)),
        Bound("email", one, (CHANNEL == 2) * 1.0, np.ceil(tight * n)),
        Bound("budget", one, COST, tight * n * 1.2),
        Bound("service", -1.0 * served, (CHANNEL > 0) * 1.0, -0.5 * served.sum()),
        Bound("fairness", group / group.sum() - 1 / n, (CHANNEL == 3) * 1.0, 0.05),
    ]
    return value, bounds


def used(action: np.ndarray, bound: Bound) -> float:
    return float(bound.weight @ bound.usage[action])


def assert_kept(action: np.ndarray, bounds: list[Bound]) -> None:
    for bound in bounds:
        unit = np.abs(bound.weight).max() * np.abs(bound.usage).max()
        assert used(action, bound) <= bound.limit + 1.01e-6 * unit, bound.name


def by_enumeration(value: np.ndarray, bounds: list[Bound]) -> float | None:
    """Return the best total of every assignment that keeps the bounds; None: there is none."""
    n, k = value.shape
    every = np.array(list(product(range(k), repeat=n)))
    total = value[np.arange(n), every].sum(axis=1)
    for bound in bounds:
        total[(bound.usage[every] * bound.weight).sum(axis=1) > bound.limit + 1e-9] = -np.inf
    return None if total.max() == -np.inf else float(total.max())


def by_highs(value: np.ndarray, bounds: list[Bound], whole: bool) -> float:
    """Return the value of the same programme written down for HiGHS as it stands, of whole customers or of shares."""
    n = len(value)
    row, action = np.nonzero(np.isfinite(value))
    cost = -value[row, action]
    use = np.array([bound.weight[row] * bound.usage[action] for bound in bounds])
    limits = np.array([bound.limit for bound in bounds])
    one = sp.csr_array((np.ones(len(row)), (row, np.arange(len(row)))), shape=(n, len(row)))
    if whole:
        constraints = [LinearConstraint(one, 1, 1), LinearConstraint(use, -np.inf, limits)]
        solved = milp(cost, constraints=constraints, integrality=np.ones(len(row)), options={"mip_rel_gap": 1e-7})
    else:
        solved = linprog(cost, A_ub=use, b_ub=limits, A_eq=one, b_eq=np.ones(n), method="highs")
    return -float(solved.fun)


@pytest.fixture
def decomposed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make small books go the way of large ones."""
    decompose(monkeypatch)


def decompose(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(shares, "_WHOLE_PAIRS", 0)
    patch.setattr(shares, "_FIRST_ROWS", 4)
    patch.setattr(shares, "_SAMPLE", 10)


@pytest.mark.parametrize("large", [False, True], ids=["as a whole", "decomposed"])
@settings(max_examples=40, deadline=None)
@given(n=st.integers(1, 6), seed=st.integers(0, 10_000), tied=st.booleans(), tight=st.floats(0.0, 0.6))
def test_a_small_book_gets_the_best_of_all_assignments(
    large: bool, n: int, seed: int, tied: bool, tight: float
) -> None:
    value, bounds = some_book(n, seed, tied, tight)
    best = by_enumeration(value, bounds)
    with pytest.MonkeyPatch.context() as patch:
        if large:
            decompose(patch)
        if best is None:
            with pytest.raises(PolicyError, match=r"cannot be kept|not with whole ones"):
                allocate(value, bounds)
            return
        plan = allocate(value, bounds)
    assert plan.value == pytest.approx(best, rel=2e-6, abs=1e-6)
    assert plan.upper >= best - 1e-9 * abs(best) - 1e-9
    assert_kept(plan.action, bounds)
    assert (plan.prices >= 0).all()


@settings(max_examples=25, deadline=None)
@given(n=st.integers(20, 120), seed=st.integers(0, 10_000), tied=st.booleans())
def test_the_prices_are_those_of_the_linear_programme(n: int, seed: int, tied: bool) -> None:
    value, bounds = some_book(n, seed, tied)
    try:
        with pytest.MonkeyPatch.context() as patch:
            decompose(patch)
            plan = allocate(value, bounds, tolerance=1.0)
    except PolicyError:
        return
    relaxed = Relaxed.of(value, bounds)
    dual = relaxed.dual(plan.prices * relaxed.unit)[0]
    assert dual == pytest.approx(by_highs(value, bounds, whole=False), rel=1e-6, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(n=st.integers(20, 400), seed=st.integers(0, 10_000), tight=st.floats(0.01, 0.5))
def test_one_by_one_the_prices_use_what_there_is_but_for_a_customer_a_bound(n: int, seed: int, tight: float) -> None:
    value, bounds = some_book(n, seed, tight=tight)
    bounds = bounds[:3]
    with pytest.MonkeyPatch.context() as patch:
        decompose(patch)
        draw = np.random.default_rng(seed).random(n)
        plan = allocate(value, bounds, draw)
    price = sum(p * b.weight[:, None] * b.usage for p, b in zip(plan.prices, bounds, strict=True))
    action = (value + tie_breaks(draw, 5, plan.tie_size) - price).argmax(axis=1)
    for bound, each in zip(bounds, plan.prices, strict=True):
        torn = len(bounds) * bound.usage.max() + 1e-6
        assert used(action, bound) <= bound.limit + torn
        assert each <= 1e-9 or used(action, bound) >= bound.limit - torn


def test_two_thousand_customers_are_worth_what_highs_finds() -> None:
    value, bounds = some_book(2_000, seed=3)
    plan = allocate(value, bounds)
    assert plan.method == "dual decomposition"
    assert plan.value == pytest.approx(by_highs(value, bounds, whole=True), rel=1e-6)
    assert 0 <= plan.gap <= 1e-6
    assert_kept(plan.action, bounds)


def test_the_order_of_customers_changes_nothing() -> None:
    value, bounds = some_book(3_000, seed=4)
    order = np.random.default_rng(0).permutation(3_000)
    draw = np.random.default_rng(1).random(3_000)
    first = allocate(value, bounds, draw, tolerance=1.0)
    turned = [Bound(b.name, b.weight[order], b.usage, b.limit) for b in bounds]
    again = allocate(value[order], turned, draw[order], tolerance=1.0)
    np.testing.assert_array_equal(again.action, first.action[order])
    np.testing.assert_allclose(again.prices, first.prices, rtol=1e-9, atol=1e-12)


def test_customers_of_the_same_value_fill_the_capacity_to_the_last() -> None:
    value = np.tile([0.0, 5.0], (30_000, 1))
    plan = allocate(value, [Bound("call", np.ones(30_000), np.array([0.0, 1.0]), 1_234)])
    assert plan.used.tolist() == [1_234.0]
    assert plan.prices == pytest.approx([5.0])
    assert plan.gap <= 1e-6
    assert plan.value == 5.0 * 1_234
    assert (np.diff(np.flatnonzero(plan.action)) < 200).all()  # of equals not all from one end


def test_a_bound_that_does_not_bind_costs_nothing() -> None:
    value, bounds = some_book(500, seed=5)
    roomy = [Bound(b.name, b.weight, b.usage, 1e6) for b in bounds]
    plan = allocate(value, roomy)
    assert plan.prices.tolist() == [0.0] * 5
    assert plan.value == pytest.approx(value.max(axis=1).sum())


def test_without_bounds_everyone_gets_their_best() -> None:
    value, _ = some_book(50, seed=6)
    np.testing.assert_array_equal(allocate(value, []).action, value.argmax(axis=1))


def test_minimum_service_and_fairness_hold_in_the_plan() -> None:
    value, bounds = some_book(4_000, seed=7)
    service, fairness = bounds[3], bounds[4]
    free = allocate(value, bounds[:3])
    assert used(free.action, service) > service.limit  # they would not have held by themselves
    value[:, 4] += 6.0 * (fairness.weight > 0)
    assert used(allocate(value, bounds[:3]).action, fairness) > fairness.limit
    plan = allocate(value, bounds)
    assert_kept(plan.action, bounds)
    assert (plan.prices[3:] > 0).all()


@pytest.mark.usefixtures("decomposed")
@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        (lambda one: [Bound("service", -one, np.array([0.0, 1.0]), -5)],
         "service cannot be kept: at least 5 is asked, at most 3 can be had"),
        (lambda one: [Bound("service", -one, np.array([0.0, 1.0]), -3), Bound("call", one, np.array([0.0, 1.0]), 2)],
         r"cannot be kept together: service \(-3\), call \(2\)"),
        (lambda one: [Bound("idle", one, np.array([1.0, 1.0]), 4)], "idle cannot be kept: at most 4 is asked, 6 is the least that can be had"),
        (lambda one: [Bound("x", -one, np.array([0.0, 1.0]), -1.2), Bound("y", one, np.array([0.0, 1.0]), 1.8)],
         "with shares of customers, and not with whole ones"),
    ],
    ids=["service nobody can be given", "service beyond the calls", "everything is used", "only shares fit"],
)  # fmt: skip
def test_bounds_that_cannot_be_kept_are_refused_with_the_numbers(bounds: object, message: str) -> None:
    value = np.tile([0.0, 1.0], (6, 1))
    value[3:, 1] = -np.inf
    with pytest.raises(PolicyError, match=message):
        allocate(value, bounds(np.ones(6)))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("value", "bound", "message"),
    [
        ([[0.0, np.nan]], None, "row 0 has at best nan"),
        ([[0.0, 1.0], [-np.inf, -np.inf]], None, "row 1 has at best -inf"),
        ([0.0, 1.0], None, r"must be \(customers, actions\), got the shape \(2,\)"),
        ([[0.0, 1.0]], Bound("call", np.ones(2), np.ones(2), 1), r"call: weight \(1,\) and usage \(2,\) are expected, got \(2,\) and \(2,\)"),
        ([[0.0, 1.0]], Bound("call", np.ones(1), np.ones(2), np.nan), "call: .* finite, got limit nan"),
    ],
    ids=["not a number", "nothing allowed", "no table", "another's weights", "no limit"],
)  # fmt: skip
def test_values_and_bounds_that_do_not_fit_are_refused(value: list[float], bound: Bound | None, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        allocate(value, [bound] if bound else [])


def test_more_of_a_bound_never_brings_less_and_each_further_one_brings_no_more() -> None:
    value, bounds = some_book(3_000, seed=8)
    limits = [50.0, 150.0, 300.0, 600.0, 5_000.0]
    told = frontier(value, bounds, "sms", limits)
    assert told["limit"].tolist() == limits
    assert (np.diff(told["value"]) >= 0).all()
    assert (np.diff(told["price"]) <= 1e-9).all()
    assert (told["used"] <= told["limit"] + 1e-6).all()
    slope = np.diff(told["value"]) / np.diff(told["limit"])
    assert (slope <= told["price"][:-1] * 1.02 + 1e-9).all()
    with pytest.raises(PolicyError, match=r"no bound is named visits; there are sms, email"):
        frontier(value, bounds, "visits", [1.0])
