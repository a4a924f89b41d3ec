"""What is posted beside questions: outcomes of decisions, events since the snapshot, and who wants a person."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from serving.contract.decision import CustomerDecision
from serving.contract.moments import require_legal
from serving.contract.wire import Wire

MOST_POSTED = 10_000

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=380)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Outcome(Wire, frozen=True):
    """What happened to a decision; null where it is not told, ``paid`` in the book's currency."""

    outcome_id: Id
    decision_id: Id
    at: Moment
    delivered: bool | None = None
    read: bool | None = None
    conversation: bool | None = None
    reply: bool | None = None
    paid: Annotated[float, msgspec.Meta(ge=0, le=1e12)] | None = None
    promise: bool | None = None

    def __post_init__(self) -> None:
        require_legal("at", self.at)


class OutcomesRequest(Wire, frozen=True):
    """The body of ``POST /outcomes``."""

    outcomes: Annotated[list[Outcome], msgspec.Meta(max_length=MOST_POSTED)]


class EventsRequest(Wire, frozen=True):
    """The body of ``POST /events``: each with event_id, kind, customer_id, row, at; see ``serving.snapshot.Event``."""

    events: Annotated[list[dict[str, Any]], msgspec.Meta(max_length=MOST_POSTED)]


class PersonRequest(Wire, frozen=True):
    """The body of ``POST /person``; ``at`` is by the customer's clock, whose day is the day asked."""

    request_id: Id
    customer_id: Id
    at: Moment
    decision_id: Id | None = None

    def __post_init__(self) -> None:
        require_legal("at", self.at)


class PlanRequest(Wire, frozen=True):
    """The body of ``POST /plan``; ``as_of`` null: now."""

    customer_id: Id
    as_of: Moment | None = None
    weeks: Annotated[int, msgspec.Meta(ge=0, le=26)] = 6

    def __post_init__(self) -> None:
        require_legal("as_of", self.as_of)


class Posted(Wire, frozen=True):
    """What became of something posted; ``repeated``: it was there and nothing was changed; ``message`` says why not."""

    id: str | None
    status: Literal["written", "repeated", "refused"]
    message: str | None = None


class PostedResponse(Wire, frozen=True):
    """The answer to what was posted: one entry each, in the order sent."""

    results: list[Posted]


class PlanStep(Wire, frozen=True):
    """What would be decided on a day of the coming weeks; ``at`` is by the customer's clock."""

    at: datetime
    decision: CustomerDecision


class PlanResponse(Wire, frozen=True):
    """The answer of ``POST /plan``: as if nothing were paid and nobody answered; it is not written to the journal."""

    customer_id: str
    steps: list[PlanStep]


class About(Wire, frozen=True):
    """The answer of ``GET /about``: what is in service, by version; null where there is none."""

    duewise: str
    contract: str
    model: str | None
    policy: str | None
    rules: str | None
    reasons: str | None
    messages: str | None
    plans: str | None
    explanations: str | None
    prices: str | None
    snapshot: str | None
    snapshot_as_of: datetime | None
    events: int
    journal_head: str
