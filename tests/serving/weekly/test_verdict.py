"""Better, worse or as before: by what moved, and only where chance makes as much less often."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from serving.monitoring.action_value import PolicyWorth
from serving.monitoring.alarms import Alarm
from serving.monitoring.rivals import LADDER, LADDER_MODELLED
from serving.monitoring.weeks import GroupWeek, Week
from serving.weekly.advice import Advice, advice_of
from serving.weekly.calls import Calls
from serving.weekly.cases import rounded
from serving.weekly.comparing import Compared, compared_groups
from serving.weekly.heard import heard_of
from serving.weekly.settings import read_weekly
from serving.weekly.verdict import verdict_of
from serving.weekly.weekly import added_by

SETTINGS = read_weekly()
NO_CALLS = Calls(0, None, None, 10, None, None, None, None)


def group(before: int, cured: int, fell: int, by: str = "all", name: str = "all", loans: int = 1_000) -> GroupWeek:
    return GroupWeek(by, name, loans, before - cured + fell, 1.0, before, cured, fell, 2.0 * cured)


def week(*groups: GroupWeek, **told: Any) -> Week:
    empty = Week("2025-01-01", "2025-01-08", groups, 0, 0, 0, 0.0, {}, {}, 0, {})
    return replace(empty, **told)


@pytest.mark.parametrize(
    ("last", "now", "direction", "by", "why"),
    [
        (group(200, 60, 62), group(202, 60, 61), "as before", "arrears_rate", "balance"),
        (group(200, 60, 62), group(202, 60, 110), "worse", "arrears_rate", "fell"),
        (group(200, 90, 92), group(202, 40, 92), "worse", "arrears_rate", "cured"),
        (group(200, 60, 62), group(202, 60, 20), "better", "arrears_rate", "fell"),
        (group(200, 40, 42), group(202, 90, 42), "better", "arrears_rate", "cured"),
        (group(200, 60, 120), group(260, 60, 118), "worse", "arrears_rate", "balance"),
        (group(600, 60, 70), group(610, 100, 98), "better", "cure_rate", "cured"),
        (group(600, 100, 70), group(570, 60, 62), "worse", "cure_rate", "cured"),
        (group(0, 0, 0, loans=0), group(0, 0, 0, loans=0), "unknown", "arrears_rate", "nothing"),
        (group(0, 0, 0), group(0, 0, 0), "unknown", "arrears_rate", "nothing"),
    ],
    ids=[
        "nothing moved", "more fell", "fewer cured", "fewer fell", "more cured", "still rising", "cured more often",
        "cured less often", "no loans", "no arrears",
    ],
)  # fmt: skip
def test_a_week_is_told_by_what_moved(last: Any, now: Any, direction: str, by: str, why: str) -> None:
    before, this = week(last), week(now)
    told = verdict_of(this, before, tuple(compared_groups(this, before, SETTINGS)), SETTINGS.chance)
    assert (told.direction, told.by, told.why) == (direction, by, why)


def test_without_a_week_before_it_is_told_by_what_moved_alone() -> None:
    this = week(group(202, 60, 110))
    told = verdict_of(this, None, tuple(compared_groups(this, None, SETTINGS)), SETTINGS.chance)
    assert (told.direction, told.why, told.fell_last) == ("worse", "balance", None)


def test_the_group_that_changed_most_the_same_way_is_named() -> None:
    groups = (
        group(202, 60, 110),
        group(20, 10, 50, "product", "credit_card"),
        group(90, 10, 60, "product", "mortgage"),
        group(92, 40, 0, "product", "auto"),
    )
    this, before = week(*groups), week(group(200, 60, 62))
    told = verdict_of(this, before, tuple(compared_groups(this, before, SETTINGS)), SETTINGS.chance)
    assert [(one.group, one.change) for one in told.drivers] == [("mortgage", 50)]


@pytest.mark.parametrize(
    ("compared", "keeps", "good"),
    [
        (Compared("arrears_rate", 0.10, 0.12, 0.15, None), True, True),
        (Compared("arrears_rate", 0.16, 0.12, 0.15, None), False, False),
        (Compared("cure_rate", 0.30, 0.25, 0.40, None), False, True),
        (Compared("recovered", 10.0, 20.0, 5.0, None), True, False),
        (Compared("cure_rate", None, 0.25, 0.40, None), None, None),
        (Compared("cure_rate", 0.30, None, None, None), None, None),
    ],
)
def test_less_arrears_and_more_of_all_else_is_better(compared: Compared, keeps: Any, good: Any) -> None:
    assert compared.keeps_plan is keeps
    assert (None if compared.change is None else compared.is_good(compared.change)) is good


def alarm(level: Any) -> Alarm:
    return Alarm(level, "arrears", "2025-01", (), 3.0, None, "told", "do")


def test_what_to_do_begins_with_the_verdict_and_has_at_most_three_steps() -> None:
    mortgage = group(90, 10, 60, "product", "mortgage")
    this, before = (
        week(group(202, 60, 110), mortgage, replies=9, causes={"promise": 5, "forgot": 4}),
        week(group(200, 60, 62)),
    )
    groups = tuple(compared_groups(this, before, SETTINGS))
    verdict = verdict_of(this, before, groups, SETTINGS.chance)
    calls, heard = replace(NO_CALLS, brings=5.0), heard_of(this, before)
    steps = advice_of(verdict, groups, [alarm("alarm")], calls, heard)
    assert steps == (Advice("remind earlier", "mortgage"), Advice("alarm", "arrears"), Advice("calls", None))
    steps = advice_of(verdict, groups, [alarm("warning")], NO_CALLS, heard)
    assert steps == (Advice("remind earlier", "mortgage"), Advice("cause", "forgot"))


@pytest.mark.parametrize(("loans", "step"), [(1_000, "close the gap"), (5_000, "keep")], ids=["behind", "on plan"])
def test_a_week_as_before_asks_for_the_plan(loans: int, step: str) -> None:
    this = week(group(200, 60, 61, loans=loans), group(200, 60, 61, "product", "auto", loans))
    groups = tuple(compared_groups(this, this, SETTINGS))
    (first, *_) = advice_of(verdict_of(this, this, groups, 0.05), groups, [], NO_CALLS, [])
    assert first == Advice(step, "auto" if step == "close the gap" else None)  # type: ignore[arg-type]


def worth(name: str, gain: float | None, refused: str | None = None) -> PolicyWorth:
    if gain is None:
        return PolicyWorth(name, 9, None, None, None, None, None, None, refused)
    return PolicyWorth(name, 9, 1.0, gain, gain - 1, gain + 2, 9.0, 1.0, None)


def test_the_value_added_is_the_ladders_gain_turned_round() -> None:
    told = added_by([worth(LADDER, -3.0), worth(LADDER_MODELLED, -4.0)])
    assert (told.value, told.low, told.high, told.modelled) == (300.0, 100.0, 400.0, False)
    told = added_by([worth(LADDER, None, "thin"), worth(LADDER_MODELLED, -4.0)])
    assert (told.value, told.modelled, told.refused) == (400.0, True, "thin")
    assert added_by([]).value is None


def test_causes_are_told_beside_last_weeks_the_most_frequent_first() -> None:
    this, before = week(replies=4, causes={"forgot": 1, "dispute": 3}), week(replies=10, causes={"refuses": 5})
    told = heard_of(this, before)
    assert [(one.cause, one.told, one.told_last) for one in told] == [
        ("dispute", 3, 0), ("forgot", 1, 0), ("refuses", 0, 5),
    ]  # fmt: skip
    assert (told[0].share, told[2].share_last) == (0.75, 0.5)
    assert heard_of(week(), None) == ()


@pytest.mark.parametrize(("amount", "told"), [(123_456.0, 120_000.0), (99.6, 100.0), (7.04, 7.0), (-3.0, 0.0)])
def test_amounts_of_a_case_have_two_digits(amount: float, told: float) -> None:
    assert rounded(amount) == told
