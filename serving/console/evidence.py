"""``POST /console/evidence``: what a person decides on a visit or a letter by, as ``duewise evidence`` has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import pandas as pd

from serving.console.console import Console
from serving.console.weeks import book_of
from serving.console.wire import EvidenceRequest
from serving.contract import CustomerDecision
from serving.escalation.evidence import evidence_of
from serving.escalation.pack import as_json, canonical, digest_of
from serving.escalation.page import page
from serving.escalation.say import Say


@dataclass(frozen=True)
class Pack:
    """The pack: its page, its JSON in canonical form, whose SHA-256 is the ``digest``."""

    page: str
    twin: str
    digest: str


def evidence(console: Console, asked: EvidenceRequest) -> Pack:
    """Return the pack about a decision's loan, with nothing in it that was not known at the decision."""
    payload = console.payload(asked.decision_id)
    decided = msgspec.json.decode(payload.answer, type=CustomerDecision)
    desk = console.desk_of(asked.decision_id, payload)
    loan = None if decided.instalment is None else decided.instalment.loan_id
    about = (book_of(payload), pd.Timestamp(payload.as_of), payload.customer_id, loan)
    content = as_json(evidence_of(*about, desk.reader, desk.settings.rulebook, _facts(decided)))
    digest = digest_of(content)
    return Pack(page(content, digest, Say(asked.language)), canonical(content).decode(), digest)


def _facts(decided: CustomerDecision) -> dict[str, Any]:
    due, versions = decided.instalment, decided.versions
    facts = {
        "decision_id": decided.decision_id,
        "escalation": None if decided.escalation is None else decided.escalation.action,
        "tier": decided.tier,
        "stance": decided.stance,
        "default_probability": decided.default_probability,
        "days_past_due": None if due is None else due.days_past_due,
        "action": decided.recommendation.action,
        "model_version": versions.model,
        "policy_version": versions.policy,
        "rules_version": versions.rules,
    }
    return {name: value for name, value in facts.items() if value is not None}
