"""What to do next week, at most three things: what the verdict asks for, the worst alarm, calls, and a cause heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from serving.feedback.causes import UNCLEAR
from serving.monitoring.alarms import Alarm
from serving.weekly.calls import Calls
from serving.weekly.comparing import ComparedGroup
from serving.weekly.heard import Heard
from serving.weekly.verdict import Verdict

Step = Literal["remind earlier", "work arrears", "close the gap", "keep", "no figures", "alarm", "calls", "cause"]

MOST = 3

_NOT_LESSONS = frozenset({"promise", UNCLEAR})
"""Causes that ask for nothing new: they are acted on one by one."""


@dataclass(frozen=True)
class Advice:
    """One thing to do; ``about`` is a product, a rule or a cause, None where it is about nothing in particular."""

    step: Step
    about: str | None


def advice_of(
    verdict: Verdict, groups: Sequence[ComparedGroup], alarms: Sequence[Alarm], calls: Calls, heard: Sequence[Heard]
) -> tuple[Advice, ...]:
    """Return what to do, the most pressing first."""
    return tuple(islice(_steps(verdict, groups, alarms, calls, heard), MOST))


def _steps(
    verdict: Verdict, groups: Sequence[ComparedGroup], alarms: Sequence[Alarm], calls: Calls, heard: Sequence[Heard]
) -> Iterator[Advice]:
    yield _first(verdict, groups)
    yield from (Advice("alarm", one.rule) for one in alarms[:1] if one.level == "alarm")
    if calls.brings:
        yield Advice("calls", None)
    told = [one.cause for one in heard if one.cause not in _NOT_LESSONS and one.told]
    yield from (Advice("cause", one) for one in told)


def _first(verdict: Verdict, groups: Sequence[ComparedGroup]) -> Advice:
    if verdict.direction == "unknown":
        return Advice("no figures", None)
    if verdict.direction == "worse":
        by_product = [one.group for one in verdict.drivers if one.by == "product"]
        about = by_product[0] if by_product else _largest(groups)
        return Advice("work arrears" if verdict.why == "cured" else "remind earlier", about)
    if groups[0].measures["arrears_rate"].keeps_plan is False:
        return Advice("close the gap", _largest(groups))
    return Advice("keep", None)


def _largest(groups: Sequence[ComparedGroup]) -> str | None:
    """Return the product with most loans in arrears."""
    products = [one for one in groups if one.by == "product" and one.overdue_loans]
    return max(products, key=lambda one: one.overdue_loans).group if products else None
