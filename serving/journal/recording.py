"""What the service writes: a decision with all that replay needs, an outcome, a request for a person, as entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from msgspec import json, structs

from features.plain_rows import Records
from serving.contract.decision import CustomerDecision
from serving.journal.cells import Cells
from serving.journal.entry import Entry
from serving.journal.payload import Payload
from serving.journal.rows import DecisionRow, OutcomeRow, encoded_row


@dataclass(frozen=True)
class Question:
    """What was asked of one customer; ``records`` are the request's, or what ``serving.snapshot.cells_of`` tells."""

    records: Records | Cells
    from_snapshot: bool
    as_of: datetime
    asked: Mapping[str, bool]


def decision_entry(answer: CustomerDecision, said: bytes, question: Question, at: datetime) -> Entry:
    """Return the entry of a decision, which is about its decision_id.

    Its key covers the inputs as they came, what else was asked for and the versions of all texts, so that requests
    that differ in anything have entries of their own, and the same request has one.

    Parameters
    ----------
    answer, said
        The decision, and its own bytes as they go over the wire.
    question
        What it answers.
    at
        When it is written, with a time zone.
    """
    payload = Payload(
        customer_id=answer.customer_id,
        as_of=question.as_of,
        records=question.records,
        from_snapshot=question.from_snapshot,
        asked=question.asked,
        versions=structs.asdict(answer.versions),
        answer=said,
    )
    row = encoded_row(decision_row(answer, question.as_of))
    told_by = payload.inputs_hash.encode() + json.encode(payload.versions, order="deterministic")
    key = f"{answer.decision_id}:{blake2b(told_by, digest_size=12).hexdigest()}"
    return Entry("decision", key, at, answer.customer_id, answer.decision_id, row, payload.to_bytes())


def decision_row(answer: CustomerDecision, as_of: datetime) -> DecisionRow:
    """Return what monitoring reads of a decision made as of a moment."""
    due, chosen = answer.instalment, answer.recommendation
    return DecisionRow(
        default_probability=answer.default_probability,
        tier=answer.tier,
        stance=answer.stance,
        programme=answer.programme,
        stage=None if due is None else due.stage,
        days_past_due=None if due is None else due.days_past_due,
        amount_open=None if due is None else due.amount_open,
        action=chosen.action,
        propensity=chosen.propensity,
        expected_effect=chosen.expected_effect.effect,
        expected_value=chosen.expected_value,
        requires_human=chosen.requires_human,
        model=answer.versions.model,
        policy=answer.versions.policy,
        rules=answer.versions.rules,
        as_of=int(as_of.timestamp()),
        loan_id=None if due is None else due.loan_id,
        instalment_no=None if due is None else due.instalment_no,
        blocked_by=",".join(sorted({one.rule_id for one in answer.blocked})),
        escalation=None if answer.escalation is None else answer.escalation.action,
    )


def outcome_entry(
    outcome_id: str, decision_id: str, customer: str | None, at: datetime, row: OutcomeRow, content: bytes
) -> Entry:
    """Return the entry of what happened to a decision; ``content`` is all that was told, as it was told."""
    return Entry("outcome", outcome_id, at, customer, decision_id, encoded_row(row), content)


def person_request_entry(
    request_id: str, customer: str, at: datetime, content: bytes, decision_id: str | None = None
) -> Entry:
    """Return the entry of a customer's request for a person."""
    return Entry("person_request", request_id, at, customer, decision_id, payload=content)
