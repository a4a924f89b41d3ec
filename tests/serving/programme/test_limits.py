"""What the bank's programme takes away besides the law, one limit at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features import Book
from features.matrix import history_of
from features.pressing import pressing_instalments
from features.tables.schema import CHANNELS, OFFERS
from serving.actions import STANCES
from serving.feedback.causes import CAUSES
from serving.feedback.holding import Held, held
from serving.feedback.reader import ReplyReader
from serving.policy_settings import PolicySettings, read_policy
from serving.programme import Programme, limited
from serving.rules import FORBIDDEN, Blocked, Standing

FIRM_LADDER = {stage: dict.fromkeys(read_policy().tiers, "firm") for stage in read_policy().stages}
POLICY = replace(
    read_policy(), ladder=FIRM_LADDER, stance_limits=dict.fromkeys(STANCES, dict.fromkeys(read_policy().stages, "firm"))
)
"""A policy whose ladder and stances forbid nothing: what is left are the programme's limits and the law."""

BO = {"consent_call": True, "consent_sms": True, "consent_email": True, "consent_push": True}


@pytest.fixture
def willing(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the worked tables with bo, 50 days late, to be reached by all channels, and never reminded."""
    own = tables["customers"]["customer_id"] == "bo"
    customers = tables["customers"].assign(**{k: tables["customers"][k].where(~own, v) for k, v in BO.items()})
    return {**tables, "customers": customers, "reminders": tables["reminders"].iloc[:0]}


def standing_of(book: Book, as_of: pd.Timestamp, stance: str, settings: PolicySettings, programme: int = 0) -> Standing:
    history = history_of(book, as_of, ["bo"])
    pressing, zero = pressing_instalments(history), np.zeros(1, np.int64)
    stage = settings.stage_of(pressing.days_past_due)
    own = np.array([STANCES.index(stance)])
    return Standing(history.ledger, history.customer, history.at, pressing.row, zero + programme, stage, zero, own)


def rules_of(
    book: Book, as_of: pd.Timestamp, stance: str = "careless", settings: PolicySettings = POLICY, **more: Any
) -> dict[str, str]:
    """Return which rule blocks each action that is blocked."""
    found = blocked_of(book, as_of, stance, settings, **more)
    ids = [reason.id for reason in settings.rulebook.reasons]
    return {name: ids[code] for name, code in zip(settings.action_ids, found.codes[0], strict=True) if code}


def blocked_of(
    book: Book,
    as_of: pd.Timestamp,
    stance: str = "careless",
    settings: PolicySettings = POLICY,
    told: dict[str, Any] | None = None,
    programme: int = 0,
) -> Blocked:
    standing = standing_of(book, as_of, stance, settings, programme)
    return limited(standing, replace(nothing_told(book, standing), **(told or {})), settings)


def nothing_told(book: Book, standing: Standing) -> Held:
    return held(book, standing.customer, standing.at, ReplyReader.shipped())


def without_offers(settings: PolicySettings) -> set[str]:
    return {name for name, action in settings.actions.items() if action.offer is None and action.channel is not None}


def test_the_worked_policy_forbids_a_careless_customer_nothing_but_offers(
    willing: dict[str, Any], as_of: pd.Timestamp
) -> None:
    assert set(rules_of(Book.of(willing), as_of).values()) == {"offer"}
    assert not without_offers(POLICY) & set(rules_of(Book.of(willing), as_of))


@pytest.mark.parametrize("stance", STANCES)
def test_an_offer_is_made_to_whom_it_suits(willing: dict[str, Any], as_of: pd.Timestamp, stance: str) -> None:
    found = rules_of(Book.of(willing), as_of, stance)
    for name, action in POLICY.actions.items():
        if action.offer is not None:
            assert (found.get(name) == "offer") == (stance not in POLICY.offers[action.offer])


def test_what_a_reply_asks_for_is_offered_to_anybody(willing: dict[str, Any], as_of: pd.Timestamp) -> None:
    asked = {"offer": np.array([OFFERS.index("plan")])}
    found = rules_of(Book.of(willing), as_of, "reliable", told=asked)
    assert "sms_gentle_plan" not in found
    assert found["call_firm"] == "plan_first"


def test_a_plan_comes_before_pressure(willing: dict[str, Any], as_of: pd.Timestamp) -> None:
    found = rules_of(Book.of(willing), as_of, "struggling")
    pressing = {name for name in without_offers(POLICY) if POLICY.actions[name].strength > 1}
    assert {name for name, rule in found.items() if rule == "plan_first"} == pressing
    assert "call_standard_plan" not in found


def test_once_a_plan_was_offered_pressure_may_follow(
    willing: dict[str, Any], tables: dict[str, Any], as_of: pd.Timestamp
) -> None:
    offered = tables["reminders"][tables["reminders"]["reminder_id"] == "r3"]
    book = Book.of({**willing, "reminders": offered})
    assert "plan_first" not in rules_of(book, as_of, "struggling").values()
    later = replace(POLICY, plan_first=replace(POLICY.plan_first, days=8))
    assert "plan_first" in rules_of(book, as_of, "struggling", later).values()


def test_before_the_due_date_nobody_is_pressed(willing: dict[str, Any]) -> None:
    paid = willing["instalments"].assign(due_date="2026-05-10")
    book = Book.of({**willing, "instalments": paid, "payments": willing["payments"].iloc[:0]})
    assert "plan_first" not in rules_of(book, pd.Timestamp("2026-05-09T10:00:00+08:00"), "struggling").values()


@pytest.mark.parametrize(("stance", "weak"), [("chronic", True), ("strategic", True), ("careless", False)])
def test_the_chronic_meet_firmness(willing: dict[str, Any], as_of: pd.Timestamp, stance: str, weak: bool) -> None:
    found = rules_of(Book.of(willing), as_of, stance)
    gentle = {name for name in without_offers(POLICY) if POLICY.actions[name].strength == 1}
    assert {name for name, rule in found.items() if rule == "firm_with"} == (gentle if weak else set())


def test_nobody_vulnerable_meets_firmness(willing: dict[str, Any], as_of: pd.Timestamp) -> None:
    willing["customers"] = willing["customers"].assign(vulnerable=True)
    assert "firm_with" not in rules_of(Book.of(willing), as_of, "chronic").values()


def test_a_reply_that_asks_for_less_is_heard_by_the_firm(willing: dict[str, Any], as_of: pd.Timestamp) -> None:
    forgot = {"strongest": np.array([1]), "strongest_by": np.array([CAUSES.index("forgot")])}
    found = rules_of(Book.of(willing), as_of, "chronic", told=forgot)
    assert "firm_with" not in found.values()
    assert {found[name] for name in without_offers(POLICY) if POLICY.actions[name].strength > 1} == {"told_forgot"}


def test_a_channel_closed_by_a_reply_opens_when_it_no_longer_holds(
    willing: dict[str, Any], as_of: pd.Timestamp
) -> None:
    book, dispute = Book.of(willing), CAUSES.index("dispute")
    opens = int(as_of.timestamp()) + 86_400
    closed, until = np.full((1, len(CHANNELS)), -1), np.full((1, len(CHANNELS)), int(as_of.timestamp()))
    closed[0, CHANNELS.index("sms")], until[0, CHANNELS.index("sms")] = dispute, opens
    told = {"closed": closed, "until": until}
    found = blocked_of(book, as_of, told=told)
    ids = [reason.id for reason in POLICY.rulebook.reasons]
    sms = POLICY.action_ids.index("sms_gentle")
    assert (ids[found.codes[0, sms]], found.until[0, sms]) == ("told_dispute", opens)
    assert "call_firm" not in rules_of(book, as_of, told=told)
    until[0, CHANNELS.index("sms")] = FORBIDDEN
    assert np.isnat(blocked_of(book, as_of, told=told).lawful_from()[0, sms])


def test_a_programme_leaves_its_channels_and_offers(willing: dict[str, Any], as_of: pd.Timestamp) -> None:
    own = replace(POLICY, programmes={"own": Programme(channels=("sms", "call"), offers=())})
    found = rules_of(Book.of(willing), as_of, "struggling", own, programme=1)
    assert {name for name, rule in found.items() if rule == "programme"} == {
        name for name, a in own.actions.items() if a.channel in ("push", "email") or a.offer is not None
    }
    assert "programme" not in rules_of(Book.of(willing), as_of, "struggling", own).values()


def test_reminders_of_a_debt_stop_while_its_plan_is_kept(willing: dict[str, Any], as_of: pd.Timestamp) -> None:
    loans = willing["loans"].assign(plan_signed_on="2026-02-20")
    found = rules_of(Book.of({**willing, "loans": loans}), as_of)
    assert found == dict.fromkeys([name for name in POLICY.action_ids if name != "none"], "plan_kept")


def test_doing_nothing_is_always_left(willing: dict[str, Any], as_of: pd.Timestamp) -> None:
    everything = np.zeros((1, len(CHANNELS)), np.int64)
    told = {
        "closed": everything,
        "until": everything + FORBIDDEN,
        "strongest": np.array([0]),
        "strongest_by": np.array([0]),
    }
    own = replace(POLICY, programmes={"own": Programme(channels=(), offers=())})
    for stance in STANCES:
        assert "none" not in rules_of(Book.of(willing), as_of, stance, own, told=told, programme=1)
