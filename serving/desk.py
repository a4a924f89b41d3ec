"""The desk: screens what came with a request, decides, and answers each customer in order.

It knows nothing of HTTP; the service puts it on the wire.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

import pandas as pd

from features.book import Book
from features.errors import SchemaError
from features.tables.screening import screen, summary
from serving.advice import advise
from serving.allocation.prices import Prices
from serving.answers import Voice, answers
from serving.contract import (
    CustomerDecision,
    CustomerError,
    CustomerRequest,
    Records,
    RejectedCustomer,
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
from serving.records import book_of, check_records, faults_by_customer
from serving.registry import Models
from serving.stance import StanceSettings, read_stance

type Result = CustomerDecision | CustomerError


@dataclass(frozen=True)
class Desk:
    """Models, policy and texts in service; ``snapshot`` is the book for customers who send no records.

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
    snapshot: Book | None = None
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
        asked = request.customers
        first = {c.customer_id: k for k, c in reversed(list(enumerate(asked)))}
        refused = {k: fault for k, c in enumerate(asked) if (fault := self._fault(c, first[c.customer_id] < k))}
        fit = [c for k, c in enumerate(asked) if k not in refused and isinstance(c, CustomerRequest)]
        sent = {c.customer_id: c.records for c in fit if c.records is not None}
        known = [c.customer_id for c in fit if c.records is None]
        results = self._decide_sent(sent, as_of, request)
        if self.snapshot is not None and known:
            results |= self._decide(self.snapshot, known, as_of, request)
        ordered = [refused[k] if k in refused else results[str(c.customer_id)] for k, c in enumerate(asked)]
        return ScoreResponse(as_of=as_of.to_pydatetime(warn=False), results=ordered)

    def _fault(self, customer: CustomerRequest | RejectedCustomer, again: bool) -> CustomerError | None:
        """Return why a customer cannot be looked at, None when they can; ``again``: they were asked about before."""
        if isinstance(customer, RejectedCustomer):
            return _error(customer.customer_id, "invalid_request", customer.field, customer.message)
        name = customer.customer_id
        if again:
            return _error(name, "invalid_request", "customer_id", f"{name} appears twice in the request.")
        if customer.records is not None:
            try:
                check_records(name, customer.records)
            except SchemaError as error:
                return _error(name, "invalid_records", str(error).partition(":")[0], str(error))
        elif self.snapshot is None or name not in self.snapshot.ledger.position:
            where = "no snapshot is loaded" if self.snapshot is None else f"{name} is not in the snapshot"
            return _error(name, "unknown_customer", "customer_id", f"{where}; send the customer's records.")
        return None

    def _decide_sent(
        self, sent: Mapping[str, Records], as_of: pd.Timestamp, request: ScoreRequest
    ) -> dict[str, Result]:
        """Decide for customers who came with records; those with a fault get it as their answer."""
        if not sent:
            return {}
        screened = screen(book_of(sent))
        results: dict[str, Result] = {}
        for name, faults in faults_by_customer(screened.rejected, sent).items():
            field_name = f"{faults['table'].iloc[0]}.{faults['column'].iloc[0]}"
            results[name] = _error(name, "invalid_records", field_name, summary(faults))
        kept = [name for name in sent if name not in results]
        return results | self._decide(screened.book, kept, as_of, request)

    def _decide(
        self, book: Book, names: Sequence[str], as_of: pd.Timestamp, request: ScoreRequest
    ) -> dict[str, Result]:
        if not names:
            return {}
        given = (self.models, self.settings, names, request.explain, self.prices, self.reader, self.signals)
        decisions = decide(book, as_of, *given)
        advice = None
        if request.counterfactual:
            advice = advise(book, decisions, self.models.scorer, self.settings, self.reasons)
        return dict(zip(names, answers(decisions, self.voice, advice), strict=True))


def _error(customer_id: str | None, code: str, field_name: str, message: str) -> CustomerError:
    error = WireError.model_validate({"code": code, "field": field_name, "message": message})
    return CustomerError(customer_id=customer_id, error=error)
