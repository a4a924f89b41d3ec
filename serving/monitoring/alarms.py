"""Alarms: findings that are large enough to matter and too unlikely to be chance, with what to do about each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from serving.monitoring.finding import Finding
from serving.monitoring.settings import MonitoringSettings, Rule

Level = Literal["warning", "alarm"]


@dataclass(frozen=True)
class Alarm:
    """Something to look at: what was found (see ``Finding``), how bad it is, and what to do."""

    level: Level
    rule: str
    about: str
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
    """Return which findings are alarms, the larger in times of its threshold the earlier."""
    found = list(findings)
    tests = sum(one.chance is not None for one in found)
    asked = settings.false_alarm_rate / max(tests, 1)
    raised = []
    for one in found:
        rule = settings.rules.named(one.rule)
        level = _level(one.size, rule)
        if level is not None and (one.chance is None or one.chance <= asked):
            told = (one.rule, one.about, one.size, one.chance, one.evidence)
            raised.append(
                (level != "alarm", -one.size / (rule.warning or rule.alarm or 1), Alarm(level, *told, rule.to_do))
            )
    return Alarms(tuple(alarm for *_, alarm in sorted(raised, key=lambda one: one[:2])), tests, asked)


def _level(size: float, rule: Rule) -> Level | None:
    if rule.alarm is not None and size >= rule.alarm:
        return "alarm"
    return "warning" if rule.warning is not None and size >= rule.warning else None
