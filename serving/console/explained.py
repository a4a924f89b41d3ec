"""``POST /console/explained``: a decision's probability from the population's to the customer's, and its message twice.

The decision is made again from what the journal keeps, by the settings and models of then, once in each language.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import msgspec
import pandas as pd

from features.errors import SchemaError
from features.kernel.windows import Floats
from features.plain_rows import Records
from serving.access import Refusal
from serving.answers import answers
from serving.console.console import Console
from serving.console.wire import DecisionRequest
from serving.contract import CustomerDecision, WireMessage, WireReason
from serving.decide import Decisions, decide
from serving.desk import Desk
from serving.journal import Payload
from serving.reasons import Explainer
from serving.sent import read_sent

_MOST = 9
"""How many reasons are shown to staff."""

_LANGUAGES: tuple[Literal["en", "zh"], ...] = ("en", "zh")


@dataclass(frozen=True)
class Explained:
    """A decision made again; ``same``: with the probability and the action of then, to the bit.

    ``base`` is the log-odds of the model without knowing the customer; with the contribution of each of ``reasons``,
    more than the customer is told, and of all ``others`` together it adds up to ``log_odds``. ``messages`` by language,
    null where nothing is sent.
    """

    decision_id: str
    base: float
    reasons: list[WireReason]
    others: float
    log_odds: float
    same: bool
    messages: dict[str, WireMessage | None]


def explained(console: Console, asked: DecisionRequest) -> Explained:
    """Return a decision explained."""
    payload = console.payload(asked.decision_id)
    desk = console.desk_of(asked.decision_id, payload)
    then = msgspec.json.decode(payload.answer, type=CustomerDecision)
    decisions, now = _made_again(desk, payload, payload.rows)
    contributions, base = decisions.scores.contributions, decisions.scores.base
    if contributions is None or base is None:
        raise Refusal(409, "not_explained", "The decision was made without reasons.")
    reasons = _reasons(desk, decisions, contributions)
    told, start = sum(reason.contribution for reason in reasons), float(base[0])
    others = float(contributions[0].sum()) - told
    return Explained(
        decision_id=asked.decision_id,
        base=start,
        reasons=reasons,
        others=others,
        log_odds=start + told + others,
        same=(then.default_probability, then.recommendation.action)
        == (now.default_probability, now.recommendation.action),
        messages={language: _message(desk, payload, language) for language in _LANGUAGES},
    )


def _reasons(desk: Desk, decisions: Decisions, contributions: Floats) -> list[WireReason]:
    explainer = Explainer(replace(desk.reasons, most=_MOST), decisions.scores.features)
    return explainer.tell(explainer.rank(contributions), 0, decisions.explained[0], contributions[0])


def _message(desk: Desk, payload: Payload, language: Literal["en", "zh"]) -> WireMessage | None:
    rows = payload.rows
    customers = [{**row, "language": language} for row in rows["customers"]]
    _, answer = _made_again(desk, payload, {**rows, "customers": customers})
    return answer.recommendation.content


def _made_again(desk: Desk, payload: Payload, rows: Records) -> tuple[Decisions, CustomerDecision]:
    name, sent = payload.customer_id, read_sent({payload.customer_id: rows})
    if not sent.posted:
        raise SchemaError(sent.faults[name].message)
    given = (desk.models, desk.settings, [name], True, desk.prices, desk.reader, desk.signals)
    decisions = decide(sent.posted[0][1], pd.Timestamp(payload.as_of), *given)
    (answer,) = answers(decisions, desk.voice)
    return decisions, answer
