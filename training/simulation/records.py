"""What the simulated bank writes down day by day: decisions and receipts, one array a column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from training.simulation.arrays import Floats, Ints, Mask


@dataclass(frozen=True)
class Decisions:
    """One entry a decision, in order of time; ``instalment`` is a row of the schedule.

    ``day`` and ``second`` are local; ``allowed`` (n, actions) says what could have been done; ``base`` and
    ``effect`` (n, actions) are the truth of response.py at that decision; ``propensity`` is NaN where not known;
    ``paid`` is the outcome, seen or not by the end.
    """

    instalment: Ints
    day: Ints
    second: Ints
    action: Ints
    daypart: Ints
    allowed: Mask
    propensity: Floats
    base: Floats
    effect: Floats
    paid: Mask
    delivered: Mask
    read: Mask
    conversation: Mask
    replied: Mask
    cause: Ints
    second_cause: Ints
    promise_days: Ints


@dataclass(frozen=True)
class Receipts:
    """One entry a payment; ``day`` and ``second`` are local, the amount is in ``cents``."""

    instalment: Ints
    day: Ints
    second: Ints
    cents: Ints


def joined_decisions(chunks: Sequence[Decisions]) -> Decisions:
    """Return all decisions of ``chunks`` (one or more) in order."""
    names = [f.name for f in fields(Decisions)]
    return Decisions(**{name: np.concatenate([getattr(c, name) for c in chunks]) for name in names})


def joined_receipts(chunks: Sequence[Receipts], before_day: int) -> Receipts:
    """Return the receipts of ``chunks`` (one or more) dated before ``before_day``, in order."""
    names = [f.name for f in fields(Receipts)]
    columns = {name: np.concatenate([getattr(c, name) for c in chunks]) for name in names}
    seen = columns["day"] < before_day
    return Receipts(**{name: column[seen] for name, column in columns.items()})
