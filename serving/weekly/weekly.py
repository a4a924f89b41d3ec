"""The weekly report's numbers: those of a watch, beside last week's and the plan, and what is drawn from them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from features.book import Book
from serving.desk import Desk
from serving.monitoring.action_value import PolicyWorth
from serving.monitoring.alarms import Alarm
from serving.monitoring.in_service import InService
from serving.monitoring.plain import plain
from serving.monitoring.rivals import LADDER, LADDER_MODELLED
from serving.monitoring.treatment import GroupTreatment, RuleBlock, Voice
from serving.monitoring.watching import Watched
from serving.monitoring.weeks import Week
from serving.policy_settings import PolicySettings
from serving.weekly.advice import Advice, advice_of
from serving.weekly.calls import Calls, calls_of
from serving.weekly.cases import Case, cases_of
from serving.weekly.comparing import Compared, ComparedGroup, compared_groups
from serving.weekly.heard import Heard, heard_of
from serving.weekly.settings import WeeklySettings
from serving.weekly.verdict import Verdict, verdict_of

PER = 100
"""Decisions that the value added is told of."""


@dataclass(frozen=True)
class Added:
    """What was brought above the bank's ladder by ``PER`` decisions, in currency, with a 95 % interval.

    ``modelled``: by the response model alone, since the log does what the ladder does too rarely, as ``refused`` says;
    the interval knows nothing of the model's errors then. ``overlap`` is the share of what the ladder does that the log
    shows, in [0, 1].
    """

    decisions: int
    value: float | None
    low: float | None
    high: float | None
    overlap: float | None
    modelled: bool
    refused: str | None


@dataclass(frozen=True)
class Weekly:
    """All that the report says of the week from ``since`` to ``until``.

    ``week``, ``last`` and ``history`` are the watch's own weeks; ``groups`` compare them, the first being all loans.
    ``blocks``, ``fairness``, ``voices`` and ``alarms`` are the watch's of its longer window, ``window_since`` on;
    ``fairness`` the largest gaps first.
    """

    since: str
    until: str
    window_since: str
    zone: str
    model: str
    decisions: int
    verdict: Verdict
    advice: tuple[Advice, ...]
    groups: tuple[ComparedGroup, ...]
    added: Added
    calls: Calls
    heard: tuple[Heard, ...]
    blocks: tuple[RuleBlock, ...]
    fairness: tuple[GroupTreatment, ...]
    voices: tuple[Voice, ...]
    person_requests: int
    chance_asked: float
    alarms: tuple[Alarm, ...]
    cases: tuple[Case, ...]
    week: Week
    last: Week | None
    history: tuple[Week, ...]

    @property
    def headline(self) -> Mapping[str, Compared]:
        """The measures of all loans."""
        return self.groups[0].measures

    def to_json(self) -> str:
        """Return every number as JSON, derived ones included; what is not known is null."""
        return json.dumps({"format": 1, **plain(self)}, indent=1, ensure_ascii=False, allow_nan=False)


def weekly_of(
    book: Book,
    done: Watched,
    as_of: pd.Timestamp,
    service: InService,
    policy: PolicySettings,
    settings: WeeklySettings,
) -> Weekly:
    """Return the report on the week that ends at ``as_of``, the moment of the watch ``done``."""
    watch, weeks = done.watch, done.watch.weeks
    week, last = weeks[-1], weeks[-2] if len(weeks) > 1 else None
    groups = tuple(compared_groups(week, last, settings))
    verdict = verdict_of(week, last, groups, settings.chance)
    calls, heard = calls_of(book, as_of, week, service.models, policy, settings), heard_of(week, last)
    desk = Desk(service.models, settings=policy, snapshot=book)
    return Weekly(
        since=week.since,
        until=week.until,
        window_since=watch.since,
        zone=watch.zone,
        model=watch.model,
        decisions=watch.volume.decisions,
        verdict=verdict,
        advice=advice_of(verdict, groups, watch.alarms.raised, calls, heard),
        groups=groups,
        added=added_by(watch.policies),
        calls=calls,
        heard=heard,
        blocks=tuple(sorted(watch.treatment.blocks, key=lambda one: -one.blocked)),
        fairness=tuple(sorted(watch.treatment.groups, key=lambda one: -abs(one.gap))),
        voices=watch.treatment.voices,
        person_requests=watch.volume.person_requests,
        chance_asked=watch.alarms.chance_asked,
        alarms=watch.alarms.raised,
        cases=cases_of(book, done.decided, int(as_of.timestamp()), desk),
        week=week,
        last=last,
        history=weeks,
    )


def added_by(policies: Sequence[PolicyWorth]) -> Added:
    """Return what ran brought above the ladder: what the ladder would have brought more, turned round."""
    by_name = {one.policy: one for one in policies}
    measured, modelled = by_name.get(LADDER), by_name.get(LADDER_MODELLED)
    if measured is not None and measured.gain is not None:
        return _turned(measured, False, None)
    if modelled is not None and modelled.gain is not None:
        return _turned(modelled, True, None if measured is None else measured.refused)
    return Added(0 if measured is None else measured.decisions, None, None, None, None, False, None)


def _turned(worth: PolicyWorth, modelled: bool, refused: str | None) -> Added:
    low, high = (None if end is None else -PER * end for end in (worth.high, worth.low))
    value = None if worth.gain is None else -PER * worth.gain
    return Added(worth.decisions, value, low, high, worth.overlap, modelled, refused)
