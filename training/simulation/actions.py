"""The actions the simulated bank can take; an action's id is ``none`` or channel_intensity[_offer].

The places of actions are codes in the log: a new one goes to the end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulation.arrays import Floats, Ints

REACH = ("sms", "push", "email", "call")
DAYPARTS = ("morning", "afternoon", "evening")
DAYPART_HOURS = ((9, 12), (12, 17), (17, 20))


@dataclass(frozen=True)
class Action:
    """One way to remind; ``weight`` is how much one use adds to the customer's stock of contacts.

    >>> Action("sms", "gentle", "plan", 0.05, 1.0).action_id
    'sms_gentle_plan'
    """

    channel: str
    intensity: str | None
    offer: str | None
    cost: float
    weight: float

    @property
    def action_id(self) -> str:
        """The id as reminders are compared by it."""
        return "_".join(part for part in (self.channel, self.intensity, self.offer) if part)


CATALOGUE = (
    Action("none", None, None, 0.0, 0.0),
    Action("sms", "gentle", None, 0.05, 1.0),
    Action("sms", "standard", None, 0.05, 1.0),
    Action("push", "gentle", None, 0.01, 0.6),
    Action("email", "gentle", "guide", 0.02, 0.6),
    Action("call", "standard", None, 3.0, 1.5),
    Action("call", "firm", None, 4.0, 2.0),
    Action("sms", "gentle", "plan", 0.05, 1.0),
    Action("call", "standard", "plan", 3.0, 1.5),
    Action("email", "gentle", "basics", 0.02, 0.6),
    Action("email", "gentle", "budget", 0.02, 0.6),
)
ACTIONS = tuple(action.action_id for action in CATALOGUE)


def channel_codes() -> Ints:
    """Return each action's place in ``REACH``, (actions,); -1 for ``none``."""
    return np.array([REACH.index(a.channel) if a.channel in REACH else -1 for a in CATALOGUE])


def contact_weights() -> Floats:
    """Return what one use of each action adds to the stock of contacts, (actions,)."""
    return np.array([a.weight for a in CATALOGUE], dtype=np.float32)
