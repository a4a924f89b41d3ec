"""What each action brought against what was expected of it, and what other policies would have brought.

A realised effect is the share paid less what the response model expects without a reminder: nobody sees both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from features.errors import PolicyError
from features.kernel.windows import Floats, Mask
from serving.monitoring.decided import Decided
from serving.monitoring.finding import Finding, chance_of_gap
from serving.monitoring.sampled import Valued
from serving.offpolicy import policy_gain

_EXPECTED = ("expected_effect", "expected_value")

_FEWEST = 30
"""Decisions with an action below which nothing is said of it."""


@dataclass(frozen=True)
class ActionValue:
    """An action, over the decisions whose seven days have ended.

    ``decisions`` took it, ``paid_share`` of them were paid in full within seven days, and ``expected_effect`` and
    ``expected_value`` (currency) are what the journal says was expected of each.
    Of ``sampled`` of them, on average: ``sampled_paid_share``; ``expected_paid_share``, by the response model;
    ``realised_effect`` and ``realised_value`` (currency), by what is paid beyond what the model expects without a
    reminder. None where nothing was sampled. ``chance``: how often a right model is off as much.
    """

    action: str
    decisions: int
    paid_share: float
    expected_effect: float
    expected_value: float
    sampled: int
    sampled_paid_share: float | None
    expected_paid_share: float | None
    realised_effect: float | None
    realised_value: float | None
    chance: float


@dataclass(frozen=True)
class PolicyWorth:
    """What a policy would have brought a decision more than what ran, in currency, with a 95 % interval.

    ``refused`` says why there is no number; the others are None then.
    """

    policy: str
    decisions: int
    value: float | None
    gain: float | None
    low: float | None
    high: float | None
    effective_rows: float | None
    overlap: float | None
    refused: str | None


def action_values(decided: Decided, paid: Mask, one: Valued | None) -> tuple[ActionValue, ...]:
    """Return what each action taken brought, by name; ``paid`` (n,) tells which decisions were followed by payment."""
    words = decided.words["action"]
    told = []
    for name, rows in sorted(words.counts().items()):
        took = words.among(lambda other, name=name: other == name)  # type: ignore[misc]
        share, effect, value = (float(column[took].mean()) for column in (paid, *map(decided.__getitem__, _EXPECTED)))
        told.append(_action(name, rows, (share, effect, value), one))
    return tuple(told)


def value_findings(actions: tuple[ActionValue, ...]) -> Iterator[Finding]:
    """Yield what there is to say of each action."""
    for one in actions:
        if one.expected_paid_share is None or one.sampled_paid_share is None or one.sampled < _FEWEST:
            continue
        told = (
            f"{one.sampled_paid_share:.1%} of {one.sampled:,} paid within 7 days, {one.expected_paid_share:.1%} were "
            f"expected; by chance in {one.chance:.2g} of windows"
        )
        gap = abs(one.sampled_paid_share - one.expected_paid_share)
        yield Finding("action_value", one.action, gap, one.chance, told)


def policy_worths(one: Valued, targets: Mapping[str, Floats]) -> tuple[PolicyWorth, ...]:
    """Return what policies would have brought over what ran, by doubly robust estimates.

    ``targets``: probabilities of each of the sample's actions, (n, k), by name of the policy.
    """
    nothing = np.zeros_like(one.chance)
    nothing[:, one.nothing] = 1.0
    return tuple(_worth(name, one, target) for name, target in {"no reminder": nothing, **targets}.items())


def modelled_worth(name: str, one: Valued, target: Floats) -> PolicyWorth:
    """Return what a policy would have brought over what ran if the response model is right, whatever the log overlaps.

    The interval is that of which customers there were; it knows nothing of the model's errors.
    """
    ran = np.eye(len(one.actions))[one.action]
    return _worth(name, one, target, baseline=ran, method="dm")


def _action(name: str, decisions: int, means: tuple[float, float, float], one: Valued | None) -> ActionValue:
    rows = np.array([], np.int64)
    if one is not None and name in one.actions:
        rows = np.flatnonzero(one.action == one.actions.index(name))
    if one is None or not len(rows):
        return ActionValue(name, decisions, *means, 0, None, None, None, None, 1.0)
    place, paid = one.actions.index(name), one.paid[rows]
    expected, base = one.chance[rows, place], one.chance[rows, one.nothing]
    value = (paid - base) * one.due[rows] - one.burden[rows, place]
    error = float(np.sqrt((expected * (1 - expected)).sum()) / len(rows))
    chance = chance_of_gap(float((paid - expected).mean()), error)
    return ActionValue(
        name,
        decisions,
        *means,
        sampled=len(rows),
        sampled_paid_share=float(paid.mean()),
        expected_paid_share=float(expected.mean()),
        realised_effect=float((paid - base).mean()),
        realised_value=float(value.mean()),
        chance=chance,
    )


def _worth(name: str, one: Valued, target: Floats, baseline: Floats | None = None, method: str = "dr") -> PolicyWorth:
    logged = (one.action, one.money, one.decided["propensity"])
    try:
        found = policy_gain(*logged, target, baseline, one.predicted, method=method, groups=one.decided.person)
    except PolicyError as error:
        return PolicyWorth(name, len(one), *(None,) * 6, refused=str(error))
    told = (found.value, found.gain, found.low, found.high, found.ess, found.overlap)
    return PolicyWorth(name, len(one), *told, refused=None)
