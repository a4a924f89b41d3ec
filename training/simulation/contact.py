"""What becomes of a reminder besides the payment: delivered, opened, spoken about, answered, and why late.

Drawn after the payment is known, so that those who pay open and answer a little more; nothing here
changes the probability of payment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulation.actions import CATALOGUE, channel_codes
from training.simulation.arrays import Floats, Ints, Mask, pick_columns, uniforms
from training.simulation.response import State

CAUSES = (
    "forgot", "short_of_money", "lost_income", "unsure_how", "dispute",
    "already_paid", "refuses", "promise", "opt_out", "complaint",
)  # fmt: skip
OPT_OUT = CAUSES.index("opt_out")

_DELIVERED = np.array([0.97, 0.88, 0.93, 0.95])
_READ = np.array([0.55, 0.35, 0.28, 0.0])
_REPLIED = np.array([0.07, 0.012, 0.035, 0.0])
_ANSWERED_CALL = 0.5
_CALL_WORDS_NOTED = 0.7
_TWO_CAUSES = 0.06


@dataclass(frozen=True)
class Answer:
    """What came back, one entry a reminder; ``cause`` and ``second_cause`` index CAUSES, -1 for none.

    ``promise_days`` is how many days ahead a promise names.
    """

    delivered: Mask
    read: Mask
    conversation: Mask
    replied: Mask
    cause: Ints
    second_cause: Ints
    promise_days: Ints


@dataclass(frozen=True)
class Attempt:
    """What was tried and what came of it, one entry a reminder.

    ``rhythm`` is that of its daypart; ``paid_after`` the day of the window it was paid on, -1 if it was not.
    """

    action: Ints
    rhythm: Floats
    income_lost: Mask
    paid_after: Ints


def answers(state: State, attempt: Attempt, rng: np.random.Generator) -> Answer:
    """Draw what came back of each attempt; of ``none``, nothing does."""
    n = len(attempt.action)
    channel = channel_codes()[attempt.action]
    reminded = channel >= 0
    reach = np.take_along_axis(state.affinity, np.maximum(channel, 0)[:, None], axis=1)[:, 0]
    warmth = reach * attempt.rhythm * np.where(attempt.paid_after >= 0, 1.2, 0.85)
    delivered = reminded & (uniforms(rng, n) < _DELIVERED[channel])
    read = delivered & (uniforms(rng, n) < np.minimum(_READ[channel] * warmth, 0.95))
    reluctance = 1.0 - 0.5 * state.strategic
    answered = np.minimum(_ANSWERED_CALL * warmth * reluctance, 0.95)
    conversation = delivered & (channel == 3) & (uniforms(rng, n) < answered)
    wrote = delivered & (uniforms(rng, n) < np.minimum(_REPLIED[channel] * warmth, 0.5))
    replied = wrote | (conversation & (uniforms(rng, n) < _CALL_WORDS_NOTED))
    cause, second = _causes(state, attempt, replied, rng)
    ahead = np.where(attempt.paid_after >= 0, attempt.paid_after, rng.integers(1, 12, n))
    return Answer(delivered, read, conversation, replied, cause, second, ahead.astype(np.int16))


def _causes(state: State, attempt: Attempt, replied: Mask, rng: np.random.Generator) -> tuple[Ints, Ints]:
    cause = np.full(len(replied), -1, dtype=np.int8)
    second = cause.copy()
    rows = np.flatnonzero(replied)
    weights = _cause_weights(state, attempt, rows)
    cause[rows] = pick_columns(weights, uniforms(rng, len(rows)))
    both = rows[(uniforms(rng, len(rows)) < _TWO_CAUSES) & (cause[rows] != OPT_OUT)]
    rest = _cause_weights(state, attempt, both)
    rest[np.arange(len(both)), cause[both]] = 0.0
    second[both] = pick_columns(rest, uniforms(rng, len(both)))
    return cause, second


def _cause_weights(state: State, attempt: Attempt, rows: Ints) -> Floats:
    """Return how likely each cause is to be told, (rows, 10); hidden traits speak, though not plainly."""
    paid = attempt.paid_after[rows] >= 0
    lost = attempt.income_lost[rows]
    overdue = state.days[rows] > 0
    firm = np.array([a.intensity == "firm" for a in CATALOGUE])[attempt.action[rows]]
    return np.stack(
        [
            0.06 + 1.1 * state.forgetful[rows],
            0.03 + 1.3 * state.tight[rows] * ~lost,
            0.03 + 1.4 * lost,
            0.02 + 0.5 * state.novice[rows],
            np.full(len(rows), 0.035),
            0.02 + 0.15 * paid,
            0.01 + 1.1 * state.strategic[rows] * overdue,
            0.15 + 0.2 * paid,
            0.015 + 0.004 * state.stock[rows].sum(axis=1),
            0.012 + 0.004 * state.stock[rows].sum(axis=1) + 0.05 * firm,
        ],
        axis=1,
    )
