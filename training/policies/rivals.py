"""The policies that every verdict compares: nothing, the ladder, one action for all, risk alone, the learned one.

A rival is a table of probabilities, (n, k), a row an occasion. None goes beyond rules or capacity: what a rule takes
from it becomes its next choice or nothing, and so does what comes after a channel's last contact.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from serving.actions import NONE
from serving.bank_ladder import by_strength, ladder_wishes
from serving.policy_settings import Capacity
from training.policies.occasions import Floats, Ints, Mask, Occasions

Most = Mapping[str, float]
"""The most contacts by channel over all the occasions, and under BUDGET what they may cost, in currency.

What is absent is not bounded.
"""

BUDGET = "budget"

NOTHING, LADDER, SINGLE, RISK, LEARNED, RUNNING, ORACLE = (
    "nothing",
    "the bank's ladder",
    "best single action",
    "risk alone",
    "learned policy",
    "running policy",
    "all-knowing",
)


def most_of(capacity: Capacity) -> dict[str, float]:
    """Return what the capacity of all the occasions together bounds, as rivals keep it."""
    bounds: dict[str, float | None] = {BUDGET: capacity.budget}
    bounds.update({str(channel): limit for channel, limit in capacity.channels.items()})
    return {name: float(limit) for name, limit in bounds.items() if limit is not None}


def nothing(occasions: Occasions) -> Floats:
    """Return the policy that never reminds anybody."""
    return _certain(np.full(len(occasions), occasions.none), occasions)


def always(occasions: Occasions, action: str, most: Most) -> Floats:
    """Return the policy of one action for all who may have it, first come first served."""
    wish = np.full((len(occasions), 1), occasions.settings.action_ids.index(action))
    return _certain(_served(wish, np.arange(len(occasions)), occasions, most), occasions)


def ladder(occasions: Occasions, most: Most) -> Floats:
    """Return the usual ladder: a message before the due date and on it, then the intensity by tier alone.

    From the day after the due date the upper half of the tiers is called, first come first served; whoever cannot
    have that, by rule, consent or capacity, gets the next weaker message.
    """
    wish = ladder_wishes(occasions.settings, occasions.tier, occasions.stage)
    return _certain(_served(wish, np.arange(len(occasions)), occasions, most), occasions)


def risk_alone(occasions: Occasions, most: Most) -> Floats:
    """Return the policy that knows no effects: the likelier the default and the larger the sum, the sooner called.

    Calls go to the largest default probability times amount until they are used up; all others get a message.
    """
    exposure = occasions.default_probability * occasions.amount
    order = np.argsort(-exposure, kind="stable")
    settings = occasions.settings
    wish = np.array([by_strength(settings, "call") + by_strength(settings, "sms")])
    return _certain(_served(np.repeat(wish, len(occasions), axis=0), order, occasions, most), occasions)


def _served(wish: Ints, order: Ints, occasions: Occasions, most: Most) -> Ints:
    """Return the first wish of each row, (n, wishes), that rules and capacity leave, in ``order``; else nothing."""
    settings, allowed = occasions.settings, occasions.allowed
    channel = np.array([action.channel or NONE for action in settings.actions.values()])
    action = np.full(len(occasions), occasions.none)
    waiting: Mask = np.ones(len(occasions), dtype=bool)
    left = {name: int(count) for name, count in most.items() if name != BUDGET}
    purse = most.get(BUDGET, np.inf)
    for place in range(wish.shape[1]):
        asked = wish[:, place]
        willing = waiting & allowed[np.arange(len(occasions)), asked]
        for name in np.unique(channel[asked[willing]]):
            rows = order[(willing & (channel[asked] == name))[order]]
            rows = rows[: left.get(name, len(rows))]
            rows = rows[np.cumsum(settings.costs[asked[rows]]) <= purse]
            purse -= settings.costs[asked[rows]].sum()
            left[name] = left.get(name, len(occasions)) - len(rows)
            action[rows] = asked[rows]
            waiting[rows] = False
    return action


def _certain(action: npt.NDArray[np.int64], occasions: Occasions) -> Floats:
    return np.eye(len(occasions.settings.action_ids))[action]
