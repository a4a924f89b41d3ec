"""configs/monitoring.yaml: how large a change must be to be told, and what to do then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from serving.settings import CONFIGS, STRICT, read_settings

Share = Annotated[float, Field(gt=0, lt=1)]
Whole = Annotated[int, Field(ge=1)]


DECISIONS = "decisions"
FEEDS = ("loans", "instalments", "payments", "incomes", "credit", "reminders")
"""The tables that are watched; besides, the journal's decisions."""


@dataclass(frozen=True, config=STRICT)
class Rule:
    """From which size on a finding is a warning and from which an alarm (null: never), and what to do then."""

    warning: Annotated[float, Field(gt=0)] | None
    alarm: Annotated[float, Field(gt=0)] | None
    to_do: str

    def __post_init__(self) -> None:
        if self.warning is not None and self.alarm is not None and self.warning > self.alarm:
            raise ValueError(f"warning must be at most alarm, {self.alarm}, got {self.warning}")


@dataclass(frozen=True, config=STRICT)
class Rules:
    """Every rule; what its size is stands in configs/monitoring.yaml."""

    score_shift: Rule
    feature_shift: Rule
    category_shift: Rule
    new_category: Rule
    missing_values: Rule
    broken_unit: Rule
    stale_feed: Rule
    thin_feed: Rule
    set_aside: Rule
    label_shift: Rule
    tier_calibration: Rule
    ranking: Rule
    action_value: Rule
    treatment_gap: Rule
    rule_blocks: Rule
    opt_outs: Rule
    complaints: Rule
    arrears: Rule

    def named(self, name: str) -> Rule:
        """Return a rule by its name."""
        rule: Rule = getattr(self, name)
        return rule


RULES: tuple[str, ...] = tuple(field.name for field in fields(Rules))
"""The name of every rule."""


@dataclass(frozen=True, config=STRICT)
class MonitoringSettings:
    """What is watched; each setting is explained in configs/monitoring.yaml."""

    window_days: Whole
    history_days: Whole
    false_alarm_rate: Share
    delay_days: Annotated[int, Field(ge=0)]
    zone: str | None
    most_customers: Whole
    most_shown: Whole
    most_columns: Whole
    most_valued: Whole
    feeds: Mapping[str, Annotated[float, Field(gt=0)] | None]
    rules: Rules

    def __post_init__(self) -> None:
        if self.history_days < 2 * self.window_days:
            raise ValueError(
                f"history_days must be at least two windows, {2 * self.window_days}, got {self.history_days}"
            )
        legal = (*FEEDS, DECISIONS)
        strangers = sorted(set(self.feeds) - set(legal))
        if strangers:
            raise ValueError(f"feeds.{strangers[0]} is not among {', '.join(legal)}")


def read_monitoring(file: str | Path = CONFIGS / "monitoring.yaml") -> MonitoringSettings:
    """Read the settings of monitoring; PolicyError as of ``read_settings``."""
    return read_settings(MonitoringSettings, file)
