"""What is sent: a message, how long it is, and what the app shows when it is opened."""

from __future__ import annotations

from datetime import date
from typing import Literal

from serving.contract.wire import Wire


class WireSmsLength(Wire, frozen=True):
    """How long a text message is: the alphabet it travels in, characters, the places they take, and segments."""

    encoding: Literal["GSM-7", "UCS-2"]
    characters: int
    units: int
    segments: int


class WireInstalment(Wire, frozen=True):
    """An instalment as the app shows it; amounts are decimal numbers in text."""

    instalment_no: int
    due_date: date
    amount_due: str
    amount_open: str
    days_late: int


class WireAccount(Wire, frozen=True):
    """A loan as the app shows it: what falls due next (null: nothing in view), the plan to come, and the past."""

    next_due: WireInstalment | None
    repayment_plan: list[WireInstalment]
    history: list[WireInstalment]


class WirePayload(Wire, frozen=True):
    """What a push message carries for the app; ``link`` opens the instalment."""

    link: str
    instalment_no: int
    due_date: date
    amount_open: str
    account: WireAccount | None


class WireMessage(Wire, frozen=True):
    """What is sent, or for a call what the agent reads, and which versions of which templates made it.

    ``title`` of a push message or subject of an email; ``length`` of a text message; ``payload`` of a push message;
    each null elsewhere.
    """

    channel: str
    language: Literal["en", "zh"]
    title: str | None
    body: str
    length: WireSmsLength | None
    payload: WirePayload | None
    templates: list[str]
