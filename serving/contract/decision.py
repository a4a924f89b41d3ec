"""What ``POST /score`` answers: a decision a customer, or an error in the customer's place."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from serving.contract.message import WireMessage
from serving.contract.reasons import WireReason, WouldChange
from serving.contract.situation import WireEscalation, WireExplanation, WirePlan, WireSignal
from serving.contract.wire import Wire

Fault = Literal["invalid_request", "invalid_records", "unknown_customer"]


class WireError(Wire, frozen=True):
    """Why a customer got no decision."""

    code: Fault
    field: str
    message: str


class Window(Wire, frozen=True):
    """From when until when a reminder may go out, in the customer's own time."""

    earliest: datetime
    latest: datetime


class WireEffect(Wire, frozen=True):
    """Change in the probability of payment within 7 days against no reminder, with a 95 % interval."""

    effect: float
    low: float
    high: float


class Candidate(Wire, frozen=True):
    """An action that could be taken; ``expected_value`` is in the book's currency.

    ``capacity_price``, in the same, is what the capacity it takes is worth to the rest of the book, 0 where
    nothing is bounded; an action is chosen by expected value less capacity price.
    """

    action: str
    expected_effect: WireEffect
    expected_value: float
    capacity_price: float


class Recommendation(Candidate, frozen=True):
    """The action taken and how it came about; channel and intensity are null for ``none``.

    ``message`` is the body of ``content``.

    ``send_at`` is the part of the day chosen, its name being ``daypart``; null, and ``send_at`` all of the lawful
    hours, where none is known to be better. ``daypart_adds`` is what of the expected effect the choice of the part
    adds to hours drawn evenly.
    """

    channel: str | None
    intensity: str | None
    offer: str | None
    send_at: Window | None
    daypart: str | None
    daypart_adds: float
    message: str | None
    content: WireMessage | None
    propensity: float
    requires_human: bool


class Blocked(Wire, frozen=True):
    """An action that was not allowed, by which rule, and from when it would be (null: not while things stay so)."""

    action: str
    rule_id: str
    citation: str
    until: datetime | None = None


class Due(Wire, frozen=True):
    """The instalment the decision is about; days past due are negative before the due date."""

    loan_id: str
    instalment_no: int
    due_date: date
    amount_open: float
    days_past_due: int
    stage: str


class Versions(Wire, frozen=True):
    """What decided; ``reasons`` ends in ``draft`` where nobody approved the texts; ``prices`` null: none charged.

    ``settings`` is the digest of all settings together, under which the journal keeps them; null: they are not kept.
    """

    contract: str
    model: str
    policy: str
    rules: str
    reasons: str
    messages: str
    prices: str | None
    plans: str
    explanations: str
    settings: str | None = None


class CustomerDecision(Wire, frozen=True):
    """A decision for one customer.

    ``would_change`` and ``explanation`` are null when they were not asked for. ``causes`` are those that the
    customer's replies told and that hold; ``plan`` is there where one is offered or money is short, ``escalation``
    where a step of a person's is recommended.
    """

    customer_id: str
    decision_id: str
    default_probability: float
    tier: str
    stance: str
    evidence: list[WireSignal]
    causes: list[str]
    programme: str
    instalment: Due | None
    reasons: list[WireReason]
    would_change: WouldChange | None
    recommendation: Recommendation
    alternatives: list[Candidate]
    blocked: list[Blocked]
    plan: WirePlan | None
    escalation: WireEscalation | None
    explanation: WireExplanation | None
    versions: Versions


class CustomerError(Wire, frozen=True):
    """An error in a customer's place."""

    customer_id: str | None
    error: WireError


type Result = CustomerDecision | CustomerError


class ScoreResponse(Wire, frozen=True):
    """The answer of ``POST /score``: one entry a customer, in the order asked; a decision or an error."""

    as_of: datetime
    results: list[Any]
