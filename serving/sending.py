"""When a reminder goes out: the part of the day that keeps most of the effect, among those the hours leave open.

Who has no part that is better than another gets all of the lawful hours. Hours are those of every zone the customer
may be in, parts those of their own; the answers a customer gave are looked up only where something was learned of
timing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import numpy.typing as npt

from features.answers import answers_by_part
from features.errors import PolicyError
from features.history import History
from serving.rules import RuleBook, Windows, open_stretches
from serving.rules.rulebook import day_number
from serving.rules.windows import WHOLE_DAY, Stretch
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

    @property
    def windows(self) -> Windows:
        """From when until when each goes out, in whole seconds since 1970 UTC."""
        ends = (self.earliest, self.latest)
        return Windows(*(end.astype("datetime64[s]").astype(np.int64) for end in ends))

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


def sending(history: History, now: datetime, due_day: Ints, rules: RuleBook, timing: Timing | None) -> Sending:
    """Return when to send to each customer of ``history`` from ``now`` on.

    ``due_day`` (n,) is the day since 1970 that what they are reminded of falls due.
    """
    kinds, codes = _kinds(history, due_day)
    asked = [_Day(_zones(history, kind, rules), int(history.today[k] + kind[2]), rules) for k, kind in kinds]
    whole = [day.window(now) for day in asked]
    n = len(codes)
    if timing is None or not timing.has_preference:
        return Sending(
            (), np.full(n, -1), np.ones(n), *_in_utc([[window] for window in whole], codes, np.zeros(n, int))
        )
    spans = [(60 * begins, 60 * ends) for begins, ends in timing.hours]
    stretches = [day.stretches(now, spans) for day in asked]
    multiplier = timing.multipliers(answers_by_part(history, timing.hours))
    is_open = np.array([[stretch is not None for stretch in parts] for parts in stretches])[codes]
    candidates = np.where(is_open, multiplier, -1.0)
    best, rows = candidates.argmax(axis=1), np.arange(n)
    chosen = timing.prefers(multiplier) & is_open.any(axis=1)
    part = np.where(chosen, best, -1)
    table = [[stretch or window for stretch in (*parts, None)] for parts, window in zip(stretches, whole, strict=True)]
    return Sending(timing.parts, part, np.where(chosen, multiplier[rows, best], 1.0), *_in_utc(table, codes, part))


@dataclass(frozen=True)
class _Day:
    """The hours of customers who may be in the same ``zones``, the first their own, and owe from the same day."""

    zones: Sequence[str]
    due_day: int
    rules: RuleBook

    def stretches(self, now: datetime, spans: Sequence[tuple[int, int]]) -> list[Stretch | None]:
        return open_stretches(now, self.zones, self._hours_on, spans)

    def window(self, now: datetime) -> Stretch:
        """Return the next stretch that hours leave; of the first zone alone where all together leave none."""
        together = self.stretches(now, [WHOLE_DAY])[0]
        alone = together or open_stretches(now, self.zones[:1], self._hours_on, [WHOLE_DAY])[0]
        if alone is None:
            raise PolicyError(f"the contact hours leave no stretch in {self.zones[0]} after {now.isoformat()}.")
        return alone

    def _hours_on(self, day: date) -> tuple[int, int]:
        return self.rules.span(day, day_number(day) > self.due_day)


_SOONEST, _LATEST = -3, 7
"""Days from today between which it matters on which day an instalment falls due: windows lie in the next three."""


def _kinds(history: History, due_day: Ints) -> tuple[list[tuple[int, tuple[int, int, int]]], Ints]:
    """Return, for each kind of customer, the row of one and their zones and due day from today, and each row's kind."""
    zones, who = history.ledger.zones, history.customer
    ahead = np.clip(due_day - history.today, _SOONEST, _LATEST)
    home, other = zones.code[who], zones.other[who]
    several = len(zones.names) + 1
    key = ((home + 1) * several + other + 1) * (_LATEST - _SOONEST + 1) + ahead - _SOONEST
    _, first, codes = np.unique(key, return_index=True, return_inverse=True)
    return [(k, (int(home[k]), int(other[k]), int(ahead[k]))) for k in first.tolist()], codes


def _zones(history: History, kind: tuple[int, int, int], rules: RuleBook) -> list[str]:
    """Return the zones a kind of customer may be in: their own or, where not known, all of the pack's; and another."""
    names, (home, other, _) = history.ledger.zones.names, kind
    own = [names[home]] if home >= 0 else list(rules.zones)
    return own if other < 0 else [*own, names[other]]


def _in_utc(
    stretches: Sequence[Sequence[tuple[datetime, datetime]]], zone: Ints, place: Ints
) -> tuple[Moments, Moments]:
    """Return the begin and the end of the stretch at ``place`` of each ``zone``, (n,) each."""
    plain = [[[moment.astimezone(UTC).replace(tzinfo=None) for moment in two] for two in row] for row in stretches]
    moments = np.array(plain, dtype="datetime64[us]").reshape(len(plain), -1 if plain else 1, 2)
    chosen = moments[zone, place]
    return chosen[:, 0], chosen[:, 1]
