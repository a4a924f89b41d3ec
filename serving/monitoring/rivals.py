"""What a pair of models would decide for decisions already made, each at its own moment: probabilities of actions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.book import Book
from features.kernel.windows import Floats
from serving.decide import decide
from serving.monitoring.sampled import Valued
from serving.policy_settings import PolicySettings
from serving.registry import Models


def probabilities_of(book: Book, one: Valued, models: Models, policy: PolicySettings) -> Floats:
    """Return how likely the models, under the policy's rules, take each of the sample's actions, (n, k).

    Decisions that share a moment are made together; no capacity is charged.
    """
    names, moments = book.ledger.names[one.decided.customer], one.decided.at
    target = np.zeros((len(one), len(one.actions)))
    for at in np.unique(moments):
        rows = np.flatnonzero(moments == at)
        as_of = pd.Timestamp(int(at), unit="s", tz="UTC")
        choice = decide(book, as_of, models, policy, list(names[rows]), explain=False).choice
        target[rows] = choice.probabilities[:, one.columns]
    total = target.sum(axis=1, keepdims=True)
    target[total[:, 0] == 0, one.nothing] = 1.0
    return target / np.maximum(target.sum(axis=1, keepdims=True), 1e-12)
