"""Why this action: what it changes, what came next, what was not allowed and by which rule, and what capacity costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from serving.actions import NONE
from serving.contract import Blocked, Candidate, CustomerDecision
from serving.explanation.explanation_settings import ExplanationSettings
from serving.explanation.phrasing import Words, amount, each, joined, moment, percent, points
from serving.messages import MessageTexts
from serving.policy_settings import PolicySettings

_LIKELY = 0.5
"""What was taken with less than this probability was drawn."""


@dataclass(frozen=True)
class ActionWords:
    """Tells why a policy took the action it took."""

    texts: ExplanationSettings
    policy: PolicySettings
    messages: MessageTexts

    def said(self, decision: CustomerDecision) -> list[Words]:
        """Return the sentences that explain a decision's action, one after the other."""
        return [*self._stance(decision), *self._choice(decision), *self._limits(decision), *self._besides(decision)]

    def named(self, action: str) -> Words:
        """Return what an action is called."""
        texts, one = self.texts, self.policy.actions[action]
        if one.channel is None or one.intensity is None:
            return each(lambda _: NONE)
        parts = {
            "channel": texts.channels[one.channel].words,
            "intensity": texts.intensities[one.intensity].words,
        }
        if one.offer is None:
            return texts.action.fill(**parts)
        return texts.offering.fill(**parts, offer=texts.offers[one.offer].words)

    def _stance(self, decision: CustomerDecision) -> Iterator[Words]:
        stance = self.texts.stances[decision.stance].words
        told = [signal.words for signal in decision.evidence[: self.texts.most.signals]]
        if told:
            yield self.texts.action_text.stance.fill(stance=stance, signals=joined(told, self.texts.joined_by))
        else:
            yield self.texts.action_text.stance_alone.fill(stance=stance)

    def _choice(self, decision: CustomerDecision) -> Iterator[Words]:
        texts, chosen = self.texts.action_text, decision.recommendation
        others = [one for one in decision.alternatives if one.action != NONE]
        if decision.instalment is None:
            yield texts.nothing_due.fill()
        elif chosen.action != NONE:
            effect = chosen.expected_effect
            yield texts.chosen.fill(
                action=self.named(chosen.action),
                effect=points(effect.effect),
                low=points(effect.low),
                high=points(effect.high),
                value=self._money(chosen.expected_value),
            )
        else:
            yield (texts.nothing_pays if others else texts.nothing_allowed).fill()
        if chosen.propensity < _LIKELY:
            yield texts.drawn.fill(probability=percent(chosen.propensity))
        if others:
            worth = [self._worth(one) for one in others[: self.texts.most.alternatives]]
            yield texts.next.fill(actions=joined(worth, self.texts.joined_by))

    def _worth(self, candidate: Candidate) -> Words:
        value = self._money(candidate.expected_value)
        return self.texts.action_text.worth.fill(action=self.named(candidate.action), value=value)

    def _limits(self, decision: CustomerDecision) -> Iterator[Words]:
        if decision.instalment is not None and decision.blocked:
            rules = self._rules(decision.blocked)[: self.texts.most.blocked]
            yield self.texts.action_text.blocked.fill(rules=joined(rules, self.texts.joined_by))

    def _rules(self, blocked: Sequence[Blocked]) -> list[Words]:
        """Return what each rule blocks, the one that blocks most first."""
        by_rule: dict[tuple[str, str, datetime | None], list[str]] = {}
        for one in blocked:
            by_rule.setdefault((one.rule_id, one.citation, one.until), []).append(one.action)
        ordered = sorted(by_rule.items(), key=lambda item: -len(item[1]))
        return [self._rule(*rule, actions) for rule, actions in ordered]

    def _rule(self, rule_id: str, citation: str, until: datetime | None, actions: Sequence[str]) -> Words:
        texts = self.texts.action_text
        limit = self.texts.limits.get(rule_id)
        parts = {
            "actions": joined((self.named(action) for action in actions), self.texts.listed_by),
            "rule": each(lambda _: citation) if limit is None else limit.words,
        }
        return texts.by.fill(**parts) if until is None else texts.by_until.fill(**parts, moment=moment(until))

    def _besides(self, decision: CustomerDecision) -> Iterator[Words]:
        texts = self.texts.action_text
        if decision.recommendation.capacity_price > 0:
            yield texts.price.fill(price=self._money(decision.recommendation.capacity_price))
        if decision.plan is not None and not decision.plan.fits:
            yield texts.no_plan.fill()
        if decision.escalation is not None:
            yield decision.escalation.words
        if decision.recommendation.requires_human:
            yield texts.person.fill()

    def _money(self, value: float) -> Words:
        told = amount(value)
        currency = self.messages.settings.currency
        return each(lambda language: getattr(currency, language).format(amount=told[language]))
