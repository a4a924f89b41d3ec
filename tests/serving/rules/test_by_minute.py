"""The engine's every answer against a checker that goes through the minutes and shares no code with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.rules_by_minute import PACKS, mistakes, of_pack, random_book, random_moment
from serving.policy_settings import ContactHours, PolicySettings, read_policy
from serving.rules import Pack

ALL_DAY, OFFICE = ContactHours(0, 24), ContactHours(9, 20)
HISTORIES, BATCHES = 120, 20


@pytest.fixture(scope="module")
def settings() -> dict[tuple[str, int], PolicySettings]:
    return {(name, k): of_pack(read_policy(), name, (ALL_DAY, OFFICE)[k]) for name in PACKS for k in (0, 1)}


def test_no_decision_breaks_a_rule_and_every_deferral_ends_at_the_earliest_lawful_minute(settings: Any) -> None:
    found, kinds = [], Counter[str]()
    for seed in range(BATCHES):
        rng = np.random.default_rng(seed)
        now = random_moment(rng)
        book, people = random_book(rng, HISTORIES, now)
        for name in PACKS:
            wrong, counted = mistakes(settings[name, seed % 2], name, book, people, now)
            found += wrong
            kinds += counted
    assert found == []
    assert kinds["allowed"] > 10_000
    assert kinds["never"] > 2_000
    assert kinds["deferred"] > 200


@pytest.mark.parametrize(
    ("name", "rule", "looser"),
    [
        ("in", "recovery_hours", {"opens": "07:59"}),
        ("in", "recovery_hours", {"closes": "19:01"}),
        ("us", "inconvenient_hours", {"stages": ("before_due",)}),
        ("cn", "unanswered_dials", {"most": 7}),
        ("us", "seven_calls_in_seven_days", {"most": 8}),
        ("us", "seven_calls_in_seven_days", {"days": 6}),
        ("us", "seven_days_after_conversation", {"days": 6}),
        ("us", "seven_days_after_conversation", {"per": "customer"}),  # stricter, so a lawful minute is passed over
        ("uk", "vulnerable", {"strongest": "standard"}),
        ("cn", "opted_out", {"causes": ("dispute",)}),
        ("eu", "stop_flag", {"media": ("letter",)}),
    ],
)
def test_the_checker_finds_a_rule_that_was_tampered_with(name: str, rule: str, looser: dict[str, Any]) -> None:
    settings = of_pack(read_policy(), name, ALL_DAY)
    found = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        now = random_moment(rng)
        book, people = random_book(rng, HISTORIES, now)
        found += mistakes(tampered(settings, rule, looser), name, book, people, now)[0]
        if found:
            return
    pytest.fail("the checker did not notice")


def tampered(settings: PolicySettings, rule: str, figures: dict[str, Any]) -> PolicySettings:
    pack: Pack = settings.rules
    other = replace(pack.rules[rule], **figures)
    return replace(settings, rules=replace(pack, rules={**pack.rules, rule: other}))
