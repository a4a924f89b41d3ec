"""When a reminder goes out: the part of the day that keeps most of the effect, among those the hours leave open.

Who has no part that is better than another gets all of the lawful hours. Hours are those of the customer's own
zone; the answers a customer gave are looked up only where something was learned of timing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.answers import answers_by_part
from features.history import History
from serving.actions import ContactHours
from serving.rules import open_parts, send_window
from serving.timing import Timing

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Moments = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Sending:
    """When each of n reminders goes out.

    ``names`` of the parts of the day; ``part`` (n,) their number, -1 for all of the lawful hours; ``multiplier``
    (n,): what of an effect is kept at that time; ``earliest`` and ``latest`` (n,), datetime64[us] in UTC.
    """

    names: tuple[str, ...]
    part: Ints
    multiplier: Floats
    earliest: Moments
    latest: Moments

    def name(self, row: int) -> str | None:
        """Return the name of the part in which to send to a customer, None for all of the lawful hours."""
        return self.names[self.part[row]] if self.part[row] >= 0 else None

    def at_the_time(self, effect: Floats, room: Floats) -> Floats:
        """Return effects (n, actions) at the time of sending, at most ``room`` (n,), what is left up to certainty.

        ``effect`` is that of the log's hours. What helps is scaled, what harms does so at any hour.

        >>> stretch = np.array(["2026-03-01T01"], "datetime64[us]")
        >>> morning = Sending(("morning",), np.array([0]), np.array([1.25]), stretch, stretch)
        >>> morning.at_the_time(np.array([[0.08, -0.08, 0.4]]), np.array([0.45])).tolist()
        [[0.1, -0.08, 0.45]]
        """
        scaled = np.minimum(effect * self.multiplier[:, None], np.maximum(effect, room[:, None]))
        return np.where(effect > 0, scaled, effect)


def sending(
    history: History, now: datetime, zones: Sequence[str], hours: ContactHours, timing: Timing | None
) -> Sending:
    """Return when to send to each customer of ``history``, who live in ``zones`` (n,), from ``now`` on."""
    codes, names = pd.factorize(np.asarray(zones, dtype=object))
    whole = [send_window(now, zone, hours) for zone in names]
    if timing is None or not timing.has_preference:
        n = len(codes)
        return Sending(
            (), np.full(n, -1), np.ones(n), *_in_utc([[window] for window in whole], codes, np.zeros(n, int))
        )
    stretches = [open_parts(now, zone, hours, timing.hours) for zone in names]
    multiplier = timing.multipliers(answers_by_part(history, timing.hours))
    is_open = np.array([[stretch is not None for stretch in parts] for parts in stretches])[codes]
    candidates = np.where(is_open, multiplier, -1.0)
    best, rows = candidates.argmax(axis=1), np.arange(len(codes))
    chosen = timing.prefers(multiplier) & is_open.any(axis=1)
    part = np.where(chosen, best, -1)
    table = [[stretch or window for stretch in (*parts, None)] for parts, window in zip(stretches, whole, strict=True)]
    return Sending(timing.parts, part, np.where(chosen, multiplier[rows, best], 1.0), *_in_utc(table, codes, part))


def _in_utc(
    stretches: Sequence[Sequence[tuple[datetime, datetime]]], zone: Ints, place: Ints
) -> tuple[Moments, Moments]:
    """Return the begin and the end of the stretch at ``place`` of each ``zone``, (n,) each."""
    plain = [[[moment.astimezone(UTC).replace(tzinfo=None) for moment in two] for two in row] for row in stretches]
    moments = np.array(plain, dtype="datetime64[us]").reshape(len(plain), -1, 2)
    chosen = moments[zone, place]
    return chosen[:, 0], chosen[:, 1]
