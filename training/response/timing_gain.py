"""What choosing the part of the day adds to hours drawn evenly: as expected, and as the log bears it out.

Measured on customers the timing was not learned on. The measure needs no model to be right: reminders that
happened to go out at the part that would have been chosen are held against all of their action, doubly robust
(doi 10.1214/14-STS500).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from serving.effects import Z95
from serving.timing import Timing
from training.response.timing import LearnedTiming
from training.response.timing_log import TimingLog

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ANY, ALL = "any", "all"
"""Rows of the table: who has no part that is better than another; everyone."""


_STEP = 1e-3


def timing_gain(learned: LearnedTiming, log: TimingLog, recovery_weight: float) -> pd.DataFrame:
    """Return what the choice of the part adds to the logged reminders, a row a chosen part, then ANY and ALL.

    Columns: ``rows`` reminders; in P(paid within 7 days), what serving ``expected`` and what was ``measured``, each
    with a 95 % interval ``_low``, ``_high``; the same in currency a reminder after ``value_``: the gain times the
    amount due and ``recovery_weight``. The interval of what is expected is that of what was learned, of what was
    measured that between customers. NaN where there are no rows.
    """
    timing = learned.timing
    multiplier = timing.multipliers(log.before)
    best = np.where(timing.prefers(multiplier), multiplier.argmax(axis=1), -1)
    expected, measured = _expected(timing, log, best), _measured(timing, log, best)
    slopes = np.array([(_expected(moved, log, best) - expected) / _STEP for moved in _neighbours(learned)])
    chosen = {name: best == part for part, name in enumerate(timing.parts)}
    chosen |= {ANY: best < 0, ALL: np.ones(len(best), np.bool_)}
    rows: dict[str, dict[str, Any]] = {}
    for name, taken in chosen.items():
        kept = taken & log.is_sent
        gain = _Gain(expected[kept], measured[kept], slopes[:, kept], log.group[kept], learned.covariance)
        value = gain.times(log.amount[kept] * recovery_weight).summary
        rows[name] = {"rows": int(kept.sum()), **gain.summary, **{f"value_{k}": v for k, v in value.items()}}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("daypart")


@dataclass(frozen=True)
class _Gain:
    """The gain of m reminders: ``slopes`` (p + 1, m) of what is expected by what was learned."""

    expected: Floats
    measured: Floats
    slopes: Floats
    group: Ints
    covariance: Floats

    def times(self, worth: Floats) -> _Gain:
        """Return the gain in currency, ``worth`` (m,) being that of a sure payment."""
        return replace(self, expected=self.expected * worth, measured=self.measured * worth, slopes=self.slopes * worth)

    @property
    def summary(self) -> dict[str, float]:
        """Both means with their intervals."""
        numbers: dict[str, float] = {}
        for name in ("expected", "measured"):
            mean, reach = np.nan, np.nan
            if len(self.group):
                mean = float(getattr(self, name).mean())
                reach = Z95 * (self._error_of_learning() if name == "expected" else self._error_of_sampling())
            numbers |= {name: mean, f"{name}_low": mean - reach, f"{name}_high": mean + reach}
        return numbers

    def _error_of_learning(self) -> float:
        slope = self.slopes.mean(axis=1)
        return float(np.sqrt(np.maximum(slope @ self.covariance @ slope, 0.0)))

    def _error_of_sampling(self) -> float:
        apart = self.measured - self.measured.mean()
        return float(np.sqrt((np.bincount(self.group, apart) ** 2).sum())) / len(apart)


def _neighbours(learned: LearnedTiming) -> Iterator[Timing]:
    """Yield the timing with each of its numbers a step larger; as it is where the number was not proven."""
    timing = learned.timing
    proven = (timing.population != 1.0).any()
    for part in range(len(timing.parts)):
        step = np.eye(len(timing.parts))[part] * _STEP * proven
        yield replace(timing, population=timing.population + step)
    yield replace(timing, strength=timing.strength + _STEP * (timing.strength != 0))


def _expected(timing: Timing, log: TimingLog, best: Ints) -> Floats:
    """Return what sending at the ``best`` part (-1: at any) is expected to add to each decision, (n,)."""
    multiplier = timing.multipliers(log.before)
    even = (multiplier * log.chance).sum(axis=1)
    gain = multiplier[np.arange(len(log)), np.maximum(best, 0)] - even
    return np.where(best >= 0, log.effect * gain, 0.0)


def _measured(timing: Timing, log: TimingLog, best: Ints) -> Floats:
    """Return what it was measured to add to each decision, (n,); only the mean means anything."""
    multiplier, chance, rows = timing.multipliers(log.before), log.chance, np.arange(len(log))
    even = (multiplier * chance).sum(axis=1)
    logged = np.maximum(chance[rows, np.maximum(best, 0)], 1e-9)
    weight = np.where(best >= 0, (log.part == best) / logged, 1.0)
    left = log.residual - log.effect * (multiplier[rows, log.part] - even)
    return _expected(timing, log, best) + (weight - 1.0) * left
