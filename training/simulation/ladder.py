"""The bank's own ladder: the logging policy, confounded as real ones are.

It acts on its view of risk plus a collector's hunch that nobody wrote down, so the worst payers are
called most. Only the randomised share of its decisions has a known propensity. Education is never sent to whom
it cannot be meant for, not even by chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from training.simulation.actions import CATALOGUE, channel_codes
from training.simulation.arrays import Floats, Ints, Mask, normals, pick_columns, uniforms

STAGES = (-7, -3, 0)

_STAGE_SHARES = np.array([[0.15, 0.25, 0.60], [0.35, 0.40, 0.25], [0.70, 0.20, 0.10]])
_TIER_EDGES = (0.3, 1.4)
_RUNG_EDGES = (0.3, 1.2, 2.3, 3.5)
_RUNG_ACTIONS = np.array(
    [  # none, sms gentle, sms standard, push, email guide, call, firm call, sms plan, call plan, basics, budget
        [0.42, 0.22, 0.03, 0.24, 0.06, 0.01, 0.00, 0.02, 0.00, 0.04, 0.02],
        [0.20, 0.36, 0.12, 0.16, 0.08, 0.04, 0.00, 0.03, 0.01, 0.04, 0.03],
        [0.12, 0.15, 0.38, 0.06, 0.05, 0.14, 0.02, 0.05, 0.03, 0.03, 0.03],
        [0.07, 0.04, 0.22, 0.02, 0.02, 0.38, 0.12, 0.06, 0.07, 0.02, 0.03],
        [0.04, 0.01, 0.08, 0.01, 0.01, 0.28, 0.42, 0.04, 0.11, 0.01, 0.02],
    ]
)


@dataclass(frozen=True)
class View:
    """What the ladder sees, one entry a decision.

    ``days`` past due, the customer's ``lateness`` as seen so far, the amount in ``cents``, and the
    collector's ``hunch``, which no table holds.
    """

    days: Ints
    lateness: Floats
    cents: Ints
    hunch: Floats

    def risk(self, rng: np.random.Generator) -> Floats:
        """Return the ladder's risk, higher is worse, with the day's noise."""
        stage = np.interp(self.days, [-7, 0, 7, 14, 30, 60], [0.0, 0.3, 1.0, 1.6, 2.6, 3.0])
        amount = 0.12 * np.log(self.cents / 100_000)
        seen = 1.1 * np.log1p(self.lateness)
        risk: Floats = stage + amount + seen + 0.55 * self.hunch + 0.4 * normals(rng, len(self.days))
        return risk


def first_stage(view: View, rng: np.random.Generator) -> Ints:
    """Return the day, counted from the due date, of the first decision: -7, -3 or 0, earlier with risk."""
    tier = np.digitize(view.risk(rng), _TIER_EDGES)
    return np.array(STAGES)[::-1][pick_columns(_STAGE_SHARES[tier], uniforms(rng, len(tier)))]


def allowed_actions(consents: Mask, stopped: Mask, suits: Mapping[str, Mask]) -> Mask:
    """Return which actions may be taken, (n, actions), from consents (n, 4) and stop flags (n,).

    An offer that ``suits`` names is open only to those it suits, (n,); any other to everybody.
    """
    allowed = np.ones((len(stopped), len(CATALOGUE)), dtype=bool)
    for place, channel in enumerate(channel_codes()):
        if channel >= 0:
            allowed[:, place] = consents[:, channel] & ~stopped & suits.get(CATALOGUE[place].offer or "", True)
    return allowed


def choose(view: View, allowed: Mask, randomised: float, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Return the action taken and its propensity, (n,) each; the propensity is NaN where the ladder chose.

    A ``randomised`` share of the decisions is drawn evenly among the allowed actions, except where only
    ``none`` is allowed: there is nothing to draw.
    """
    n, choices = len(allowed), allowed.sum(axis=1)
    rung = np.digitize(view.risk(rng), _RUNG_EDGES)
    drawn = (uniforms(rng, n) < randomised) & (choices > 1)
    weights = np.where(drawn[:, None], 1.0, _RUNG_ACTIONS[rung]) * allowed
    action = pick_columns(weights, uniforms(rng, n))
    propensity = np.where(drawn, 1.0 / choices, np.nan).astype(np.float32)
    return action.astype(np.int8), propensity
