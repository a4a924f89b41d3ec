"""The morning's plan and the day after it, on books made up for the purpose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features import PolicyError
from serving.allocation.plan import Offers, plan
from serving.allocation.prices import Prices, read_prices
from serving.policy import Choice, choose, tie_breaks
from serving.policy_settings import Capacity, Fairness, PolicySettings, read_policy

POLICY = read_policy()
IDS = POLICY.action_ids
N = 20_000
AT = pd.Timestamp("2026-03-01T08:00:00+08:00")
CALLS = np.array([name.startswith("call") for name in IDS])


def some_offers(seed: int, n: int = N) -> Offers:
    rng = np.random.default_rng(seed)
    effect = rng.normal(0.03, 0.04, (n, len(IDS))) + rng.normal(0, 0.03, (n, 1))
    value = effect * rng.lognormal(6.5, 1, (n, 1)) * 0.05 - POLICY.costs
    tier = rng.choice(list(POLICY.tiers), n, p=[0.5, 0.25, 0.15, 0.1]).astype(object)
    region = rng.choice(["north", "south", "east"], n).astype(object)
    value[np.ix_(region == "north", CALLS)] += 3.0
    value[:, 0] = 0.0
    blocked = rng.random(value.shape) < 0.25
    blocked[:, 0] = False
    value[blocked] = -np.inf
    return Offers(value, pd.DataFrame({"tier": tier, "region": region}), rng.random(n), rng.random(n))


def bounded(**more: object) -> PolicySettings:
    capacity = Capacity(channels={"call": 0.01 * N, "sms": 0.1 * N}, budget=0.06 * N, **more)  # type: ignore[arg-type]
    return replace(POLICY, capacity=capacity)


def day(offers: Offers, prices: Prices, settings: PolicySettings, draw: np.ndarray) -> Choice:
    """Decide for everyone as ``serving.decide`` does."""
    value = np.where(np.isfinite(offers.value), offers.value, 0.0)
    blocked = (~np.isfinite(offers.value)).astype(np.int8)
    charge = prices.of(offers.traits, IDS) - tie_breaks(offers.tie_draw, len(IDS), prices.tie_size)
    return choose(value, blocked, draw, settings, charge)


@pytest.fixture(scope="module")
def offers() -> Offers:
    return some_offers(1)


@pytest.fixture(scope="module")
def prices(offers: Offers) -> Prices:
    return plan(offers, bounded(), AT, "model 1")


def test_the_day_keeps_within_capacity_on_average_and_as_drawn(offers: Offers, prices: Prices) -> None:
    choice = day(offers, prices, bounded(), offers.draw)
    assert (choice.propensity < 0.5).sum() > 100  # some explored
    for one in prices.priced:
        weight, usage = one.claim.weight(offers.traits), one.claim.usages(IDS)
        assert float(weight @ usage[choice.action]) == pytest.approx(one.drawn)
        assert float(weight @ (choice.probabilities @ usage)) == pytest.approx(one.expected)
        assert max(one.drawn, one.expected) <= one.claim.limit
        if one.price:
            assert one.expected >= 0.98 * one.claim.limit
    assert sum(one.price > 0 for one in prices.priced) >= 2


def test_the_day_is_worth_nearly_what_no_plan_exceeds(prices: Prices) -> None:
    assert 0 <= prices.gap < 0.01


def test_other_draws_than_the_plan_knew_stay_within_a_hundredth(offers: Offers, prices: Prices) -> None:
    choice = day(offers, prices, bounded(), np.random.default_rng(9).random(N))
    for one in prices.priced:
        noise = 4.0 if one.claim.name == "call a day" else 0.0  # of 200 calls a hundredth is 2
        use = one.claim.weight(offers.traits) @ one.claim.usages(IDS)[choice.action]
        assert use <= 1.01 * one.claim.limit + noise


def test_one_by_one_is_as_all_at_once_to_the_bit(offers: Offers, prices: Prices) -> None:
    whole = day(offers, prices, bounded(), offers.draw)
    priced = prices.of(offers.traits, IDS)
    for k in range(400):
        row = slice(k, k + 1)
        one = Offers(offers.value[row], offers.traits.iloc[row], offers.draw[row], offers.tie_draw[row])
        alone = day(one, prices, bounded(), one.draw)
        assert alone.action[0] == whole.action[k]
        assert alone.propensity[0] == whole.propensity[k]
        assert (prices.of(one.traits, IDS)[0] == priced[k]).all()


def test_exploration_stays_among_actions_of_near_equal_value_less_price(offers: Offers, prices: Prices) -> None:
    choice = day(offers, prices, bounded(), offers.draw)
    net = choice.value - prices.of(offers.traits, IDS)
    short = net.max(axis=1) - net[np.arange(N), choice.action]
    assert 0 < short.max() <= POLICY.exploration.band + 1e-4


def test_minimum_service_and_fairness_hold_on_the_day(offers: Offers) -> None:
    free = day(offers, plan(offers, bounded(), AT, "m"), bounded(), offers.draw)
    settings = bounded(service={"high": 0.97}, fairness=(Fairness(group="region", channel="call", most=0.002),))
    held = plan(offers, settings, AT, "m")
    assert held.groupings == ("region",)
    choice = day(offers, held, settings, offers.draw)
    high = (offers.traits["tier"] == "high").to_numpy() & np.isfinite(offers.value[:, 1:]).any(axis=1)
    assert (choice.action[high] > 0).mean() >= 0.97 > (free.action[high] > 0).mean()
    north = (offers.traits["region"] == "north").to_numpy()
    above, before = (CALLS[c.action][north].mean() - CALLS[c.action].mean() for c in (choice, free))
    assert above <= 0.002 < before


def test_customers_of_equal_value_share_what_there_is() -> None:
    n = 5_000
    value = np.full((n, len(IDS)), -9.0)
    value[:, 0], value[:, IDS.index("call_standard")] = 0.0, 5.0
    rng = np.random.default_rng(0)
    equal = Offers(value, pd.DataFrame({"tier": np.full(n, "high", dtype=object)}), rng.random(n), rng.random(n))
    exact = replace(POLICY.exploration, share=0.0)
    settings = replace(POLICY, capacity=Capacity(channels={"call": 600}), exploration=exact)
    called = CALLS[day(equal, plan(equal, settings, AT, "m"), settings, equal.draw).action]
    assert 595 <= called.sum() <= 600
    assert 200 < called[: n // 2].sum() < 400


def test_service_that_nobody_can_be_given_is_refused_with_the_numbers(offers: Offers) -> None:
    channels = dict.fromkeys(("sms", "push", "email", "call"), 100)
    settings = replace(POLICY, capacity=Capacity(channels=channels, service={"low": 0.9}))  # type: ignore[arg-type]
    with pytest.raises(PolicyError, match=r"cannot be kept together: .*call a day \(100\), service of low \(-"):
        plan(offers, settings, AT, "m")


def test_prices_come_back_from_their_file_as_they_were(prices: Prices, tmp_path: Path) -> None:
    prices.write(tmp_path / "prices.json")
    again = read_prices(tmp_path / "prices.json", POLICY)
    assert again == prices
    assert again.version == prices.version
    assert replace(prices, value=1.0).version != prices.version


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"tie_size"', '"tie_sighs"', "tie_sighs: there is no such setting"),
        (
            f'"policy_version": "{POLICY.version}"',
            '"policy_version": "1999"',
            "is of policy 1999, the policy in use is",
        ),
        ('"call_firm"', '"call_rude"', "prices call_rude, which the policy does not know"),
        ("{", "", "is not JSON"),
    ],
    ids=["unknown key", "another policy", "unknown action", "damaged"],
)
def test_prices_that_do_not_fit_are_refused_by_file(
    prices: Prices, tmp_path: Path, old: str, new: str, message: str
) -> None:
    file = tmp_path / "prices.json"
    prices.write(file)
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))
    with pytest.raises(PolicyError, match=rf"prices\.json.*{message}"):
        read_prices(file, POLICY)
