"""What would have changed the tier, as the wire says it: counterfactuals in words, with the customer's own numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from features.book import Book
from features.feature import Language, spoken
from serving.acts import ACTS
from serving.contract import WireOutcome, WouldChange
from serving.counterfactual import Counterfactual, Outcome, counterfactuals
from serving.decide import Decisions
from serving.policy_settings import PolicySettings
from serving.reason_settings import ReasonSettings, Text
from serving.scorer import Scorer

type Words = Mapping[Language, str]


def would_change(found: Counterfactual, tiers: Sequence[str], texts: ReasonSettings) -> WouldChange:
    """Return a counterfactual as the wire says it; ``tiers`` are the names of the policy's, the best first."""
    now = texts.tier(tiers[found.now.tier])

    def told(led: Outcome, text: Text) -> WireOutcome:
        words = text.fill(
            now=now,
            tier=texts.tier(tiers[led.tier]),
            probability=_percent(led.default_probability),
            acts=_acts(led.acts, found.numbers, texts),
        )
        p = led.default_probability
        return WireOutcome(acts=list(led.acts), default_probability=p, tier=tiers[led.tier], words=words)

    alone = [told(led, texts.would_change.alone) for led in found.alone]
    if found.better is not None:
        better = told(found.better, texts.would_change.better)
        return WouldChange(better=better, alone=alone, words=better.words)
    none = texts.would_change.best if found.now.tier == 0 else texts.would_change.none
    return WouldChange(better=None, alone=alone, words=none.fill(now=now))


def advise(
    book: Book, decisions: Decisions, scorer: Scorer, policy: PolicySettings, texts: ReasonSettings
) -> list[WouldChange]:
    """Return what would have changed the tier of each customer, in the order of the decisions made on ``book``."""
    stand = zip(decisions.X.customers, decisions.scores.default_probability, decisions.tier, strict=True)
    now = {str(name): Outcome((), float(p), int(tier)) for name, p, tier in stand}
    found = counterfactuals(book, decisions.as_of, scorer, policy, now, tuple(texts.acts))
    return [would_change(found[name], list(policy.tiers), texts) for name in now]


def _percent(share: float) -> Words:
    return {"en": f"{share:.1%}".replace("%", " %"), "zh": f"{share:.1%}"}


def _acts(acts: Sequence[str], numbers: Mapping[str, Mapping[str, float]], texts: ReasonSettings) -> Words:
    """Return the acts in words, one after the other."""
    said = [texts.acts[act].fill(**{k: _said(act, v) for k, v in numbers[act].items()}) for act in acts]
    joined_by = texts.would_change.joined_by
    return {"en": joined_by.en.join(one["en"] for one in said), "zh": joined_by.zh.join(one["zh"] for one in said)}


def _said(act: str, number: float) -> Words:
    return {"en": spoken(number, ACTS[act].unit, "en"), "zh": spoken(number, ACTS[act].unit, "zh")}
