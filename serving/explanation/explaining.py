"""A decision in words, made of what the wire says of it and nothing else: who reads both finds the same numbers.

The two explanations are kept apart: a risk is no reason for an action, which is chosen by what it changes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from serving.contract import CustomerDecision, WireExplanation, WireReason
from serving.explanation.action_words import ActionWords
from serving.explanation.explanation_settings import ExplanationSettings
from serving.explanation.phrasing import Words, each, joined, percent, sentences
from serving.messages import MessageTexts
from serving.messages.words import day_told
from serving.money import cents_of
from serving.policy_settings import PolicySettings
from serving.reason_settings import ReasonSettings, Text

_SENTENCES = Text(en=" ", zh="")

_CHECKED = frozenset({"dispute", "already_paid"})
"""Who told of one of these is not told again that the amount is open: it is being looked into."""

_UNDER_PLAN = frozenset({"plan_kept", "signed_plan"})
"""The rules by which a signed plan stops reminders."""


@dataclass(frozen=True)
class Explainer:
    """Explains the decisions of a policy by its texts: those of explanations, of messages and of reasons."""

    texts: ExplanationSettings
    policy: PolicySettings
    messages: MessageTexts
    reasons: ReasonSettings

    def explain(self, decision: CustomerDecision, debt: Words | None) -> WireExplanation:
        """Explain a decision; ``debt`` is what the customer's loan is called, None where nothing is due."""
        return WireExplanation(
            risk=sentences(list(self._risk(decision))),
            action=sentences(self._actions.said(decision)),
            customer=sentences([*self._due(decision, debt), *self._told(decision)]),
            person=dict(self.person),
        )

    @cached_property
    def _actions(self) -> ActionWords:
        return ActionWords(self.texts, self.policy, self.messages)

    @cached_property
    def person(self) -> Words:
        """How the customer asks for a person instead of a machine."""
        phone, words = self.messages.settings.phone, self.texts.person_words
        return self.texts.person.fill(phone=phone.words, words=words.words)

    def _risk(self, decision: CustomerDecision) -> Iterator[Words]:
        parts = {"probability": percent(decision.default_probability), "tier": self.reasons.tier(decision.tier)}
        if self._in_default(decision):
            yield self.texts.risk.in_default.fill(days=each(lambda _: str(self.policy.in_default)), **parts)
        else:
            yield self.texts.risk.probability.fill(**parts)
        if decision.reasons:
            yield self.texts.risk.reasons.fill(reasons=_together(decision.reasons))

    def _in_default(self, decision: CustomerDecision) -> bool:
        """Tell whether the tier is that of who is in default, by what is due or by another debt."""
        is_late = decision.instalment is not None and decision.instalment.days_past_due >= self.policy.in_default
        tiers = list(self.policy.tiers)
        by_model = min(bisect_right(list(self.policy.tiers.values()), decision.default_probability), len(tiers) - 1)
        return is_late or tiers.index(decision.tier) > by_model

    def _due(self, decision: CustomerDecision, debt: Words | None) -> Iterator[Words]:
        texts, due = self.texts.customer, decision.instalment
        if due is None or debt is None:
            yield texts.nothing_due.fill()
            return
        if not _UNDER_PLAN.isdisjoint(one.rule_id for one in decision.blocked):
            yield texts.planned.fill(debt=debt)
            return
        cents = cents_of(due.amount_open)
        is_checked = not _CHECKED.isdisjoint(decision.causes)
        yield (texts.checked if is_checked else texts.late if due.days_past_due > 0 else texts.due).fill(
            amount=each(lambda language: self.messages.money(cents, language)),
            debt=debt,
            day=each(lambda language: day_told(due.due_date, language)),
        )

    def _told(self, decision: CustomerDecision) -> Iterator[Words]:
        texts = self.texts.customer
        channel = self.policy.actions[decision.recommendation.action].channel
        if channel is not None:
            yield texts.reminder[channel].words
        elif decision.instalment is not None:
            yield texts.no_reminder.words
        if decision.recommendation.requires_human:
            yield texts.person.words
        yield texts.how.fill()
        if decision.reasons:
            yield texts.reasons.fill(reasons=_together(decision.reasons))
        if decision.would_change is not None:
            yield decision.would_change.words


def _together(reasons: list[WireReason]) -> Words:
    return joined((reason.words for reason in reasons), _SENTENCES)
