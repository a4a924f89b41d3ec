"""A bounded sample of decisions whose payment has come or not, with what the response model says of each action.

The features are computed anew from the book as it was known at each decision's own moment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.book import Book
from features.feature_matrix import FeatureMatrix
from features.history import History
from features.kernel.windows import Floats, Ints, Mask
from features.labels import RESPONSE_DAYS, paid_within
from features.matrix import COLUMNS, values_of
from features.pressing import reminded_instalments
from serving.actions import NONE
from serving.effects import EffectScorer
from serving.monitoring.decided import Decided
from serving.monitoring.settings import MonitoringSettings
from serving.monitoring.span import Span
from serving.policy_settings import PolicySettings


@dataclass(frozen=True)
class Valued:
    """Decisions with what came of them, (n,), one a customer, whose action the response model knows.

    ``actions`` are the k that it and the policy know, ``action`` (n,) places among them, ``columns`` (k,) theirs
    among the policy's; ``paid``: in full within 7 days; ``due`` what a payment is worth and ``burden`` (n, k) cost
    and friction of each action, in currency. ``chance`` (n, k) is P(paid | action) by the response model.
    """

    decided: Decided
    actions: tuple[str, ...]
    columns: Ints
    action: Ints
    paid: Mask
    due: Floats
    burden: Floats
    chance: Floats

    def __len__(self) -> int:
        return len(self.action)

    @property
    def money(self) -> Floats:
        """What each decision brought: the money recovered less cost and friction, (n,) in currency."""
        return self.paid * self.due - self.burden[np.arange(len(self)), self.action]

    @property
    def predicted(self) -> Floats:
        """What the response model expects each action to bring, (n, k) in currency."""
        return self.chance * self.due[:, None] - self.burden

    @property
    def nothing(self) -> int:
        """The place of no reminder."""
        return self.actions.index(NONE)


def paid_by_now(decided: Decided, window: Span, settings: MonitoringSettings, policy: PolicySettings) -> Decided:
    """Return the decisions whose seven days ended in the window, the first of each customer.

    Only those about an instalment of which somebody may be reminded: of earlier ones the response model knows nothing.
    """
    span = window.earlier(RESPONSE_DAYS + settings.delay_days)
    rows = decided.between(span.since, span.until)
    early = next(iter(policy.stages))
    pressing = rows.words["stage"].among(lambda stage: stage != early)
    return rows.rows((rows.customer >= 0) & (rows.instalment >= 0) & pressing).first()


def valued(book: Book, decided: Decided, effects: EffectScorer, policy: PolicySettings, most: int, seed: int) -> Valued:
    """Return at most ``most`` of ``decided``, drawn at random, with what the response model says of them."""
    actions = tuple(name for name in policy.action_ids if name in effects.actions)
    words = decided.words["action"]
    codes = np.array([*(actions.index(name) if name in actions else -1 for name in words.names), -1], np.int64)
    fit = np.flatnonzero(codes[words.code] >= 0)
    rows = decided.rows(np.sort(np.random.default_rng(seed).permutation(fit)[:most]))
    columns = np.array([policy.action_ids.index(name) for name in actions], np.int64)
    tiers = list(policy.tiers)
    tier = np.array([tiers.index(name) if name in tiers else 0 for name in rows.words["tier"].names], np.int64)
    burden = policy.costs[columns] + policy.frictions[tier[rows.words["tier"].code]][:, columns]
    return Valued(
        decided=rows,
        actions=actions,
        columns=columns,
        action=codes[rows.words["action"].code],
        paid=paid_within(book.ledger, rows.instalment, rows.at),
        due=np.nan_to_num(rows["amount_open"]) * policy.recovery_weight,
        burden=burden,
        chance=_chances(book, rows, effects, actions),
    )


def _chances(book: Book, rows: Decided, effects: EffectScorer, actions: tuple[str, ...]) -> Floats:
    if not len(rows):
        return np.empty((0, len(actions)))
    history = History(book.ledger, rows.customer, rows.at)
    X = FeatureMatrix(book.ledger.names[rows.customer], COLUMNS, values_of(history))
    context = reminded_instalments(history, rows.instalment).context
    told = effects.predict(effects.encoding.matrix(X.beside(context)))
    return told[:, [effects.actions.index(name) for name in actions]]
