"""The wire: what ``POST /score`` takes and answers, version 1.

A customer that cannot be read becomes an error in that customer's place; only a body that is no request at
all is refused as a whole.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, WrapValidator

VERSION = "1"

Records = dict[str, list[dict[str, Any]]]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CustomerRequest(_Wire):
    """A customer to decide for: by id from the snapshot, or with their own rows of the seven tables."""

    customer_id: str = Field(min_length=1, strict=True, examples=["C000042"])
    records: Records | None = Field(
        default=None,
        description="rows of the seven raw tables by table name; customer_id may be left out of the rows",
    )


class RejectedCustomer(BaseModel):
    """A customer request that could not be read."""

    model_config = ConfigDict(frozen=True)
    customer_id: str | None
    field: str
    message: str


def _keep_rejected(value: Any, read: Any) -> CustomerRequest | RejectedCustomer:
    try:
        return read(value)
    except ValidationError as error:
        fault = error.errors()[0]
        name = value.get("customer_id") if isinstance(value, dict) else None
        where = ".".join(str(part) for part in fault["loc"]) or "customer"
        return RejectedCustomer(
            customer_id=name if isinstance(name, str) else None,
            field=where,
            message=f"{where}: {fault['msg']}; got {type(fault['input']).__name__}.",
        )


class ScoreRequest(_Wire):
    """The body of ``POST /score``."""

    as_of: AwareDatetime | None = Field(default=None, description="moment of the cut, with its offset; now by default")
    explain: bool = Field(default=True, description="give reasons")
    counterfactual: bool = Field(default=False, description="say what would have changed the tier")
    customers: list[Annotated[CustomerRequest, WrapValidator(_keep_rejected)]] = Field(max_length=10_000)


class WireError(_Wire):
    """Why a customer got no decision."""

    code: Literal["invalid_request", "invalid_records", "unknown_customer"]
    field: str
    message: str


class Window(_Wire):
    """From when until when a reminder may go out, in the customer's own time."""

    earliest: datetime
    latest: datetime


class WireShare(_Wire):
    """What one feature adds to the log-odds; ``value`` is null where it is missing."""

    feature: str
    value: float | None
    contribution: float


class WireReason(_Wire):
    """A reason for the probability, as configs/reasons.yaml names it; features that say the same are one.

    ``contribution`` is in log-odds, above 0 raises the probability, and is the sum of those of ``features``;
    ``feature`` carries it most and ``value`` is its value; ``words`` in en and zh.
    """

    reason: str
    contribution: float
    words: dict[Literal["en", "zh"], str]
    feature: str
    value: float | None
    features: list[WireShare]


class WireOutcome(_Wire):
    """Where acts of the customer, done together, lead; words in en and zh."""

    acts: list[str]
    default_probability: float
    tier: str
    words: dict[Literal["en", "zh"], str]


class WouldChange(_Wire):
    """What would have changed the tier.

    ``better`` is the smallest combination of acts that leads to a better tier, null where none does; ``alone``
    says where each act leads that lowers the probability; ``words``, in en and zh, say the answer.
    """

    better: WireOutcome | None
    alone: list[WireOutcome]
    words: dict[Literal["en", "zh"], str]


class WireEffect(_Wire):
    """Change in the probability of payment within 7 days against no reminder, with a 95 % interval."""

    effect: float
    low: float
    high: float


class Candidate(_Wire):
    """An action that could be taken; ``expected_value`` is in the book's currency.

    ``capacity_price``, in the same, is what the capacity it takes is worth to the rest of the book, 0 where
    nothing is bounded; an action is chosen by expected value less capacity price.
    """

    action: str
    expected_effect: WireEffect
    expected_value: float
    capacity_price: float


class WireSmsLength(_Wire):
    """How long a text message is: the alphabet it travels in, characters, the places they take, and segments."""

    encoding: Literal["GSM-7", "UCS-2"]
    characters: int
    units: int
    segments: int


class WireInstalment(_Wire):
    """An instalment as the app shows it; amounts are decimal numbers in text."""

    instalment_no: int
    due_date: date
    amount_due: str
    amount_open: str
    days_late: int


class WireAccount(_Wire):
    """A loan as the app shows it: what falls due next (null: nothing in view), the plan to come, and the past."""

    next_due: WireInstalment | None
    repayment_plan: list[WireInstalment]
    history: list[WireInstalment]


class WirePayload(_Wire):
    """What a push message carries for the app; ``link`` opens the instalment."""

    link: str
    instalment_no: int
    due_date: date
    amount_open: str
    account: WireAccount | None


class WireMessage(_Wire):
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


class Recommendation(Candidate):
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


class Blocked(_Wire):
    """An action that was not allowed, by which rule, and from when it would be (null: not while things stay so)."""

    action: str
    rule_id: str
    citation: str
    until: datetime | None = None


class Due(_Wire):
    """The instalment the decision is about; days past due are negative before the due date."""

    loan_id: str
    instalment_no: int
    due_date: date
    amount_open: float
    days_past_due: int
    stage: str


class Versions(_Wire):
    """What decided; ``reasons`` ends in ``draft`` where nobody approved the texts; ``prices`` null: none charged."""

    contract: str
    model: str
    policy: str
    rules: str
    reasons: str
    messages: str
    prices: str | None


class CustomerDecision(_Wire):
    """A decision for one customer; ``would_change`` is null when it was not asked for."""

    customer_id: str
    decision_id: str
    default_probability: float
    tier: str
    stance: str
    instalment: Due | None
    reasons: list[WireReason]
    would_change: WouldChange | None
    recommendation: Recommendation
    alternatives: list[Candidate]
    blocked: list[Blocked]
    versions: Versions


class CustomerError(_Wire):
    """An error in a customer's place."""

    customer_id: str | None
    error: WireError


class ScoreResponse(_Wire):
    """The answer of ``POST /score``: one entry a customer, in the order asked."""

    as_of: datetime
    results: list[CustomerDecision | CustomerError]
