"""A request decided: its answers as bytes, and the journal's entry of each, by the customer's place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pandas as pd

from features.errors import SchemaError
from serving.contract import (
    CustomerDecision,
    CustomerError,
    CustomerRequest,
    PlainCustomer,
    RejectedCustomer,
    Result,
    ScoreRequest,
    WireError,
)
from serving.desk import Desk
from serving.journal import Entry, JournalError
from serving.journal.cells import Cells
from serving.journal.recording import Question, decision_entry
from serving.snapshot import KeptBook, cells_of

type Customer = CustomerRequest | PlainCustomer | RejectedCustomer

_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True)
class Told:
    """What is answered: ``results``, ``parts`` as bytes, and ``entries`` by place, of decisions alone."""

    results: list[Result]
    parts: list[bytes]
    entries: dict[int, Entry]

    @property
    def keys(self) -> list[str | None]:
        """The journal's key of each answer, None of an error."""
        return [self.entries[k].key if k in self.entries else None for k in range(len(self.parts))]


def told_by(desk: Desk, asked: ScoreRequest, as_of: pd.Timestamp) -> Told:
    """Decide for every customer of a request, and say what is to be written of it."""
    answered, now = desk.answered(asked, as_of), datetime.now(UTC)
    moment = as_of.to_pydatetime(warn=False)
    known = _cells(answered.known)
    about = {"explain": asked.explain, "counterfactual": asked.counterfactual}
    parts, entries = _encoded(answered.results), dict[int, Entry]()
    for k, (customer, result) in enumerate(zip(asked.customers, answered.results, strict=True)):
        if isinstance(result, CustomerDecision):
            records = known.get(result.customer_id)
            is_known = records is not None
            question = Question(records if is_known else _sent(customer), is_known, moment, about)  # type: ignore[arg-type]
            try:
                entries[k] = decision_entry(result, parts[k], question, now)
            except (SchemaError, JournalError) as error:
                answered.results[k] = _unwritable(result.customer_id, str(error))
                parts[k] = _ENCODER.encode(answered.results[k])
    return Told(answered.results, parts, entries)


def _encoded(results: list[Result]) -> list[bytes]:
    return [_ENCODER.encode(result) for result in results]


def _unwritable(customer_id: str, why: str) -> CustomerError:
    """Return the error of a customer of whom nothing can be written, and so nothing is answered."""
    message = f"the decision cannot be written to the journal: {why}"
    return CustomerError(customer_id, WireError("invalid_request", "customer_id", message))


def honoured(asked: ScoreRequest, persons: Mapping[str, date]) -> ScoreRequest:
    """Return the request with a person asked for by those who did and sent records that do not say so."""
    if not persons or not any(customer.customer_id in persons for customer in asked.customers):
        return asked
    customers = [_honoured(customer, persons) for customer in asked.customers]
    return asked.model_copy(update={"customers": customers})


def _honoured(customer: Customer, persons: Mapping[str, date]) -> Customer:
    day = persons.get(customer.customer_id or "")
    if day is None or isinstance(customer, RejectedCustomer) or customer.records is None:
        return customer
    records = _sent(customer)
    people = [row | {"person_asked_on": row.get("person_asked_on") or day.isoformat()} for row in records["customers"]]
    return CustomerRequest(customer_id=customer.customer_id, records=records | {"customers": people})


def _sent(customer: Any) -> dict[str, Any]:
    records: dict[str, Any] = {"customers": []} | msgspec.to_builtins(customer.records)
    return records


def _cells(book: Any) -> dict[str, Cells]:
    return dict(zip(book.ledger.ids, cells_of(book), strict=True)) if isinstance(book, KeptBook) else {}
