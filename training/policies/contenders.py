"""Contenders: the policies of a judgement by name, on the same occasions, with the same room.

The best single action is the best of all by the very measure that then judges it, which favours it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from features.errors import PolicyError
from serving.actions import NONE
from training.policies import rivals
from training.policies.learned import by_effect
from training.policies.occasions import Floats, Occasions
from training.policies.worth import Measure, told_or_unknown


def contenders(occasions: Occasions, effect: Floats, running: Floats | None, truth: Floats | None) -> dict[str, Floats]:
    """Return the targets, (n, k) each, by name, the best single action not yet among them.

    ``effect`` (n, k) is what the judged model believes, ``running`` what the model in service does, None where that
    is the same; ``truth`` (n, k) is P(paid | action), None where nobody knows it.
    """
    most = rivals.most_of(occasions.settings.capacity)
    found = {
        rivals.NOTHING: rivals.nothing(occasions),
        rivals.LADDER: rivals.ladder(occasions, most),
        rivals.RISK: rivals.risk_alone(occasions, most),
    }
    if running is not None:
        found[rivals.RUNNING] = by_effect(occasions, running)
    found[rivals.LEARNED] = by_effect(occasions, effect)
    if truth is not None:
        found[rivals.ORACLE] = by_effect(occasions, truth - truth[:, [occasions.none]], explores=False)
    return found


def singles(occasions: Occasions) -> dict[str, Floats]:
    """Return the policy of each action for all who may have it, (n, k) each, by the action's name."""
    most = rivals.most_of(occasions.settings.capacity)
    return {name: rivals.always(occasions, name, most) for name in occasions.settings.action_ids if name != NONE}


def best_single(targets: Mapping[str, Floats], nothing: Floats, measure: Measure) -> tuple[str, pd.DataFrame]:
    """Return the action that is worth most to all, and the worth of each over doing nothing, the best first.

    Columns: ``action``, ``gain``, ``low``, ``high`` (currency an occasion), ``ess``; NaN where the log cannot tell.

    Raises
    ------
    PolicyError
        When the log cannot tell the worth of any.
    """
    rows = [{"action": name, **vars(told_or_unknown(measure, one, nothing))} for name, one in targets.items()]
    table = pd.DataFrame(rows).sort_values("gain", ascending=False, kind="stable", ignore_index=True)
    if not np.isfinite(table["gain"].iloc[0]):
        raise PolicyError(f"too little overlap to value any single action of {', '.join(targets)}.")
    return str(table["action"].iloc[0]), table
