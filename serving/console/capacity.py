"""What of a day's capacity the decisions of the last 24 hours have taken, and what one more would be worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from serving.allocation.prices import Prices
from serving.console.roll import Roll
from serving.policy_settings import PolicySettings

_DAY = 86_400
_CHANNELS = ("sms", "push", "email", "call")


@dataclass(frozen=True)
class Use:
    """A channel, or the ``budget`` in currency: what the day has taken and, None where there is none, limit and price.

    ``price`` is what one more is worth to the book, in currency, by the morning's plan.
    """

    name: str
    used: float
    limit: float | None
    price: float | None


def uses_of(roll: Roll, settings: PolicySettings, prices: Prices | None) -> tuple[Use, ...]:
    """Return the use of each channel and of the budget in the 24 hours up to the newest decision."""
    chosen = _chosen(roll)
    told = {} if prices is None else {one.claim.name: one.price for one in prices.priced}
    return tuple(_uses(chosen, settings, told))


def _uses(chosen: Mapping[str, int], settings: PolicySettings, told: Mapping[str, float]) -> Iterator[Use]:
    known = {name: settings.actions[name] for name in chosen if name in settings.actions}
    for channel in _CHANNELS:
        used = sum(chosen[name] for name, action in known.items() if action.channel == channel)
        yield Use(channel, used, settings.capacity.channels.get(channel), told.get(f"{channel} a day"))  # type: ignore[call-overload]
    cost = sum(chosen[name] * action.cost for name, action in known.items())
    yield Use("budget", cost, settings.capacity.budget, told.get("budget a day"))


def _chosen(roll: Roll) -> dict[str, int]:
    """Return how often each action was chosen in those hours."""
    if not len(roll):
        return {}
    words = roll.words["action"]
    code = words.code[roll.at > roll.at.max() - _DAY]
    return dict(zip(words.names, np.bincount(code[code >= 0], minlength=len(words.names)).tolist(), strict=True))
