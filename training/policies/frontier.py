"""The frontier: what the learned policy would bring with other numbers of calls a day, believed and by the log."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from serving.allocation import frontier
from serving.allocation.capacity import claims_of, traits_of
from training.policies.learned import by_effect
from training.policies.occasions import Floats, Occasions
from training.policies.room import Room
from training.policies.worth import Measure, channel_actions, told_or_unknown

CALLS_PER_100 = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Calls on 100 occasions that are tried besides the limit there is."""


def calls_frontier(occasions: Occasions, effect: Floats, nothing: Floats, measure: Measure, room: Room) -> pd.DataFrame:
    """Return a row a limit of calls: ``calls_a_day`` for the whole book, ``calls``, ``price``, ``believed``, ``gain``.

    ``calls``: made on 100 occasions. ``price``: what one more call would bring, in currency. ``believed``: the best
    use by the model's own effects, without exploration; ``gain`` with ``low`` and ``high`` (95 %): the policy's by the
    log. Both in currency an occasion over doing nothing.
    """
    settings = occasions.settings
    now = settings.capacity.channels.get("call")
    limits = sorted({share * len(occasions) / 100 for share in CALLS_PER_100} | ({now} if now is not None else set()))
    capacity = replace(settings.capacity, channels={**settings.capacity.channels, "call": limits[-1]})
    asked = replace(settings, capacity=capacity)
    usable = occasions.allowed & ~np.isnan(effect)
    value = np.where(usable, occasions.value(np.nan_to_num(effect)), -np.inf)
    traits = traits_of(occasions.tier, occasions.programme, occasions.groups(settings.groupings), asked)
    bounds = [claim.bound(traits, settings.action_ids) for claim in claims_of(asked, traits, value)]
    believed = frontier(value, bounds, "call a day", limits)
    calls, rows = channel_actions(occasions, "call"), []
    for limit in limits:
        channels = {**settings.capacity.channels, "call": limit}
        bounded = replace(settings, capacity=replace(settings.capacity, channels=channels))
        target = by_effect(replace(occasions, settings=bounded), effect)
        told = told_or_unknown(measure, target, nothing)
        made = 100 * float(target[:, calls].sum(axis=1).mean())
        rows.append((room.a_day(limit), made, told.gain, told.low, told.high, limit == now))
    table = pd.DataFrame(rows, columns=["calls_a_day", "calls", "gain", "low", "high", "now"])
    return table.assign(believed=believed["value"] / len(occasions), price=believed["price"])
