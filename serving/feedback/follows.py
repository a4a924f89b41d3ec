"""What follows from each cause, as the whole numbers that compiled code reads."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from features.kernel.windows import Ints
from features.tables.schema import INTENSITIES, OFFERS
from serving.feedback.causes import CAUSES, Cause

if TYPE_CHECKING:
    from serving.feedback.settings import Consequence, PromiseSettings

CLOSES = ("none", "channel", "number", "all")
"""Which channels a cause may close, by its place in ``Follow.CLOSES``."""

CLOSES_NONE, CLOSES_CHANNEL, CLOSES_NUMBER, CLOSES_ALL = range(len(CLOSES))

NO_END = -1
"""In place of days: until a person ends it."""

UNLIMITED = len(INTENSITIES)
"""The strength of the firmest intensity, which limits nothing."""


class Follow(IntEnum):
    """The columns of ``follows``.

    ``DAYS`` for which it holds from the day it was told (``NO_END``: no end); a promise at most ``DAYS``, and
    ``WITHOUT_DAY`` where it names none. ``STRENGTH`` in [1, ``UNLIMITED``] is the greatest that may be met; ``OFFER`` a
    place in ``OFFERS`` or -1; the others are 0 or 1.
    """

    CLOSES = 0
    DAYS = 1
    WITHOUT_DAY = 2
    UNTIL_SETTLED = 3
    STRENGTH = 4
    OFFER = 5
    PERSON = 6
    IS_PROMISE = 7


def follows_of(consequences: Mapping[Cause, Consequence], promise: PromiseSettings) -> Ints:
    """Return what follows from each of ``CAUSES``, (causes, columns of ``Follow``)."""
    table = np.zeros((len(CAUSES), len(Follow)), np.int64)
    for row, cause in zip(table, CAUSES, strict=True):
        one, is_promise = consequences[cause], cause == "promise"
        days = promise.at_most if is_promise else one.days
        row[Follow.CLOSES] = CLOSES.index(one.closes)
        row[Follow.DAYS] = NO_END if days is None else days
        row[Follow.WITHOUT_DAY] = promise.without_day if is_promise else 0
        row[Follow.UNTIL_SETTLED] = one.until_settled
        row[Follow.STRENGTH] = UNLIMITED if one.strongest is None else 1 + INTENSITIES.index(one.strongest)
        row[Follow.OFFER] = -1 if one.offer is None else OFFERS.index(one.offer)
        row[Follow.PERSON] = one.requires_human
        row[Follow.IS_PROMISE] = is_promise
    return table
