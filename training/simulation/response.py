"""The truth: what would be paid within seven days, and what each reminder adds to it.

P(paid in full within 7 days | state, action, daypart) = clip(base + effect x rhythm), where the rhythm
of the daypart scales helpful effects only: an unwelcome reminder is unwelcome at any hour. Sizes are
those of published randomised reminder trials: a few points on average, far from equal for everyone. Education
(basics, budget) moves less than a reminder with a guide or a plan, and only those whom it is meant for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulation.actions import CATALOGUE, channel_codes
from training.simulation.arrays import Floats, Ints, Mask, expit

WINDOW_DAYS = 7
LOWEST, HIGHEST = 0.005, 0.985

_DAYS = np.array([-45, -20, -14, -7, -3, 0, 4, 7, 14, 21, 30, 45, 60, 75], dtype=np.float32)
_READINESS = np.array(
    [-3.6, -2.4, -1.2, 0.15, 0.6, 1.0, 1.25, 1.2, 1.05, 0.85, 0.55, -0.2, -0.7, -1.1], dtype=np.float32
)
_NEARNESS = np.array([0.05, 0.2, 0.5, 0.9, 1.0, 1.1, 1.15, 1.1, 1.0, 0.9, 0.75, 0.6, 0.5, 0.4], dtype=np.float32)
_PRODUCT = np.array([0.0, -0.1, 0.35, 0.15, -0.15], dtype=np.float32)
_WEARINESS = 0.15
_TOLERATED = 5.0
_WORST_OVERUSE = 8.0
_ANNOYANCE = 0.012


@dataclass(frozen=True)
class State:
    """All that decides at a decision, one entry a decision, (n,).

    ``days`` past due (negative before); ``tight``: how tight money is now, in (0, 1); ``burden``: the
    instalment over a month's income; ``pay_soon``: the next income is due within the window;
    ``mood``: what else befell this instalment, never recorded;
    ``overdue``: other instalments of the customer past due; ``stock`` and ``affinity`` are (n, 4) in the
    order of REACH: recent contacts, decayed, and how well each channel reaches the person.
    """

    days: Ints
    forgetful: Floats
    tight: Floats
    strategic: Floats
    novice: Floats
    punctual: Floats
    mood: Floats
    autopay: Mask
    product: Ints
    burden: Floats
    pay_soon: Mask
    overdue: Ints
    stopped: Mask
    stock: Floats
    affinity: Floats


def base_probability(state: State) -> Floats:
    """Return P(paid in full within 7 days | no reminder), (n,), float32."""
    readiness = np.interp(state.days, _DAYS, _READINESS).astype(np.float32)
    readiness += 0.45 * state.punctual + state.mood + 0.9 * state.autopay + _PRODUCT[state.product]
    readiness -= 3.0 * (state.tight - 0.15) + 1.6 * (state.forgetful - 0.25) + 2.5 * (state.strategic - 0.07)
    readiness -= 0.35 * np.log(np.maximum(state.burden, 0.02) / 0.15)
    readiness += state.pay_soon * (0.15 + 0.7 * state.tight)
    readiness -= 0.25 * np.minimum(state.overdue, 3) + 0.6 * state.stopped
    return np.clip(expit(readiness), 0.01, 0.97).astype(np.float32)


def effects(state: State, base: Floats) -> Floats:
    """Return what each action adds to ``base`` at the middle daypart, (n, actions), float32; ``none`` adds 0."""
    near = np.interp(state.days, _DAYS, _NEARNESS).astype(np.float32)
    room = near * np.minimum((1.0 - base) / 0.45, 1.0) * np.minimum(base / 0.12, 1.0)
    gains = _gains(state) * room[:, None]
    overuse = np.clip(state.stock.sum(axis=1) - _TOLERATED, 0.0, _WORST_OVERUSE)
    fatigue = _ANNOYANCE * overuse * np.minimum(base / 0.3, 1.0)
    channels = channel_codes()
    effect = np.zeros((len(base), len(CATALOGUE)), dtype=np.float32)
    for place, channel in enumerate(channels):
        if channel >= 0:
            fresh = state.affinity[:, channel] * np.exp(-_WEARINESS * state.stock[:, channel])
            effect[:, place] = gains[:, place] * fresh - fatigue
    return effect


def _gains(state: State) -> Floats:
    """Return each action's effect on this kind of person, fresh and on the due date, (n, actions)."""
    recall = state.forgetful * (1.0 - 0.6 * state.tight)
    unwilling = state.strategic * (0.3 + 0.7 * (state.days > 0))
    tight, novice = state.tight, state.novice
    short = np.maximum(tight - 0.1, 0.0)
    stretched = np.maximum(tight - 0.25, 0.0)
    heavy = np.clip(state.burden - 0.25, 0.0, 0.5)
    return np.stack(
        [
            np.zeros_like(recall),
            0.006 + 0.30 * recall,
            0.008 + 0.28 * recall + 0.12 * unwilling,
            0.002 + 0.26 * recall,
            0.003 + 0.08 * recall + 0.30 * novice,
            0.025 + 0.26 * recall + 0.20 * unwilling + 0.04 * novice,
            0.020 + 0.20 * recall + 0.80 * unwilling - 0.08 * tight - 0.03 * novice,
            0.000 + 0.20 * recall + 0.32 * short,
            0.010 + 0.19 * recall + 0.38 * short,
            -0.008 + 0.04 * recall + 0.12 * novice,
            -0.010 + 0.04 * recall + 0.20 * stretched + 0.12 * heavy,
        ],
        axis=1,
    )


def with_rhythm(base: Floats, effect: Floats, rhythm: Floats) -> Floats:
    """Return P(paid | action) at a daypart: (n,), (n, k), (n,) -> (n, k), float32.

    >>> at_best = with_rhythm(np.array([0.5]), np.array([[0.0, 0.1, -0.1]]), np.array([1.3]))
    >>> at_best.round(3).tolist()
    [[0.5, 0.63, 0.4]]
    """
    scaled = np.where(effect > 0, effect * rhythm[:, None], effect)
    return np.clip(base[:, None] + scaled, LOWEST, HIGHEST)


def mean_probability(base: Floats, effect: Floats, rhythm: Floats) -> Floats:
    """Return P(paid | action) with the daypart drawn evenly: (n,), (n, k), (n, 3) -> (n, k), float32."""
    total = with_rhythm(base, effect, rhythm[:, 0])
    for part in range(1, rhythm.shape[1]):
        total += with_rhythm(base, effect, rhythm[:, part])
    mean: Floats = total / rhythm.shape[1]
    return mean
