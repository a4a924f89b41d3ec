"""What may be done about an instalment, and about whom.

An action is a channel, an intensity and perhaps an offer; ``none`` is an action like the others, and the
only one that is never forbidden.
"""

from __future__ import annotations

from typing import Literal

from pydantic.dataclasses import dataclass

from features.tables.schema import INTENSITIES
from serving.settings import STRICT

NONE = "none"
STANCES = ("reliable", "careless", "struggling", "new_to_credit", "chronic", "strategic", "unsure_how")

Channel = Literal["sms", "push", "email", "call"]
Intensity = Literal["gentle", "standard", "firm"]
Offer = Literal["plan", "guide", "basics", "budget"]


@dataclass(frozen=True, config=STRICT)
class Action:
    """One thing that may be done; all fields null and no cost for ``none``. ``cost`` is in currency a time."""

    channel: Channel | None = None
    intensity: Intensity | None = None
    offer: Offer | None = None
    cost: float = 0.0
    requires_human: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.cost < float("inf"):
            raise ValueError(f"cost must be 0 or more, got {self.cost}")

    @property
    def strength(self) -> int:
        """Return 0 for none, then 1, 2, 3 for gentle, standard, firm."""
        return 0 if self.intensity is None else INTENSITIES.index(self.intensity) + 1


def action_id(channel: str | None, intensity: str | None, offer: str | None) -> str:
    """Return the name an action goes by, in settings, logs and models.

    >>> action_id("call", "standard", "plan"), action_id("none", None, None)
    ('call_standard_plan', 'none')
    """
    if channel is None or channel == NONE:
        return NONE
    return "_".join(part for part in (channel, intensity, offer) if part)
