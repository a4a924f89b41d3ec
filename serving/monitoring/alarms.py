"""Alarms: findings that are large enough to matter and too unlikely to be chance, with what to do about each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from serving.monitoring.finding import Finding
from serving.monitoring.settings import RULES, MonitoringSettings, Rule

Level = Literal["alarm", "warning"]
LEVELS: tuple[Level, ...] = get_args(Level)


@dataclass(frozen=True)
class Alarm:
    """Something to look at: the largest finding of a rule (see ``Finding``), how bad it is, and what to do.

    ``also`` names what else the rule found at this level, the larger the earlier.
    """

    level: Level
    rule: str
    about: str
    also: tuple[str, ...]
    size: float
    chance: float | None
    evidence: str
    to_do: str


@dataclass(frozen=True)
class Alarms:
    """What was raised, alarms first; ``tests`` were asked whether it is chance, each at the level ``chance_asked``.

    That level is the rate of false alarms of a window over the tests, so that a window in which nothing has changed
    raises anything no more often than the rate, however the tests depend on each other (Bonferroni).
    """

    raised: tuple[Alarm, ...]
    tests: int
    chance_asked: float

    @property
    def exit_code(self) -> int:
        """0 nothing, 1 warnings alone, 2 an alarm."""
        return 2 if any(one.level == "alarm" for one in self.raised) else int(bool(self.raised))


def alarms_of(findings: Iterable[Finding], settings: MonitoringSettings) -> Alarms:
    """Return which findings are alarms, one a rule and level, alarms first, in the order of the rules."""
    found = list(findings)
    tests = sum(one.chance is not None for one in found)
    asked = settings.false_alarm_rate / max(tests, 1)
    likely = [one for one in found if one.chance is None or one.chance <= asked]
    raised = [_raised(level, name, likely, settings.rules.named(name)) for level in LEVELS for name in RULES]
    return Alarms(tuple(alarm for alarm in raised if alarm is not None), tests, asked)


def _raised(level: Level, name: str, likely: list[Finding], rule: Rule) -> Alarm | None:
    """Return what a rule raises at a level; None: nothing."""
    large = [one for one in likely if one.rule == name and _level(one.size, rule) == level]
    if not large:
        return None
    first, *others = sorted(large, key=lambda one: -one.size)
    also = tuple(one.about for one in others)
    return Alarm(level, name, first.about, also, first.size, first.chance, first.evidence, rule.to_do)


def _level(size: float, rule: Rule) -> Level | None:
    if rule.alarm is not None and size >= rule.alarm:
        return "alarm"
    return "warning" if rule.warning is not None and size >= rule.warning else None
