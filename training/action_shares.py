"""What actions have in common: the shares that an effect is learned in, so that alike actions learn from each other.

Names of actions are made of parts, as "sms_gentle_plan" is. Every action but the reference has the share of being
reminded at all, a share of each part that some other action has too, and one of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from serving.effects import Label

Floats = npt.NDArray[np.float64]


def action_shares(actions: Sequence[Label]) -> Floats:
    """Return which action has which share, 1 or 0, (shares, actions); the first action, the reference, has none.

    Labels that are numbers, or have no part in common, share being reminded at all.

    >>> action_shares(["none", "sms_gentle", "sms_firm", "call_firm"]).astype(int).tolist()
    [[0, 1, 1, 1], [0, 0, 1, 1], [0, 1, 1, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    """
    others = [set(str(action).split("_")) for action in actions[1:]]
    parts = sorted(set().union(*others))
    had = [tuple(part in own for own in others) for part in parts]
    everyone = tuple(True for _ in others)
    common = [everyone, *(has for has in had if 2 <= sum(has) < len(others))]
    own = [tuple(place == k for place in range(len(others))) for k in range(len(others))]
    shares = np.array(list(dict.fromkeys([*common, *own])), dtype=np.float64)
    return np.column_stack([np.zeros(len(shares)), shares])
