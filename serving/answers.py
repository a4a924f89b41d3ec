"""Decisions as the wire says them: one customer's columns turned into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from msgspec import convert, structs

from features.feature import Language
from serving.actions import STANCES, Action
from serving.contract import (
    VERSION,
    Blocked,
    Candidate,
    CustomerDecision,
    Due,
    Recommendation,
    Versions,
    Window,
    WireEffect,
    WireMessage,
    WireReason,
    WouldChange,
)
from serving.decide import Decisions
from serving.explanation import Explainer, ExplanationSettings
from serving.messages import Message, MessageTexts, Occasion
from serving.messages.account import ShownAccount, account_of
from serving.messages.occasion import tail_of
from serving.messages.plan_words import PlanWords
from serving.plans import PlanSettings
from serving.policy_settings import PolicySettings
from serving.reason_settings import ReasonSettings, Text
from serving.reasons import Explainer as ReasonExplainer
from serving.rules import ALLOWED
from serving.situations import causes_of, escalation_of, plan_in, signals_of, told_plan, wire_plan

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Voice:
    """What answers are given in: the policy, the texts of messages and reasons, and the versions of what decided."""

    policy: PolicySettings
    messages: MessageTexts
    reasons: ReasonSettings
    plans: PlanSettings
    explanations: ExplanationSettings
    model_version: str
    prices_version: str | None = None
    settings_digest: str | None = None
    _reasoners: dict[tuple[str, ...], ReasonExplainer] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def versions(self) -> Versions:
        """What decided, by version."""
        return Versions(
            contract=VERSION,
            model=self.model_version,
            policy=self.policy.version,
            rules=self.policy.rulebook.version,
            reasons=self.reasons.named_version,
            messages=self.messages.settings.version,
            prices=self.prices_version,
            plans=self.plans.version,
            explanations=self.explanations.named_version,
            settings=self.settings_digest,
        )

    def reasoner(self, features: tuple[str, ...]) -> ReasonExplainer:
        """What makes reasons of the contributions of a model with these columns."""
        return self._reasoners.setdefault(features, ReasonExplainer(self.reasons, features))

    @cached_property
    def explainer(self) -> Explainer:
        """What explains decisions in these texts."""
        return Explainer(self.explanations, self.policy, self.messages, self.reasons)


def answers(
    decisions: Decisions, voice: Voice, would_change: Sequence[WouldChange] | None = None
) -> list[CustomerDecision]:
    """Return what the wire says of each customer, in the order of the decisions; ``would_change`` None: not asked."""
    reasons = _reasons(decisions, voice)
    advice = [None] * len(reasons) if would_change is None else would_change
    return [_answer(decisions, k, voice, *told) for k, told in enumerate(zip(reasons, advice, strict=True))]


def _answer(
    decisions: Decisions, row: int, voice: Voice, reasons: list[WireReason], advice: WouldChange | None
) -> CustomerDecision:
    settings = voice.policy
    due = _due(decisions, row, settings)
    plan = plan_in(decisions, row, settings, voice.plans)
    words = None if plan is None else told_plan(plan, voice.messages, *_loan(decisions, row), voice.plans)
    answer = CustomerDecision(
        customer_id=decisions.X.customers[row],
        decision_id=decisions.ids[row],
        default_probability=float(decisions.scores.default_probability[row]),
        tier=list(settings.tiers)[decisions.tier[row]],
        stance=STANCES[decisions.stance[row]],
        evidence=signals_of(decisions, row),
        causes=causes_of(decisions, row),
        programme=settings.programme_names[decisions.programme[row]],
        instalment=due,
        reasons=reasons,
        would_change=advice,
        recommendation=_recommendation(decisions, row, voice, due, reasons, words),
        alternatives=_alternatives(decisions, row, settings),
        blocked=_blocked(decisions, row, settings),
        plan=None if plan is None or words is None else wire_plan(plan, words),
        escalation=escalation_of(decisions, row),
        explanation=None,
        versions=voice.versions,
    )
    if decisions.scores.contributions is None:
        return answer
    debt = None if due is None else _each_debt(decisions, row, voice.messages)
    return structs.replace(answer, explanation=voice.explainer.explain(answer, debt))


def _loan(decisions: Decisions, row: int) -> tuple[str, str]:
    """Return the product of the pressing loan and the end of its account."""
    return decisions.subjects.product[row], tail_of(decisions.subjects.account[row])


def _each_debt(decisions: Decisions, row: int, texts: MessageTexts) -> dict[Language, str]:
    """Return what the pressing loan is called, in each language."""
    product, tail = _loan(decisions, row)
    return {"en": texts.debt(product, tail, "en"), "zh": texts.debt(product, tail, "zh")}


def _due(decisions: Decisions, row: int, settings: PolicySettings) -> Due | None:
    if decisions.pressing.row[row] < 0:
        return None
    owed = decisions.subjects
    return Due(
        loan_id=owed.loan_id[row],
        instalment_no=int(owed.instalment_no[row]),
        due_date=_EPOCH + timedelta(days=int(owed.due_day[row])),
        amount_open=float(decisions.pressing.amount_open[row]),
        days_past_due=int(decisions.pressing.days_past_due[row]),
        stage=list(settings.stages)[decisions.stage[row]],
    )


def _reasons(decisions: Decisions, voice: Voice) -> list[list[WireReason]]:
    """Return the reasons of each customer; none where they were not asked for."""
    scores, n = decisions.scores, len(decisions.X)
    if scores.contributions is None:
        return [[] for _ in range(n)]
    explainer = voice.reasoner(scores.features)
    ranking = explainer.rank(scores.contributions)
    return [explainer.tell(ranking, k, decisions.explained[k], scores.contributions[k]) for k in range(n)]


def _candidate(decisions: Decisions, row: int, action: int, settings: PolicySettings) -> dict[str, Any]:
    effects = decisions.effects
    return {
        "action": settings.action_ids[action],
        "expected_effect": WireEffect(
            effect=float(effects.effect[row, action]),
            low=float(effects.low[row, action]),
            high=float(effects.high[row, action]),
        ),
        "expected_value": float(decisions.choice.value[row, action]),
        "capacity_price": float(decisions.price[row, action]),
    }


def _recommendation(
    decisions: Decisions,
    row: int,
    voice: Voice,
    due: Due | None,
    reasons: Sequence[WireReason],
    plan: Mapping[Language, PlanWords] | None,
) -> Recommendation:
    settings, chosen = voice.policy, int(decisions.choice.action[row])
    action = settings.actions[settings.action_ids[chosen]]
    message, window, daypart, adds = None, None, None, 0.0
    if due is not None and action.channel is not None:
        message = _message(decisions, row, action, voice, due, reasons, plan)
        window = _window(decisions, row)
        daypart, adds = decisions.sending.name(row), float(decisions.effects.from_timing[row, chosen])
    return Recommendation(
        **_candidate(decisions, row, chosen, settings),
        channel=action.channel,
        intensity=action.intensity,
        offer=action.offer,
        send_at=window,
        daypart=daypart,
        daypart_adds=adds,
        message=None if message is None else message.body,
        content=None if message is None else convert(message, WireMessage, from_attributes=True),
        propensity=float(decisions.choice.propensity[row]),
        requires_human=action.requires_human or bool(decisions.person_decides[row]),
    )


def _message(
    decisions: Decisions,
    row: int,
    action: Action,
    voice: Voice,
    due: Due,
    reasons: Sequence[WireReason],
    plan: Mapping[Language, PlanWords] | None,
) -> Message | None:
    """Return the message of an action, from the book's own rows; what raises the risk is told to who calls."""
    subjects, texts = decisions.subjects, voice.messages
    language = texts.settings.languages.of(action.channel, subjects.language[row])
    occasion = Occasion(
        customer_id=decisions.X.customers[row],
        loan_id=due.loan_id,
        instalment_no=due.instalment_no,
        product=subjects.product[row],
        account=subjects.account[row],
        amount_open=due.amount_open,
        due_date=due.due_date,
        days_past_due=due.days_past_due,
        language=language,
        stance=STANCES[decisions.stance[row]],
        stop_flag=subjects.stop_flag[row],
        reasons=tuple(reason.words[language] for reason in reasons if reason.contribution > 0),
        told=tuple(words[language] for words in _told(decisions, row, voice.explanations)),
        amount_paid=_amount_paid(decisions, row),
    )
    shown = _account(decisions, row, texts) if action.channel == "push" else None
    words = plan[language] if plan is not None and action.offer == "plan" else PlanWords("", "")
    offered, refused = (words.customer, "") if words.customer is not None else ("", words.bank)
    brand = _brand(decisions, row, voice.policy)
    return texts.render(action, occasion, shown, plan=offered, no_plan=refused, brand=brand)


def _told(decisions: Decisions, row: int, texts: ExplanationSettings) -> list[Mapping[Language, str]]:
    """Return what a customer's replies told, in words, but for opt-outs, and whether they asked for a person."""
    asked = [texts.asked_for_person.words] if decisions.held.asked_for_person[row] else []
    return [*(texts.told(cause) for cause in causes_of(decisions, row) if cause != "opt_out"), *asked]


def _amount_paid(decisions: Decisions, row: int) -> float:
    """Return what came in for the pressing instalment already, in currency, without the dust of binary fractions."""
    pressing = decisions.pressing
    return round(float(pressing.amount_due[row] - pressing.amount_open[row]), 2)


def _brand(decisions: Decisions, row: int, policy: PolicySettings) -> Text | None:
    """Return the brand of the customer's programme, None where it is that of all."""
    number = int(decisions.programme[row])
    return None if number == 0 else policy.programmes[policy.programme_names[number]].brand


def _account(decisions: Decisions, row: int, texts: MessageTexts) -> ShownAccount:
    length = texts.settings.payload
    return account_of(decisions.history, row, int(decisions.pressing.row[row]), length.coming, length.past)


def _window(decisions: Decisions, row: int) -> Window:
    ends = (decisions.sending.earliest[row], decisions.sending.latest[row])
    earliest, latest = (_local(decisions, row, end) for end in ends)
    return Window(earliest=earliest, latest=latest)


def _local(decisions: Decisions, row: int, moment: np.datetime64) -> datetime:
    """Return a moment by the customer's own clock, by UTC's where their zone is not known."""
    zone = decisions.subjects.zone[row]
    at: datetime = moment.item().replace(tzinfo=UTC)
    return at if zone is None else at.astimezone(ZoneInfo(zone))


def _alternatives(decisions: Decisions, row: int, settings: PolicySettings) -> list[Candidate]:
    """Return the other allowed actions, the most valuable first, the price of capacity taken off."""
    value = decisions.choice.value[row] - decisions.price[row]
    chosen = decisions.choice.action[row]
    order = [k for k in np.argsort(-value, kind="stable") if k != chosen and np.isfinite(value[k])]
    return [Candidate(**_candidate(decisions, row, int(k), settings)) for k in order]


def _blocked(decisions: Decisions, row: int, settings: PolicySettings) -> list[Blocked]:
    reasons = settings.rulebook.reasons
    codes, until = decisions.blocked.codes[row], decisions.lawful_from[row]
    return [
        Blocked(
            action=settings.action_ids[k],
            rule_id=reasons[codes[k]].id,
            citation=reasons[codes[k]].citation,
            until=None if np.isnat(until[k]) else _local(decisions, row, until[k]),
        )
        for k in np.flatnonzero(codes != ALLOWED)
    ]
