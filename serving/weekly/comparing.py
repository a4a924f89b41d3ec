"""A number of the week beside last week's and the plan's, and which of the two is better."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Literal

from serving.monitoring.finding import chance_of_gap, chance_of_shares
from serving.monitoring.weeks import GroupWeek, Week
from serving.weekly.settings import WeeklySettings

Measure = Literal["arrears_rate", "cure_rate", "recovered"]
MEASURES: tuple[Measure, ...] = ("arrears_rate", "cure_rate", "recovered")

_SAME_LOANS = ("all", "product")
"""Groups in which a loan stays from week to week."""

_LESS_IS_BETTER = frozenset({"arrears_rate"})


@dataclass(frozen=True)
class Compared:
    """A measure now, a week before and by the plan, in its own unit; None where it is not known or not planned.

    ``chance``: how often weeks in which nothing changes differ as much; None: it has no say.
    """

    measure: Measure
    now: float | None
    last: float | None
    plan: float | None
    chance: float | None

    @property
    def change(self) -> float | None:
        """How much more than last week."""
        return None if self.now is None or self.last is None else self.now - self.last

    @property
    def to_plan(self) -> float | None:
        """How much more than the plan."""
        return None if self.now is None or self.plan is None else self.now - self.plan

    @property
    def keeps_plan(self) -> bool | None:
        """Whether it is at least as good as the plan."""
        return None if self.to_plan is None else self.is_good(self.to_plan)

    def is_good(self, change: float) -> bool:
        """Tell whether a change is none or for the better."""
        return change <= 0 if self.measure in _LESS_IS_BETTER else change >= 0


@dataclass(frozen=True)
class ComparedGroup:
    """A group's loans in the week, and each measure of them compared."""

    by: str
    group: str
    loans: int
    overdue_loans: int
    overdue: float | None
    overdue_before: int
    measures: Mapping[str, Compared]

    @property
    def change_of_overdue_loans(self) -> int:
        """How many more of the loans are overdue than were at the week's beginning."""
        return self.overdue_loans - self.overdue_before


def compared_groups(week: Week, last: Week | None, settings: WeeklySettings) -> Iterator[ComparedGroup]:
    """Yield all loans and each group, in the week's order."""
    before = {} if last is None else {(one.by, one.group): one for one in last.groups}
    for one in week.groups:
        yield _compared(one, before.get((one.by, one.group)), settings)


def _compared(now: GroupWeek, last: GroupWeek | None, settings: WeeklySettings) -> ComparedGroup:
    plan = settings.plan_of(now.by, now.group)
    chances = {"arrears_rate": _chance_moved(now, last), "cure_rate": _chance_cured(now, last)}
    measures: dict[str, Compared] = {}
    for name in MEASURES:
        before = None if last is None else _value(last, name)
        measures[name] = Compared(name, _value(now, name), before, getattr(plan, name), chances.get(name))
    return ComparedGroup(now.by, now.group, now.loans, now.overdue_loans, now.overdue, now.overdue_before, measures)


def _value(group: GroupWeek, measure: Measure) -> float | None:
    if measure == "recovered" and not group.overdue_before:
        return None
    value: float | None = getattr(group, measure)
    return value


def _chance_moved(now: GroupWeek, last: GroupWeek | None) -> float | None:
    """Return the chance of a change of the loans in arrears: by what moved, where the same loans are in a group."""
    if now.by in _SAME_LOANS:
        return chance_of_gap(now.fell - now.cured, sqrt(now.fell + now.cured))
    if last is None:
        return None
    return chance_of_shares(now.overdue_loans, now.loans, last.overdue_loans, last.loans)


def _chance_cured(now: GroupWeek, last: GroupWeek | None) -> float | None:
    if last is None:
        return None
    return chance_of_shares(now.cured, now.overdue_before, last.cured, last.overdue_before)
