"""When a day begins by a customer's clock, as compiled code asks it."""

from __future__ import annotations

from features.kernel.compiled import compiled
from features.ledger.calendar import DAY
from serving.rules.zones import Clocks, reading


@compiled
def midnight(clocks: Clocks, zone: int, day: int) -> int:
    """Return the first moment (seconds since 1970 UTC) at which a zone's calendar shows a day (since 1970) or a later.

    ``zone`` is its number in ``clocks``, -1: UTC. Where the clocks are set forward over midnight the day begins later
    than at 0:00; where they are set back to it, it begins at the first of the two.
    """
    if zone < 0:
        return day * DAY
    moment = (day - 2) * DAY  # no zone is two days from UTC
    while True:
        offset, change = reading(clocks, zone, moment)
        if day * DAY - offset < change:
            return max(day * DAY - offset, moment)
        moment = change
