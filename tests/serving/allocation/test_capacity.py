from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from serving.allocation.capacity import Claim, claims_of
from serving.policy_settings import Capacity, Fairness, PolicySettings, read_policy

SETTINGS = read_policy()
IDS = SETTINGS.action_ids
TRAITS = pd.DataFrame(
    {"tier": ["high", "high", "low", "high"], "region": ["north", "north", "south", "south"]}, dtype=object
)
TAKEN = ["call_firm", "none", "call_standard", "sms_gentle"]
OPEN = np.zeros((4, len(IDS)))


def bounded(**capacity: object) -> PolicySettings:
    return replace(SETTINGS, capacity=Capacity(**capacity))  # type: ignore[arg-type]


def used(claim: Claim, taken: list[str]) -> float:
    bound = claim.bound(TRAITS, IDS)
    return float(bound.weight @ bound.usage[[IDS.index(name) for name in taken]])


def test_null_is_no_bound() -> None:
    assert claims_of(SETTINGS, TRAITS, OPEN) == ()


def test_a_channel_counts_its_reminders_and_the_budget_what_all_cost() -> None:
    calls, budget = claims_of(bounded(channels={"call": 7, "sms": None}, budget=90), TRAITS, OPEN)
    assert (calls.name, calls.limit, used(calls, TAKEN)) == ("call a day", 7, 2)
    assert (budget.name, budget.limit) == ("budget a day", 90)
    assert used(budget, TAKEN) == pytest.approx(4.0 + 3.0 + 0.05)


def test_service_asks_for_a_share_of_those_in_the_tier_who_may_be_reminded() -> None:
    value = OPEN.copy()
    value[1, 1:] = -np.inf  # this one may not be
    (service,) = claims_of(bounded(service={"high": 0.75}), TRAITS, value)
    assert service.limit == -0.75 * 2
    assert used(service, TAKEN) == -2


def test_fairness_compares_a_groups_share_with_that_of_all() -> None:
    rule = Fairness(group="region", channel="call", most=0.1, fewest=2)
    north, south = claims_of(bounded(fairness=(rule,)), TRAITS, OPEN)
    assert (north.name, north.limit) == ("call to region north", 0.1)
    calls_in_the_north = ["call_firm", "call_firm", "none", "none"]
    assert used(north, calls_in_the_north) == pytest.approx(1.0 - 0.5)
    assert used(south, calls_in_the_north) == pytest.approx(0.0 - 0.5)


def test_a_group_of_few_is_left_out() -> None:
    rule = Fairness(group="region", channel="call", most=0.1, fewest=3)
    assert claims_of(bounded(fairness=(rule,)), TRAITS, OPEN) == ()
