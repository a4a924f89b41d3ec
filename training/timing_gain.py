"""What choosing the part of the day adds to hours drawn evenly: as expected, and as the log bears it out.

Measured on customers the timing was not learned on. The measure needs no model to be right: reminders that
happened to go out at the part that would have been chosen are held against all of their action, doubly robust
(doi 10.1214/14-STS500).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from serving.effects import Z95
from serving.timing import Timing
from training.timing_log import TimingLog

Floats = npt.NDArray[np.float64]

ANY, ALL = "any", "all"
"""Rows of the table: who has no part that is better than another; everyone."""


def timing_gain(timing: Timing, log: TimingLog, recovery_weight: float) -> pd.DataFrame:
    """Return what the choice of the part adds to the logged reminders, a row a chosen part, then ANY and ALL.

    Columns: ``rows`` reminders; in P(paid within 7 days), ``expected``, ``measured`` and its 95 % interval ``low``,
    ``high``; in currency a reminder, ``value_expected``, ``value_measured``, ``value_low``, ``value_high``, the
    gain times the amount due and ``recovery_weight``. Intervals are between customers; NaN where there are no rows.
    """
    expected, measured, best = _gains(timing, log)
    worth = log.amount * recovery_weight
    chosen = {name: best == part for part, name in enumerate(timing.parts)}
    chosen |= {ANY: best < 0, ALL: np.ones(len(best), np.bool_)}
    rows: dict[str, dict[str, Any]] = {}
    for name, taken in chosen.items():
        kept = taken & log.is_sent
        gain = _mean(expected[kept], measured[kept], log.group[kept])
        value = _mean((expected * worth)[kept], (measured * worth)[kept], log.group[kept])
        rows[name] = {"rows": int(kept.sum()), **gain, **{f"value_{key}": number for key, number in value.items()}}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("daypart")


def _gains(timing: Timing, log: TimingLog) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Return what the choice adds to each decision, as expected and as measured, and the part chosen, -1 for any."""
    multiplier, chance, rows = timing.multipliers(log.before), log.chance, np.arange(len(log))
    best = np.where(timing.prefers(multiplier), multiplier.argmax(axis=1), -1)
    at = np.maximum(best, 0)
    even = (multiplier * chance).sum(axis=1)
    expected = np.where(best >= 0, log.effect * (multiplier[rows, at] - even), 0.0)
    weight = np.where(best >= 0, (log.part == best) / np.maximum(chance[rows, at], 1e-9), 1.0)
    left = log.residual - log.effect * (multiplier[rows, log.part] - even)
    return expected, expected + (weight - 1.0) * left, best


def _mean(expected: Floats, measured: Floats, group: npt.NDArray[np.int64]) -> dict[str, float]:
    """Return the two means and the interval of the second, sampled by customer."""
    if not len(expected):
        return dict.fromkeys(("expected", "measured", "low", "high"), np.nan)
    mean = float(measured.mean())
    reach = Z95 * float(np.sqrt((np.bincount(group, measured - mean) ** 2).sum())) / len(measured)
    return {"expected": float(expected.mean()), "measured": mean, "low": mean - reach, "high": mean + reach}
