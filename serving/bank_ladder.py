"""The bank's ladder, which every policy is held against: a message before the due date, then the intensity by tier."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.kernel.windows import Ints, Mask
from serving.actions import NONE
from serving.policy_settings import PolicySettings


def ladder_wishes(settings: PolicySettings, tier: Ints, stage: Ints) -> Ints:
    """Return the actions that the ladder would take, (n, wishes), the first that may be had first.

    ``tier`` and ``stage`` (n,) are places in the policy's. Until the due date it is the gentlest message; from the day
    after the upper half of the tiers is called, and whoever cannot be gets the next weaker message.
    """
    late = np.array([begins > 0 for begins in settings.stages.values()])[stage]
    upper = tier >= len(settings.tiers) / 2
    messages, calls = by_strength(settings, "sms"), by_strength(settings, "call")
    gentle = np.array([messages[-1:] * len(calls + messages)])
    stepwise = np.array([messages + messages[-1:] * len(calls)])
    firm = np.array([calls + messages])
    wish: Ints = np.where(late[:, None], np.where(upper[:, None], firm, stepwise), gentle)
    return wish


def climbed(settings: PolicySettings, tier: Ints, stage: Ints, allowed: Mask) -> npt.NDArray[np.int64]:
    """Return the action the ladder takes, (n,), where ``allowed`` (n, actions) leaves one, else none.

    Capacity is not minded.
    """
    wish = ladder_wishes(settings, tier, stage)
    may = np.take_along_axis(allowed, wish, axis=1)
    first = np.take_along_axis(wish, may.argmax(axis=1)[:, None], axis=1)[:, 0]
    return np.where(may.any(axis=1), first, settings.action_ids.index(NONE))


def by_strength(settings: PolicySettings, channel: str) -> list[int]:
    """Return the plain actions of a channel (without an offer), the strongest first."""
    plain = [k for k, a in enumerate(settings.actions.values()) if a.channel == channel and a.offer is None]
    return sorted(plain, key=lambda k: -int(settings.strengths[k]))
