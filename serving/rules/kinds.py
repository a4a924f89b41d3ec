"""The kinds of contact rule, each a few figures a bank can read: what configs/rules/*.yaml is made of.

A rule only ever takes something away. Hours and frequencies defer a contact until the minute at which it is lawful
again; consent, opt-outs, stop flags and care forbid it while things stay as they are; the rest is asked of a
message, of a decision or of the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field
from pydantic.dataclasses import dataclass

from features.ledger.replies import CAUSES, OPT_OUT
from features.tables.schema import INTENSITIES
from serving.settings import STRICT

Status = Literal["law", "guideline", "standard", "bank"]
Stage = Literal["before_due", "overdue"]
Medium = Literal["sms", "push", "email", "call", "visit", "letter"]
StopFlag = Literal["dispute", "hardship", "plan_signed", "deceased", "bankruptcy", "legal"]
Counted = Literal["attempts", "unanswered", "conversations"]
Per = Literal["customer", "debt"]

STAGES: tuple[Stage, ...] = get_args(Stage)
MEDIA: tuple[Medium, ...] = get_args(Medium)
ELECTRONIC: tuple[Medium, ...] = ("sms", "push", "email")
_NOTICES = {"opt_out": "how to opt out", "sender": "who writes", "explanation": "how to ask for an explanation"}

LONGEST = 30
"""The most days over which contacts are counted."""


def minutes_of(clock: str) -> int:
    """Return the minutes since midnight that a clock shows.

    >>> minutes_of("08:30")
    510
    """
    hours, minutes = clock.split(":")
    return 60 * int(hours) + int(minutes)


def _clock(words: str) -> str:
    hours, _, minutes = words.partition(":")
    whole = len(words) == 5 and hours.isdigit() and minutes.isdigit()
    if not whole or int(minutes) > 59 or minutes_of(words) > 24 * 60:
        raise ValueError('expected a time of the clock from "00:00" to "24:00", in quotes')
    return words


def _known(causes: Sequence[str]) -> tuple[str, ...]:
    strangers = [cause for cause in causes if cause not in CAUSES]
    if strangers:
        raise ValueError(f"{strangers[0]!r} is no cause of a reply; expected {', '.join(CAUSES)}")
    return tuple(causes)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _spelt(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _about(per: Per) -> str:
    return "about one debt" if per == "debt" else "with the customer"


Clock = Annotated[str, AfterValidator(_clock)]
Media = Annotated[tuple[Medium, ...], Field(min_length=1)]
Days = Annotated[int, Field(ge=1, le=LONGEST)]


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Rule:
    """What every rule has: where it comes from, since when and in which stages it binds.

    ``effective`` is the first day it binds, of the customer's calendar; ``before_due`` is up to the due date and
    includes it, ``overdue`` after.
    """

    citation: Annotated[str, Field(min_length=1)]
    status: Status
    effective: date
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)] = STAGES


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Hours(Rule):
    """No contact but from ``opens`` until ``closes`` by the customer's clock, in every zone they may be in.

    A consent to be contacted at night waives it where ``unless_night_consent``.
    """

    kind: Literal["hours"]
    opens: Clock
    closes: Clock
    media: Media = MEDIA
    unless_night_consent: bool = False

    def __post_init__(self) -> None:
        if not minutes_of(self.opens) < minutes_of(self.closes):
            raise ValueError(f"opens must be before closes, got {self.opens} and {self.closes}")

    @property
    def says(self) -> str:
        """The rule in words."""
        waived = ", unless the customer agreed to be contacted at night" if self.unless_night_consent else ""
        return f"{_listed(self.media)}: from {self.opens} until {self.closes} of the customer's day{waived}"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Frequency(Rule):
    """At most ``most`` in ``days`` consecutive days of the customer's calendar, today being the last.

    Of ``attempts`` (all contacts by ``media``), of those ``unanswered``, or of ``conversations`` that took place;
    with the customer, or about the one debt.
    """

    kind: Literal["frequency"]
    counted: Counted
    most: Annotated[int, Field(ge=1)]
    days: Days
    per: Per
    media: Media = ("call",)

    @property
    def says(self) -> str:
        """The rule in words.

        >>> Frequency(kind="frequency", counted="attempts", most=7, days=7, per="debt", citation="12 CFR 1006.14(b)(2)",
        ...     status="law", effective=date(2021, 11, 30)).says
        'call: at most 7 attempts in 7 days about one debt'
        """
        return f"{_listed(self.media)}: at most {self.most} {self.counted} in {_spelt(self.days)} {_about(self.per)}"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Pause(Rule):
    """No contact by ``media`` for ``days`` days after a conversation, the day of which is the first."""

    kind: Literal["pause"]
    days: Days
    per: Per
    media: Media = ("call",)

    @property
    def says(self) -> str:
        """The rule in words."""
        return f"{_listed(self.media)}: none for {_spelt(self.days)} after a conversation {_about(self.per)}"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Consent(Rule):
    """No contact by a medium without consent to it, nor after the consent's last day."""

    kind: Literal["consent"]
    media: Annotated[tuple[Literal["sms", "push", "email", "call"], ...], Field(min_length=1)] = (
        "sms",
        "push",
        "email",
        "call",
    )

    @property
    def says(self) -> str:
        """The rule in words."""
        return f"{_listed(self.media)}: none without consent, or after its last day"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class OptOut(Rule):
    """No contact by a medium once a reply to it told of one of ``causes``; by any, where ``everywhere``."""

    kind: Literal["opt_out"]
    causes: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_known)] = (OPT_OUT,)
    everywhere: bool = False
    media: Media = MEDIA

    @property
    def says(self) -> str:
        """The rule in words."""
        where = "any medium" if self.everywhere else "the medium"
        return f"{_listed(self.media)}: none once a reply to {where} told of {_listed(self.causes)}"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Stop(Rule):
    """No contact at all while one of these flags stands with the customer."""

    kind: Literal["stop"]
    flags: Annotated[tuple[StopFlag, ...], Field(min_length=1)]
    media: Media = MEDIA

    @property
    def says(self) -> str:
        """The rule in words."""
        return f"{_listed(self.media)}: none while one of these stands: {_listed(self.flags)}"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Care(Rule):
    """Nothing beyond ``strongest`` for a vulnerable customer; null: nothing at all."""

    kind: Literal["care"]
    strongest: Literal["gentle", "standard"] | None
    media: Media = MEDIA

    @property
    def strength(self) -> int:
        """Return 0 for nothing, 1 for gentle, 2 for standard."""
        return 0 if self.strongest is None else INTENSITIES.index(self.strongest) + 1

    @property
    def says(self) -> str:
        """The rule in words."""
        return f"{_listed(self.media)}: {self.strongest or 'none'} at the most for vulnerable customers"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class ThirdParties(Rule):
    """Nobody but the customer and these is contacted; actions go to the customer alone, so it is audited."""

    kind: Literal["third_parties"]
    recipients: tuple[Literal["co_borrower", "guarantor"], ...] = ()
    media: Media = MEDIA

    @property
    def says(self) -> str:
        """The rule in words."""
        return f"{_listed(self.media)}: to nobody but {_listed(('customer', *self.recipients))}"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Review(Rule):
    """A person decides instead of the machine where the customer asked for one."""

    kind: Literal["review"]

    @property
    def says(self) -> str:
        """The rule in words."""
        return "a person decides where the customer asked for one"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Notice(Rule):
    """Every message by ``media`` must carry a notice: how to opt out, who writes, or how to ask for an explanation."""

    kind: Literal["notice"]
    notice: Literal["opt_out", "sender", "explanation"]
    media: Media = ELECTRONIC

    @property
    def says(self) -> str:
        """The rule in words."""
        return f"{_listed(self.media)}: every message says {_NOTICES[self.notice]}"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class Retention(Rule):
    """Records of contacts are kept for ``years`` or longer."""

    kind: Literal["retention"]
    years: Annotated[int, Field(ge=1)]

    @property
    def says(self) -> str:
        """The rule in words."""
        return f"records are kept {self.years} years or longer"


type AnyRule = Annotated[
    Hours | Frequency | Pause | Consent | OptOut | Stop | Care | ThirdParties | Review | Notice | Retention,
    Field(discriminator="kind"),
]
