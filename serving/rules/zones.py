"""The clocks of several time zones side by side, as compiled code reads them."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from features.kernel.compiled import compiled
from features.kernel.windows import Ints
from features.ledger.calendar import offset_changes

LAST = 2**40
"""A moment after every change of a clock."""


class Clocks(NamedTuple):
    """The zones of a book, then those of a pack.

    ``bounds`` (zones + 1,) is where each zone's changes begin in ``changes``, the seconds since 1970 UTC from which
    the offset in ``offsets`` holds; the first is before every moment. ``of_pack`` is the number of the pack's first.
    """

    bounds: Ints
    changes: Ints
    offsets: Ints
    of_pack: int


@lru_cache(maxsize=256)
def clocks_of(names: tuple[str, ...], pack: tuple[str, ...]) -> Clocks:
    """Return the clocks of a book's zones and a pack's."""
    tables = [offset_changes(name) for name in (*names, *pack)]
    bounds = np.cumsum([0, *(len(offsets) for _, offsets in tables)])
    changes = np.concatenate([np.append(-LAST, changes) for changes, _ in tables])
    return Clocks(bounds, changes, np.concatenate([offsets for _, offsets in tables]), len(names))


@compiled
def reading(clocks: Clocks, zone: int, at: int) -> tuple[int, int]:
    """Return the offset of a zone's clock at a moment, and the moment of its next change."""
    low, high = clocks.bounds[zone], clocks.bounds[zone + 1]
    ends = high
    while low < high:  # low becomes the first change after the moment
        middle = (low + high) // 2
        if clocks.changes[middle] <= at:
            low = middle + 1
        else:
            high = middle
    return clocks.offsets[low - 1], clocks.changes[low] if low < ends else LAST


@compiled
def zones_in(clocks: Clocks, home: int, other: int) -> int:
    """Return in how many zones a customer may be: their own and the other one, or all of the pack's and it."""
    own = 1 if home >= 0 else len(clocks.bounds) - 1 - clocks.of_pack
    return own + (other >= 0)


@compiled
def zone_in(clocks: Clocks, home: int, other: int, place: int) -> int:
    """Return the number of the zone at ``place`` among those in which a customer may be."""
    if other >= 0 and place == zones_in(clocks, home, other) - 1:
        return other
    return home if home >= 0 else clocks.of_pack + place
