from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from serving.policy_settings import read_policy
from serving.registry import load_models
from serving.rules import LAWS
from training.dataset import response_samples
from training.policies.occasions import Occasions, occasions_of
from training.settings import read_train_settings


@pytest.fixture(scope="module")
def occasions(world: Any) -> Occasions:
    sample = response_samples(world.book, read_train_settings())["judge"]
    return occasions_of(sample, world.book, load_models().scorer, read_policy())


def test_occasions_are_in_the_order_of_time_and_keep_what_was_logged(occasions: Occasions, world: Any) -> None:
    assert occasions.at.is_monotonic_increasing
    logged = world.book.reminders.set_index("reminder_id").loc[occasions.reminder_id]
    np.testing.assert_array_equal(occasions.propensity, logged["propensity"].to_numpy(float))
    channel = [a.channel for a in occasions.settings.actions.values()]
    assert [channel[code] or "none" for code in occasions.action] == logged["channel"].tolist()


def test_no_action_is_allowed_on_a_channel_without_consent(occasions: Occasions) -> None:
    call = occasions.settings.action_ids.index("call_standard")
    without = ~occasions.customers["consent_call"].to_numpy(bool)
    assert without.any()
    assert not occasions.allowed[without, call].any()
    assert (occasions.blocked[without, call] >= LAWS).all()
    assert occasions.allowed[:, occasions.none].all()


def test_what_was_reaped_is_recovery_less_cost_and_friction(occasions: Occasions) -> None:
    settings, row = occasions.settings, np.arange(len(occasions))
    cost = settings.costs[occasions.action] + settings.frictions[occasions.tier, occasions.action]
    expected = occasions.outcome * occasions.amount * settings.recovery_weight - cost
    np.testing.assert_allclose(occasions.reaped(), expected)
    assert (occasions.reaped()[occasions.action == occasions.none] >= 0).all()
    assert len(row) == len(occasions.reaped())


def test_groups_are_those_of_the_day_of_the_occasion(occasions: Occasions) -> None:
    groups = occasions.groups()
    assert set(groups) == {"gender", "age_band", "region"}
    born = pd.to_datetime(occasions.customers["birth_date"]).to_numpy()
    young = groups["age_band"] == "under 25"
    years = (occasions.at.tz_localize(None).to_numpy() - born) / np.timedelta64(1, "D") / 365.25
    assert (years[young] < 25.01).all()
    assert (years[groups["age_band"] == "25-34"] >= 24.99).all()


def test_a_part_of_the_occasions_is_the_same_as_before(occasions: Occasions) -> None:
    part = occasions.within(np.array([3, 1]))
    assert part.reminder_id.tolist() == occasions.reminder_id[[3, 1]].tolist()
    assert part.allowed.tolist() == occasions.allowed[[3, 1]].tolist()
    assert part.X.index.tolist() == occasions.X.index[[3, 1]].tolist()
