"""The desk: screens what came with a request, decides, and answers each customer in order.

It knows nothing of HTTP nor of the journal; the service puts it on the wire and in the journal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import pandas as pd

from features.book import Book
from features.ledger.texts import Posted
from serving.advice import advise
from serving.allocation.prices import Prices
from serving.answers import Voice, answers
from serving.contract import (
    CustomerError,
    CustomerRequest,
    Fault,
    PlainCustomer,
    RejectedCustomer,
    Result,
    ScoreRequest,
    ScoreResponse,
    WireError,
)
from serving.decide import decide
from serving.explanation import ExplanationSettings, read_explanations
from serving.feedback.reader import ReplyReader
from serving.messages import MessageTexts, read_messages
from serving.plans import PlanSettings, read_plans
from serving.policy_settings import PolicySettings, read_policy
from serving.reason_settings import ReasonSettings, read_reasons
from serving.registry import Models
from serving.sent import read_sent
from serving.snapshot.kept import Kept
from serving.stance import StanceSettings, read_stance


@dataclass(frozen=True)
class Answered:
    """A result a customer, in the order asked; ``known`` is the book of those who sent no records, None: nobody's."""

    results: list[Result]
    known: Book | None


@dataclass(frozen=True)
class Desk:
    """Models, policy and texts in service; ``snapshot`` holds the customers who send no records.

    ``prices`` are those of the morning's plan; None: capacity is not minded.

    Raises
    ------
    PolicyError
        When the message of an action may not be sent, naming the template that nobody approved.
    """

    models: Models
    settings: PolicySettings = field(default_factory=read_policy)
    texts: MessageTexts = field(default_factory=read_messages)
    reasons: ReasonSettings = field(default_factory=read_reasons)
    plans: PlanSettings = field(default_factory=read_plans)
    explanations: ExplanationSettings = field(default_factory=read_explanations)
    reader: ReplyReader = field(default_factory=ReplyReader.shipped)
    signals: StanceSettings = field(default_factory=read_stance)
    snapshot: Book | Kept | None = None
    prices: Prices | None = None

    def __post_init__(self) -> None:
        self.texts.require_approved(self.settings.actions.values())

    @cached_property
    def voice(self) -> Voice:
        """What answers are given in."""
        priced_by = None if self.prices is None else self.prices.version
        texts = (self.settings, self.texts, self.reasons, self.plans, self.explanations)
        return Voice(*texts, self.models.version, priced_by)

    def score(self, request: ScoreRequest) -> ScoreResponse:
        """Decide for every customer of the request; a customer's fault is an error in that customer's place."""
        as_of = pd.Timestamp(request.as_of or datetime.now(UTC))
        return ScoreResponse(as_of.to_pydatetime(warn=False), self.answered(request, as_of).results)

    def answered(self, request: ScoreRequest, as_of: pd.Timestamp) -> Answered:
        """Decide as ``score`` does, as of a moment, and tell in which book customers by id were looked up."""
        asked, refused = request.customers, self.faults(request)
        fit = [c for k, c in enumerate(asked) if k not in refused]
        sent = {str(c.customer_id): c.records for c in fit if getattr(c, "records", None) is not None}
        names = [str(c.customer_id) for c in fit if c.customer_id not in sent]
        results, known = self._decide_sent(sent, as_of, request), self._book(names)
        if known is not None:
            results |= self._decide(known, names, as_of, request)
        ordered = [refused[k] if k in refused else results[str(c.customer_id)] for k, c in enumerate(asked)]
        return Answered(ordered, known)

    def faults(self, request: ScoreRequest) -> dict[int, CustomerError]:
        """Return which customers of a request cannot be looked at, by place."""
        asked = request.customers
        first = {c.customer_id: k for k, c in reversed(list(enumerate(asked)))}
        return {k: fault for k, c in enumerate(asked) if (fault := self._fault(c, first[c.customer_id] < k))}

    def _book(self, names: Sequence[str]) -> Book | None:
        if self.snapshot is None or not names:
            return None
        return self.snapshot if isinstance(self.snapshot, Book) else self.snapshot.book(names)

    def _knows(self, name: str | None) -> bool:
        if self.snapshot is None:
            return False
        return name in (self.snapshot.ledger.places if isinstance(self.snapshot, Book) else self.snapshot)

    def _fault(self, customer: CustomerRequest | PlainCustomer | RejectedCustomer, again: bool) -> CustomerError | None:
        """Return why a customer cannot be looked at, None when they can; ``again``: they were asked about before."""
        if isinstance(customer, RejectedCustomer):
            return _error(customer.customer_id, "invalid_request", customer.field, customer.message)
        name = customer.customer_id
        if again:
            return _error(name, "invalid_request", "customer_id", f"{name} appears twice in the request.")
        if customer.records is None and not self._knows(name):
            where = "no snapshot is loaded" if self.snapshot is None else f"{name} is not in the snapshot"
            return _error(name, "unknown_customer", "customer_id", f"{where}; send the customer's records.")
        return None

    def _decide_sent(self, sent: Mapping[str, Any], as_of: pd.Timestamp, request: ScoreRequest) -> dict[str, Result]:
        """Decide for customers who came with records; those with a fault get it as their answer."""
        read = read_sent(sent, as_book=request.counterfactual)
        results: dict[str, Result] = {
            name: _error(name, "invalid_records", fault.field, fault.message) for name, fault in read.faults.items()
        }
        for names, posted in read.posted:
            results |= self._decide(posted, names, as_of, request)
        return results

    def _decide(
        self, posted: Posted, names: Sequence[str], as_of: pd.Timestamp, request: ScoreRequest
    ) -> dict[str, Result]:
        given = (self.models, self.settings, names, request.explain, self.prices, self.reader, self.signals)
        decisions = decide(posted, as_of, *given)
        advice = None
        if request.counterfactual and isinstance(posted, Book):
            advice = advise(posted, decisions, self.models.scorer, self.settings, self.reasons)
        return dict(zip(names, answers(decisions, self.voice, advice), strict=True))


def _error(customer_id: str | None, code: Fault, field_name: str, message: str) -> CustomerError:
    return CustomerError(customer_id=customer_id, error=WireError(code=code, field=field_name, message=message))
