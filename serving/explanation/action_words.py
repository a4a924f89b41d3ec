"""Why this action: what it changes, what came next, what was not allowed and by which rule, and what capacity costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from serving.actions import NONE, Channel
from serving.contract import Blocked, Candidate, CustomerDecision, WireEffect
from serving.explanation.explanation_settings import ExplanationSettings
from serving.explanation.phrasing import Words, about, each, joined, moment, percent, points
from serving.messages import MessageTexts
from serving.policy_settings import PolicySettings
from serving.stance.sides import BEARINGS

_LIKELY = 0.5
"""What was taken with less than this probability was drawn."""

_USUAL = frozenset({"ladder", "stance", "offer", "no_evidence"})
"""The limits that nearly every decision meets: told last."""

_NARROW = 0.02
"""An effect whose interval is narrower is told with a decimal."""


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
        supporting = BEARINGS[decision.stance].supporting
        seen = [one.words for one in decision.evidence if one.feature is not None and one.side in supporting]
        if seen:
            signals = joined(seen[: self.texts.most.signals], self.texts.joined_by)
            yield self.texts.action_text.stance.fill(stance=stance, signals=signals)
        else:
            yield self.texts.action_text.stance_alone.fill(stance=stance)
        if decision.causes:
            causes = [self.texts.told(cause) for cause in decision.causes]
            yield self.texts.action_text.replies.fill(causes=joined(causes, self.texts.joined_by))

    def _choice(self, decision: CustomerDecision) -> Iterator[Words]:
        texts, chosen = self.texts.action_text, decision.recommendation
        others = [one for one in decision.alternatives if one.action != NONE]
        worthy = [one for one in others if one.expected_value > one.capacity_price]
        if decision.instalment is None:
            yield texts.nothing_due.fill()
        elif chosen.action != NONE:
            value = self._money(chosen.expected_value)
            yield texts.chosen.fill(action=self.named(chosen.action), value=value, **_points(chosen.expected_effect))
        else:
            yield (texts.nothing_pays if others else texts.nothing_allowed).fill()
        if chosen.propensity < _LIKELY:
            yield texts.drawn.fill(probability=percent(chosen.propensity))
        if worthy:
            worth = [self._worth(one) for one in worthy[: self.texts.most.alternatives]]
            yield texts.next.fill(actions=joined(worth, self.texts.joined_by))

    def _worth(self, candidate: Candidate) -> Words:
        value = self._money(candidate.expected_value)
        return self.texts.action_text.worth.fill(action=self.named(candidate.action), value=value)

    def _limits(self, decision: CustomerDecision) -> Iterator[Words]:
        if decision.instalment is not None and decision.blocked:
            rules = self._rules(decision.blocked)[: self.texts.most.blocked]
            yield self.texts.action_text.blocked.fill(rules=joined(rules, self.texts.joined_by))

    def _rules(self, blocked: Sequence[Blocked]) -> list[Words]:
        """Return what each rule blocks: law and replies before what is merely too strong, which blocks most first."""
        by_rule: dict[tuple[str, str, datetime | None], list[str]] = {}
        for one in blocked:
            by_rule.setdefault((one.rule_id, one.citation, one.until), []).append(one.action)
        ordered = sorted(by_rule.items(), key=lambda item: (item[0][0] in _USUAL, -len(item[1])))
        return [self._rule(*rule, actions) for rule, actions in ordered]

    def _rule(self, rule_id: str, citation: str, until: datetime | None, actions: Sequence[str]) -> Words:
        texts = self.texts.action_text
        limit = self.texts.limits.get(rule_id, self.texts.rules.get(rule_id))
        parts = {
            "actions": joined(self._together(actions), self.texts.listed_by),
            "rule": each(lambda _: citation) if limit is None else limit.words,
        }
        return texts.by.fill(**parts) if until is None else texts.by_until.fill(**parts, moment=moment(until))

    def _together(self, actions: Sequence[str]) -> Iterator[Words]:
        """Yield what actions are called, those of a channel in one where they are all that it has."""
        named = set(actions)
        if all(name in named for name, action in self.policy.actions.items() if action.channel is not None):
            yield self.texts.any.words
            return
        whole = {channel for channel, own in self._by_channel.items() if len(own) > 1 and named >= own}
        told: set[str] = set()
        for action in actions:
            channel = self.policy.actions[action].channel
            if channel not in whole:
                yield self.named(action)
            elif channel not in told:
                told.add(channel)
                yield self.texts.any_by.fill(channel=self.texts.channels[channel].words)

    @cached_property
    def _by_channel(self) -> Mapping[Channel, set[str]]:
        found: dict[Channel, set[str]] = {}
        for name, action in self.policy.actions.items():
            if action.channel is not None:
                found.setdefault(action.channel, set()).add(name)
        return found

    def _scarce(self, decision: CustomerDecision) -> Iterator[Words]:
        """Yield what would have been worth more, were there enough of it for everybody."""
        chosen = decision.recommendation
        dearer = [one for one in decision.alternatives if one.capacity_price > chosen.capacity_price]
        best = max(dearer, key=lambda one: one.expected_value, default=None)
        if best is not None and best.expected_value > max(chosen.expected_value, 0.0):
            yield self.texts.action_text.scarce.fill(
                action=self.named(best.action),
                value=self._money(best.expected_value),
                price=self._money(best.capacity_price),
            )

    def _besides(self, decision: CustomerDecision) -> Iterator[Words]:
        texts = self.texts.action_text
        if decision.recommendation.capacity_price > 0:
            yield texts.price.fill(price=self._money(decision.recommendation.capacity_price))
        yield from self._scarce(decision)
        if decision.plan is not None and not decision.plan.fits:
            yield texts.no_plan.fill()
        if decision.escalation is not None:
            yield decision.escalation.words
        if decision.recommendation.requires_human:
            yield (texts.person_alone if decision.recommendation.action == NONE else texts.person).fill()

    def _money(self, value: float) -> Words:
        told = about(value)
        currency = self.messages.settings.currency
        return each(lambda language: getattr(currency, language).format(amount=told[language]))


def _points(effect: WireEffect) -> dict[str, Words]:
    """Return an effect and its interval in percentage points, no finer than the interval is narrow."""
    digits = int(effect.high - effect.low < _NARROW)
    return {name: points(getattr(effect, name), digits) for name in ("effect", "low", "high")}
