"""Why this risk, and what would have changed it."""

from __future__ import annotations

from serving.contract.wire import Wire, Words


class WireShare(Wire, frozen=True):
    """What one feature adds to the log-odds; ``value`` is null where it is missing."""

    feature: str
    value: float | None
    contribution: float


class WireReason(Wire, frozen=True):
    """A reason for the probability, as configs/reasons.yaml names it; features that say the same are one.

    ``contribution`` is in log-odds, above 0 raises the probability, and is the sum of those of ``features``;
    ``feature`` carries it most and ``value`` is its value; ``words`` in en and zh.
    """

    reason: str
    contribution: float
    words: Words
    feature: str
    value: float | None
    features: list[WireShare]


class WireOutcome(Wire, frozen=True):
    """Where acts of the customer, done together, lead; words in en and zh."""

    acts: list[str]
    default_probability: float
    tier: str
    words: Words


class WouldChange(Wire, frozen=True):
    """What would have changed the tier.

    ``better`` is the smallest combination of acts that leads to a better tier, null where none does; ``alone``
    says where each act leads that lowers the probability; ``words``, in en and zh, say the answer.
    """

    better: WireOutcome | None
    alone: list[WireOutcome]
    words: Words
