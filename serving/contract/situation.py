"""How a customer stands, and what a person may do besides: stance with its evidence, plan, escalation, explanations."""

from __future__ import annotations

from datetime import date
from typing import Literal

from serving.contract.wire import Wire, Words


class WireSignal(Wire, frozen=True):
    """One signal of the stance: what it speaks for, the feature or the reply it was read from, and its words."""

    signal: str
    side: str
    feature: str | None
    value: float | None
    words: Words


class WirePlan(Wire, frozen=True):
    """The repayment plan that fits the income seen; amounts are decimal numbers in text, in the book's currency.

    ``fits`` False: there is none within the longest term; then ``needed`` a month is more than ``affordable``, and
    ``customer`` is null: there is nothing to offer. ``interest`` is what it costs the customer, ``interest_forgone``
    the bank.
    """

    fits: bool
    months: int
    spread: str
    affordable: str
    needed: str
    last: str | None
    first_due: date | None
    last_due: date | None
    annual_rate: float | None
    total: str | None
    interest: str | None
    interest_forgone: str | None
    customer: Words | None
    bank: Words


class WireEscalation(Wire, frozen=True):
    """A step that only a person may take, recommended beside the reminder; ``duewise evidence`` assembles its file."""

    action: Literal["visit", "letter"]
    cost: float
    words: Words
    requires_human: bool = True


class WireExplanation(Wire, frozen=True):
    """Why this risk, and why this action, for staff; what the customer may be told; and how to ask for a person."""

    risk: Words
    action: Words
    customer: Words
    person: Words
