"""What the log says of when to send: learned beside the response, from the same reminders.

A reminder's outcome, less what the response model foretells of it, is regressed on its effect at each part of the
day and on its effect times the customer's own rhythm of answering. Parts are compared with each other among
reminders of one action, so that a bank which calls in the evening and texts in the morning does not teach that
calls are for the evening; and what a part changes without any effect (who is asked in the evening has not paid
during the day) is told apart from what it changes of the effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import chi2, norm

from serving.effects import Z95
from serving.timing import Timing
from training.response.timing_log import TimingLog

Floats = npt.NDArray[np.float64]

LEVEL = 0.01
"""Parts count as different, and people as having hours of their own, where chance would show it in so few logs."""

LEVEL_OF_STRENGTH = 0.05
"""The same for effects that follow people's hours once these are proven: to be wrong there costs no payment."""

_DRAWN = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)
"""For how many answers the usual ones may count."""

_FEWEST = 100
"""Reminders in each part of the day below which nothing is compared."""


@dataclass(frozen=True)
class LearnedTiming:
    """What was learned and how sure it is.

    ``timing`` is what serving uses, shrunk, and exactly even where not proven. ``multiplier`` (p,): what the log
    alone says each part keeps of an effect; ``strength`` the same of the customers' own rhythm; ``covariance``
    (p + 1, p + 1) of both. ``rows`` (p,) reminders compared.
    """

    timing: Timing
    multiplier: Floats
    strength: float
    covariance: Floats
    rows: npt.NDArray[np.int64]

    @property
    def errors(self) -> Floats:
        """The standard errors of the multipliers, then of the strength, (p + 1,)."""
        return np.sqrt(np.diagonal(self.covariance))

    @property
    def metrics(self) -> Mapping[str, float]:
        """The numbers of the run: own rhythm as the log says it and as it is used."""
        return {
            "timing_strength": self.timing.strength,
            "timing_strength_of_log": self.strength,
            "timing_strength_error": float(self.errors[-1]),
            "timing_drawn": self.timing.drawn,
        }

    def table(self) -> pd.DataFrame:
        """Return, a row a part: hours, rows, the log's multiplier with a 95 % interval, and the one in use."""
        reach = Z95 * self.errors[:-1]
        columns: dict[str, Any] = {
            "from_hour": [begins for begins, _ in self.timing.hours],
            "until_hour": [ends for _, ends in self.timing.hours],
            "rows": self.rows,
            "answers": self.timing.usual,
            "multiplier": self.multiplier,
            "low": self.multiplier - reach,
            "high": self.multiplier + reach,
            "in_use": self.timing.population,
        }
        return pd.DataFrame(columns, index=pd.Index(list(self.timing.parts), name="daypart"))


def learn_timing(log: TimingLog) -> LearnedTiming | None:
    """Learn from reminders what each part of the day keeps of an effect; None where the log compares none.

    Both the population's multipliers and the strength of the customers' own rhythm are shrunk by as much as chance
    would have made of them (James-Stein, doi 10.1080/01621459.1983.10477920), and are none where they are not
    proven.
    """
    parts = len(log.parts)
    rows = np.bincount(log.part[log.is_sent], minlength=parts)
    if parts < 2 or rows.min() < _FEWEST:
        return None
    shares = rows / rows.sum()
    usual = _usual(log, shares)
    even = Timing(tuple(log.parts), tuple(log.parts.values()), shares, usual, np.ones(parts), _DRAWN[0], 0.0)
    drawn = _best_drawn(log, even)
    timing = replace(even, drawn=drawn or even.drawn)
    value, covariance = _regressed(log, timing)
    centre = np.eye(parts + 1)
    centre[:parts, :parts] -= shares
    centre[parts] *= drawn is not None
    found, scatter = centre @ value[parts:], centre @ covariance[parts:, parts:] @ centre.T
    population = 1.0 + _shrunk(found[:parts], scatter[:parts, :parts])
    strength = _shrunk_strength(float(found[-1]), float(np.sqrt(scatter[-1, -1])))
    used = replace(timing, population=population, strength=strength)
    return LearnedTiming(used, 1.0 + found[:parts], float(found[-1]), scatter, rows)


def _usual(log: TimingLog, shares: Floats) -> Floats:
    """Return how readily people answer in each part, given what was sent: 1 on average over ``shares``."""
    parts, sent = len(log.parts), log.is_sent
    expected = np.bincount(log.part[sent], _share_answered(log)[sent], parts)
    answered = np.bincount(log.part[sent], log.answered[sent].astype(np.float64), parts)
    if not (expected > 0).all():
        return np.ones(parts)
    ratio = answered / expected
    return np.asarray(ratio / (ratio @ shares))


def _share_answered(log: TimingLog) -> Floats:
    """Return the share of reminders answered of each row's action, (n,)."""
    answered = np.bincount(log.action, log.answered.astype(np.float64))
    return np.asarray((answered / np.maximum(np.bincount(log.action), 1))[log.action])


def _best_drawn(log: TimingLog, timing: Timing) -> float | None:
    """Return for how many answers the usual ones count, by how well answers so far foretell the next one.

    None where they foretell nothing beyond chance: then people have no hours of their own.
    """
    sent, rows = log.is_sent, np.arange(len(log))
    level = _share_answered(log) * timing.usual[log.part]
    without = (log.answered - level) ** 2
    gains = {}
    for drawn in _DRAWN:
        rhythm = replace(timing, drawn=drawn).rhythm(log.before)[rows, log.part]
        gains[drawn] = (without - (log.answered - level * rhythm) ** 2)[sent]
    best = max(_DRAWN, key=lambda drawn: gains[drawn].sum())
    noise = np.sqrt((np.bincount(log.group[sent], gains[best]) ** 2).sum())
    return best if gains[best].sum() > norm.ppf(1.0 - LEVEL) * noise else None


def _regressed(log: TimingLog, timing: Timing) -> tuple[Floats, Floats]:
    """Return the coefficients of the regression and their covariance, sampled by customer.

    In order: what each part changes without an effect (p), what it keeps of an effect (p), and the strength of the
    customers' own rhythm. Every column is less its mean over the parts at which the action was logged.
    """
    parts, rows = len(timing.parts), np.arange(len(log))
    chance = log.chance
    at_part = np.eye(parts)[log.part] - chance
    rhythm = timing.rhythm(log.before)
    own = rhythm[rows, log.part] - (rhythm * chance).sum(axis=1)
    design = np.column_stack([at_part, at_part * log.effect[:, None], own * log.effect])
    inverse = np.linalg.pinv(design.T @ design, hermitian=True)
    value = inverse @ (design.T @ log.residual)
    influence = design * (log.residual - design @ value)[:, None]
    by_customer = np.stack([np.bincount(log.group, column) for column in influence.T], axis=1)
    return value, inverse @ (by_customer.T @ by_customer) @ inverse


def _shrunk(deviation: Floats, scatter: Floats) -> Floats:
    """Return deviations (p,), adding up to none, drawn to 0 by their own scatter; exactly 0 where not proven."""
    free = len(deviation) - 1
    distance = float(deviation @ np.linalg.pinv(scatter, hermitian=True) @ deviation)
    proven = distance > chi2.ppf(1.0 - LEVEL, free)
    return deviation * (1.0 - free / distance) if proven else np.zeros(len(deviation))


def _shrunk_strength(strength: float, error: float) -> float:
    """Return the strength drawn to 0 by its error; exactly 0 where it is not proven to be above."""
    proven = strength > norm.ppf(1.0 - LEVEL_OF_STRENGTH) * error
    return strength * (1.0 - (error / strength) ** 2) if proven else 0.0
