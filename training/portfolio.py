"""Settings of the trees that suit different tables, and the committee of those that do well on one.

No setting is best on every table: few defaults want shallow trees, many correlated columns want few of them a
tree, few columns want all of them a tree and a choice at every split.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from training.evaluate import log_loss_per_row, standard_error

Floats = npt.NDArray[np.float64]

_USUAL = {"eta": 0.02, "min_child_weight": 10.0, "lambda": 10.0, "subsample": 0.7}
_A_TREE, _A_SPLIT = "colsample_bytree", "colsample_bynode"

PORTFOLIO: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "stumps": {**_USUAL, "max_depth": 2, "eta": 0.05, _A_TREE: 0.3},
        "shallow": {**_USUAL, "max_depth": 3, _A_SPLIT: 0.3},
        "wide": {**_USUAL, "max_depth": 6, "min_child_weight": 30.0, "lambda": 50.0, _A_TREE: 0.2},
        "deep": {
            **_USUAL,
            "eta": 0.015,
            "max_depth": 8,
            "min_child_weight": 5.0,
            "lambda": 20.0,
            "max_bin": 256,
            _A_SPLIT: 0.2,
        },
    }
)
"""Settings judged without a search, by name."""


def committee(margins: Mapping[str, Floats], y: Floats) -> dict[str, float]:
    """Return the weight of each settings: an equal say for all that are not proven worse than the best.

    Proven: out of fold, the mean log loss is higher by more than two standard errors of the difference. On few rows
    that lets all in, where picking one would be luck; on many it leaves out what does not suit the table.
    ``margins`` holds (n,) log-odds by name, NaN where never judged; ``y`` (n,) is 0/1.

    >>> y = np.array([1.0, 0.0] * 500)
    >>> committee({"good": 2 * y - 1, "same": 2 * y - 1, "useless": 0 * y}, y)
    {'good': 0.5, 'same': 0.5}
    """
    seen = ~np.isnan(next(iter(margins.values())))
    losses = {name: log_loss_per_row(y[seen], expit(margin[seen])) for name, margin in margins.items()}
    best = min(losses, key=lambda name: float(losses[name].mean()))
    behind = {name: loss - losses[best] for name, loss in losses.items()}
    members = [name for name, gap in behind.items() if gap.mean() <= 2 * standard_error(gap)]
    return {name: 1 / len(members) for name in members}
