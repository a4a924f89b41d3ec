"""What the routes of the page take; ids come in bodies, since what stands in an address reaches logs."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from serving.contract.posted import Id
from serving.contract.wire import Wire

Choice = Annotated[str, msgspec.Meta(max_length=100)]
Step = Literal["visit", "letter", "reminder"]


class PortfolioRequest(Wire, frozen=True):
    """The body of ``POST /console/portfolio``: nothing is asked."""


class CustomersRequest(Wire, frozen=True):
    """The body of ``POST /console/customers``: part of an id, and what the latest decision is to have been."""

    search: Annotated[str, msgspec.Meta(max_length=380)] = ""
    tier: Choice | None = None
    stage: Choice | None = None
    stance: Choice | None = None
    programme: Choice | None = None
    action: Choice | None = None
    blocked_by: Choice | None = None
    first: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)] = 0
    most: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class CustomerRequest(Wire, frozen=True):
    """The body of ``POST /console/customer``; the latest decision where none is named."""

    customer_id: Id
    decision_id: Id | None = None


class DecisionRequest(Wire, frozen=True):
    """The body of ``POST /console/explained`` and ``/console/evidence``: one decision of the journal."""

    decision_id: Id


class WeeksRequest(Wire, frozen=True):
    """The body of ``POST /console/weeks``: the weeks that follow a decision."""

    decision_id: Id
    weeks: Annotated[int, msgspec.Meta(ge=0, le=12)] = 6


class EvidenceRequest(Wire, frozen=True):
    """The body of ``POST /console/evidence``: the pack about a decision's loan, in a language or in both."""

    decision_id: Id
    language: Literal["zh", "en", "both"] = "both"


class ReviewRequest(Wire, frozen=True):
    """The body of ``POST /console/review``: what waits for a person, or what people decided."""

    decided: bool = False
    most: Annotated[int, msgspec.Meta(ge=1, le=500)] = 200


class VerdictRequest(Wire, frozen=True):
    """The body of ``POST /console/verdict``: what a person decided about a step of a decision, and why."""

    decision_id: Id
    step: Step
    verdict: Literal["approved", "declined"]
    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=2_000)]


class ReportsRequest(Wire, frozen=True):
    """The body of ``POST /console/reports``: nothing is asked."""


class ReportRequest(Wire, frozen=True):
    """The body of ``POST /console/report``: a file below the folder of reports, by the name that the list gives it."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
