"""How well replies are read: precision, recall and F1 a cause, and how often other subjects stay unclear."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from serving.feedback.causes import CAUSES, Cause
from training.feedback.corpus import Mask, Replies

type Read = Callable[[str], Sequence[Cause]]


def told_by(read: Read, texts: Sequence[str]) -> Mask:
    """Return which causes ``read`` finds in each text, (n, causes)."""
    return np.array([[cause in found for cause in CAUSES] for found in map(read, texts)], bool)


def by_cause(found: Mask, told: Mask) -> pd.DataFrame:
    """Return, a row a cause: ``replies`` that tell it, ``precision``, ``recall`` and ``f1``; the higher the better.

    >>> by_cause(np.eye(11, dtype=bool), np.eye(11, dtype=bool))["f1"].mean()
    np.float64(1.0)
    """
    hits, named, true = (found & told).sum(axis=0), found.sum(axis=0), told.sum(axis=0)
    return pd.DataFrame(
        {
            "replies": true,
            "precision": hits / np.maximum(named, 1),
            "recall": hits / np.maximum(true, 1),
            "f1": 2 * hits / np.maximum(named + true, 1),
        },
        index=pd.Index(CAUSES, name="cause"),
    )


def macro_f1(read: Read, replies: Replies) -> float:
    """Return the mean F1 of the causes, in [0, 1]."""
    return float(by_cause(told_by(read, replies.texts), replies.told)["f1"].mean())


def unclear_share(read: Read, texts: Sequence[str]) -> float:
    """Return the share of texts in which no cause is found."""
    return float(np.mean([not read(text) for text in texts]))
