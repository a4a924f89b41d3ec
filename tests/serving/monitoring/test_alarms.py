"""Alarms: large enough, and too unlikely to be chance with all tests taken together."""

from __future__ import annotations

from typing import Any

import pytest

from serving.monitoring.alarms import alarms_of
from serving.monitoring.finding import Finding
from serving.monitoring.settings import read_monitoring

SETTINGS = read_monitoring()


def finding(size: float, chance: float | None, rule: str = "score_shift", about: str = "score") -> Finding:
    return Finding(rule, about, size, chance, "seen")


@pytest.mark.parametrize(
    ("found", "levels", "code"),
    [
        ([], [], 0),
        ([finding(0.05, 0.0)], [], 0),
        ([finding(0.10, 0.0)], ["warning"], 1),
        ([finding(0.25, 0.0)], ["alarm"], 2),
        ([finding(9.0, 0.06)], [], 0),
        ([finding(9.0, 0.04)], ["alarm"], 2),
        ([finding(9.0, 0.04), finding(0.0, 1.0)], [], 0),
        ([finding(2.0, None, "stale_feed", "credit")], ["alarm"], 2),
        ([finding(0.1, 0.0), finding(0.3, 0.0)], ["alarm", "warning"], 2),
    ],
    ids=[
        "nothing", "too small", "a warning", "an alarm", "chance does as much", "chance seldom does",
        "two tests ask for twice as much", "chance has no say", "alarms come first",
    ],
)  # fmt: skip
def test_a_finding_is_raised_by_its_size_and_its_chance(found: list[Finding], levels: list[str], code: int) -> None:
    told = alarms_of(found, SETTINGS)
    assert [one.level for one in told.raised] == levels
    assert told.exit_code == code


def test_what_a_rule_finds_at_a_level_is_one_alarm_the_largest_first() -> None:
    found = [
        finding(size, 0.0, "feature_shift", name) for size, name in ((0.3, "a"), (0.9, "b"), (0.4, "c"), (0.2, "d"))
    ]
    alarm, warning = alarms_of(found, SETTINGS).raised
    assert (alarm.about, alarm.also, alarm.size, warning.about) == ("b", ("c", "a"), 0.9, "d")
    assert alarm.to_do == SETTINGS.rules.feature_shift.to_do


def test_the_level_of_a_test_is_the_rate_over_the_tests() -> None:
    told: Any = alarms_of([finding(0.0, 1.0)] * 100 + [finding(0.0, None, "set_aside")], SETTINGS)
    assert (told.tests, told.chance_asked) == (100, pytest.approx(0.0005))
