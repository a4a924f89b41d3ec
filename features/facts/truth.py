"""Yes, no and not known as a fact."""

from __future__ import annotations

import numpy as np

from features.kernel.compiled import compiled


@compiled
def known(is_known: bool, holds: bool) -> float:
    """Return 1 or 0, NaN where it is not known or does not concern the row.

    >>> known(True, False), known(False, True)
    (0.0, nan)
    """
    if not is_known:
        return np.nan
    return 1.0 if holds else 0.0
