"""What models, and the bank's ladder, would decide for decisions already made, each at its own moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.book import Book
from features.kernel.windows import Floats
from serving.bank_ladder import climbed
from serving.decide import Decisions, decide
from serving.feedback.reader import ReplyReader
from serving.monitoring.sampled import Valued
from serving.policy_settings import PolicySettings
from serving.registry import Models
from serving.rules import ALLOWED
from serving.stance import read_stance

LADDER = "the bank's ladder"
LADDER_MODELLED = "the bank's ladder, by the response model"


@dataclass(frozen=True)
class Rival:
    """How likely each of a sample's k actions is taken, (n, k), by models under a policy, and by the bank's ladder."""

    probabilities: Floats
    ladder: Floats


def rival_of(book: Book, one: Valued, models: Models, policy: PolicySettings) -> Rival:
    """Return what the models, under the policy's rules, and the ladder, under the same, would do; see ``Rival``.

    Decisions that share a moment are made together; no capacity is charged.
    """
    names, moments = book.ledger.names[one.decided.customer], one.decided.at
    target, ladder = np.zeros((2, len(one), len(one.actions)))
    reader, signals = ReplyReader.shipped(), read_stance()  # read once, not for each moment
    for at in np.unique(moments):
        rows = np.flatnonzero(moments == at)
        as_of = pd.Timestamp(int(at), unit="s", tz="UTC")
        told = (book, as_of, models, policy, list(names[rows]))
        made = decide(*told, explain=False, reader=reader, signals=signals)
        target[rows] = made.choice.probabilities[:, one.columns]
        ladder[rows] = _ladder(made, policy)[:, one.columns]
    return Rival(_whole(target, one.nothing), _whole(ladder, one.nothing))


def _ladder(made: Decisions, policy: PolicySettings) -> Floats:
    allowed = made.blocked.codes == ALLOWED
    return np.eye(len(policy.action_ids))[climbed(policy, made.tier, made.stage, allowed)]


def _whole(target: Floats, nothing: int) -> Floats:
    """Return rows that add up to 1; who would get what the sample does not know gets nothing."""
    total = target.sum(axis=1, keepdims=True)
    target[total[:, 0] == 0, nothing] = 1.0
    return target / np.maximum(target.sum(axis=1, keepdims=True), 1e-12)
