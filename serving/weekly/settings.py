"""configs/weekly.yaml: the plan a week is held against, and the lessons of what customers answered."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from serving.feedback.causes import CAUSES, UNCLEAR
from serving.monitoring.settings import RULES
from serving.reason_settings import Text
from serving.settings import CONFIGS, STRICT, read_settings

Share = Annotated[float, Field(gt=0, lt=1)]
Whole = Annotated[int, Field(ge=1)]

BY = ("tier", "product", "channel")
"""By what the loans of a week are told apart."""


@dataclass(frozen=True, config=STRICT)
class Plan:
    """What a week is to reach; None: there is no plan. Money in the book's currency."""

    arrears_rate: Share | None = None
    cure_rate: Share | None = None
    recovered: Annotated[float, Field(gt=0)] | None = None


NO_PLAN = Plan()


@dataclass(frozen=True, config=STRICT)
class RuleWords:
    """What a rule of monitoring is called, and what to do when it raises something."""

    name: Text
    to_do: Text


@dataclass(frozen=True, config=STRICT)
class WeeklySettings:
    """What the weekly report holds the week against; each setting is explained in configs/weekly.yaml."""

    plan: Plan
    groups: Mapping[str, Mapping[str, Plan]]
    chance: Share
    calls_a_day: Whole | None
    more_calls: Whole
    most_shown: Whole
    lessons: Mapping[str, Text]
    rules: Mapping[str, RuleWords]

    def __post_init__(self) -> None:
        strangers = sorted(set(self.groups) - set(BY))
        if strangers:
            raise ValueError(f"groups.{strangers[0]} is not among {', '.join(BY)}")
        _whole("lessons", self.lessons, (*CAUSES, UNCLEAR))
        _whole("rules", self.rules, RULES)

    def plan_of(self, by: str, group: str) -> Plan:
        """Return the plan of a group; that of all loans is the bank's."""
        return self.groups.get(by, {}).get(group, NO_PLAN) if by in BY else self.plan


def read_weekly(file: str | Path = CONFIGS / "weekly.yaml") -> WeeklySettings:
    """Read the settings of the weekly report; PolicyError as of ``read_settings``."""
    return read_settings(WeeklySettings, file)


def _whole(key: str, told: Mapping[str, object], names: tuple[str, ...]) -> None:
    if set(told) != set(names):
        odd = sorted(set(told) ^ set(names))
        raise ValueError(f"{key} must hold exactly {', '.join(names)}; {odd[0]} is missing or unknown")
