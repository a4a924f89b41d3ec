"""The rules in force for a policy: the pack's and the bank's contact hours, as the numbers that compiled code reads.

A decision names a rule by its code, the place in ``reasons``; the first few are the policy's own limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from features.ledger.replies import CAUSES
from features.tables.schema import CHANNELS, STOP_FLAGS
from serving.feedback.causes import CAUSES as TOLD_CAUSES
from serving.rules.kinds import (
    Care,
    Consent,
    Frequency,
    Hours,
    Medium,
    Notice,
    OptOut,
    Pause,
    Retention,
    Review,
    Rule,
    Stop,
    ThirdParties,
    minutes_of,
)
from serving.rules.pack import Pack

if TYPE_CHECKING:
    from serving.policy_settings import ContactHours

Ints = npt.NDArray[np.int64]

CONTACT_HOURS = "contact_hours"
_EPOCH = date(1970, 1, 1).toordinal()
_COUNTED = ("attempts", "unanswered", "conversations")


@dataclass(frozen=True)
class Reason:
    """One reason for which an action may be blocked: the rule's id and where it comes from."""

    id: str
    citation: str


ALLOWED = 0
OWN_LIMITS = (
    Reason("allowed", ""),
    Reason("nothing_due", "policy: no instalment is open within the schedule in view"),
    Reason("ladder", "configs/policy.yaml: ladder, by stage and tier"),
    Reason("stance", "configs/policy.yaml: stance_limits"),
    Reason("no_evidence", "the response model has not seen this action; `duewise train` on a log that holds it"),
    Reason("programme", "configs/policy.yaml: programmes, channels and offers"),
    Reason("offer", "configs/policy.yaml: offers, by stance"),
    Reason("plan_first", "configs/policy.yaml: plan_first, a plan is offered before pressure"),
    Reason("plan_kept", "configs/policy.yaml: plan_first.broken_after, a signed plan is kept"),
    Reason("firm_with", "configs/policy.yaml: firm_with, by stance and days past due"),
    *(Reason(f"told_{cause}", f"configs/feedback.yaml: consequences.{cause}") for cause in TOLD_CAUSES),
)
NOTHING_DUE, LADDER, STANCE, NO_EVIDENCE, PROGRAMME, OFFER, PLAN_FIRST, PLAN_KEPT, FIRM_WITH, TOLD = range(1, 11)
"""Codes of the policy's own limits; from ``TOLD`` on a cause told in a reply, in their order."""

LAWS = len(OWN_LIMITS)
"""The first code of a contact rule."""


class Kind(IntEnum):
    """What a row of the table is checked against."""

    HOURS = 0
    FREQUENCY = 1
    CONSENT = 2
    OPT_OUT = 3
    STOP = 4
    CARE = 5


class Figure(IntEnum):
    """The columns of the table of rules; times of the clock are in seconds, choices in bits of their number."""

    KIND = 0
    EFFECTIVE = 1
    BEFORE_DUE = 2
    OVERDUE = 3
    MEDIA = 4
    OPENS = 5
    CLOSES = 6
    WAIVED_AT_NIGHT = 7
    COUNTED = 8
    MOST = 9
    DAYS = 10
    PER_DEBT = 11
    FLAGS = 12
    CAUSES = 13
    EVERYWHERE = 14
    STRENGTH = 15
    ITSELF = 16
    """Whether a contact breaks the rule only by being one of those it counts."""


ATTEMPTS, UNANSWERED, CONVERSATIONS = range(len(_COUNTED))


@dataclass(frozen=True)
class RuleBook:
    """The rules of a pack by id, the bank's contact hours after them."""

    version: str
    zones: tuple[str, ...]
    rules: Mapping[str, Rule]

    @classmethod
    def of(cls, pack: Pack, hours: ContactHours | None) -> RuleBook:
        """Return the rules of a pack and of a policy; None: of the pack alone."""
        rules = dict(pack.rules)
        if hours is not None:
            rules[CONTACT_HOURS] = Hours(
                kind="hours",
                opens=f"{hours.from_hour:02d}:00",
                closes=f"{hours.until_hour:02d}:00",
                citation="configs/policy.yaml: contact_hours",
                status="bank",
                effective=date.min,
            )
        book = cls(pack.version, pack.zones, rules)
        opens, closes = book.span(date.max, True)
        if opens >= closes:
            raise ValueError(f"contact_hours leave no minute that {pack.jurisdiction}'s rules allow")
        return book

    @cached_property
    def blocking(self) -> dict[str, Rule]:
        """The rules that may block an action, by id in the order of their codes."""
        return {name: rule for name, rule in self.rules.items() if _row(rule) is not None}

    @cached_property
    def reasons(self) -> tuple[Reason, ...]:
        """Return what each code stands for."""
        return (*OWN_LIMITS, *(Reason(name, rule.citation) for name, rule in self.blocking.items()))

    @cached_property
    def table(self) -> Ints:
        """Return the figures of the blocking rules, (rules, columns of ``Figure``)."""
        rows = [_row(rule) for rule in self.blocking.values()]
        out = np.zeros((len(rows), len(Figure)), np.int64)
        for k, row in enumerate(rows):
            for column, figure in (row or {}).items():
                out[k, column] = figure
        return out

    def span(self, day: date, overdue: bool) -> tuple[int, int]:
        """Return from and until which minute of a day all rules of hours allow contact by any medium."""
        opens, closes = 0, 24 * 60
        for rule in self.rules.values():
            if isinstance(rule, Hours) and binds(rule, day, overdue):
                opens, closes = max(opens, minutes_of(rule.opens)), min(closes, minutes_of(rule.closes))
        return opens, closes

    def requirements(self, medium: Medium, overdue: bool, day: date) -> dict[str, Notice]:
        """Return, by id, the notices that a message by ``medium`` must carry on a day."""
        return {
            name: rule
            for name, rule in self.rules.items()
            if isinstance(rule, Notice) and medium in rule.media and binds(rule, day, overdue)
        }

    @property
    def years_kept(self) -> int:
        """How many years records of contacts are kept at least, 0 where no rule says."""
        return max((rule.years for rule in self.rules.values() if isinstance(rule, Retention)), default=0)

    @property
    def third_parties(self) -> dict[str, ThirdParties]:
        """The rules on whom but the customer may be contacted, by id."""
        return {name: rule for name, rule in self.rules.items() if isinstance(rule, ThirdParties)}

    def reviews(self, days: Ints) -> npt.NDArray[np.bool_]:
        """Tell on which days (since 1970) a person decides where the customer asked for one."""
        first = [day_number(rule.effective) for rule in self.rules.values() if isinstance(rule, Review)]
        return days >= min(first, default=np.iinfo(np.int64).max)


def binds(rule: Rule, day: date, overdue: bool) -> bool:
    """Tell whether a rule binds on a day of the customer's calendar."""
    return rule.effective <= day and ("overdue" if overdue else "before_due") in rule.stages


def day_number(day: date) -> int:
    """Return the days from 1970 to a day."""
    return day.toordinal() - _EPOCH


def _row(rule: Rule) -> dict[int, int] | None:
    """Return the figures of a rule that blocks, None for one that asks something else."""
    own = _figures(rule)
    if own is None:
        return None
    common = {
        Figure.EFFECTIVE: day_number(rule.effective),
        Figure.BEFORE_DUE: "before_due" in rule.stages,
        Figure.OVERDUE: "overdue" in rule.stages,
        Figure.MEDIA: _bits(CHANNELS, rule.media),  # type: ignore[attr-defined]
    }
    return {int(column): int(figure) for column, figure in (*common.items(), *own)}


def _figures(rule: Rule) -> list[tuple[int, int]] | None:
    match rule:
        case Hours():
            return list(_hours(rule))
        case Frequency():
            return list(_frequency(_COUNTED.index(rule.counted), rule.most, rule.days, rule.per, itself=True))
        case Pause():
            return list(_frequency(CONVERSATIONS, 1, rule.days, rule.per, itself=False))
        case Consent():
            return [(Figure.KIND, Kind.CONSENT)]
        case OptOut():
            causes = _bits(CAUSES, rule.causes)
            return [(Figure.KIND, Kind.OPT_OUT), (Figure.CAUSES, causes), (Figure.EVERYWHERE, rule.everywhere)]
        case Stop():
            return [(Figure.KIND, Kind.STOP), (Figure.FLAGS, _bits(STOP_FLAGS, rule.flags))]
        case Care():
            return [(Figure.KIND, Kind.CARE), (Figure.STRENGTH, rule.strength)]
    return None


def _hours(rule: Hours) -> Iterator[tuple[int, int]]:
    yield Figure.KIND, Kind.HOURS
    yield Figure.OPENS, 60 * minutes_of(rule.opens)
    yield Figure.CLOSES, 60 * minutes_of(rule.closes)
    yield Figure.WAIVED_AT_NIGHT, rule.unless_night_consent


def _frequency(counted: int, most: int, days: int, per: str, itself: bool) -> Iterator[tuple[int, int]]:
    yield Figure.KIND, Kind.FREQUENCY
    yield Figure.COUNTED, counted
    yield Figure.MOST, most
    yield Figure.DAYS, days
    yield Figure.PER_DEBT, per == "debt"
    yield Figure.ITSELF, itself


def _bits(names: tuple[str, ...], chosen: tuple[str, ...]) -> int:
    return sum(1 << names.index(name) for name in chosen)
