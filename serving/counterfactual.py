"""What would have changed the tier: the fewest acts that lead a customer to a better one.

How other facts would have led to another result is what a person may ask of an automated decision (GDPR
art. 15(1)(h) as read in CJEU C-203/22; PIPL art. 24). The answer is scored by the model in service on the edited
rows, so it is what that model would say, not a promise: the next probability depends on what else happens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from features.book import Book
from features.matrix import build_features
from serving.acts import ACTS, Change
from serving.policy_settings import PolicySettings
from serving.scorer import Scorer


@dataclass(frozen=True)
class Outcome:
    """Where acts, done together, lead: ``tier`` is a place among the policy's, 0 the best."""

    acts: tuple[str, ...]
    default_probability: float
    tier: int


@dataclass(frozen=True)
class Counterfactual:
    """What would have changed one customer's tier.

    ``now`` is where they stand, without an act. ``alone`` says where each act leads by itself, of those that
    apply to the customer and lower the probability. ``better`` is the smallest combination of these that leads
    to a better tier: one, else two, else all; of several the first by the order of the acts; None where none
    does. ``numbers`` are the customer's own of each act, by place.
    """

    now: Outcome
    alone: tuple[Outcome, ...]
    better: Outcome | None
    numbers: Mapping[str, Mapping[str, float]]


def of_customers(book: Book, customers: Sequence[str]) -> Book:
    """Return the book of these customers alone; the book itself where they are all."""
    if len(customers) == len(book.customers):
        return book
    loans = book.loans["loan_id"][book.loans["customer_id"].isin(customers)]
    kept = {
        name: frame[frame["customer_id"].isin(customers) if "customer_id" in frame else frame["loan_id"].isin(loans)]
        for name, frame in book.tables()
    }
    return Book(**{name: frame.reset_index(drop=True) for name, frame in kept.items()})


def _by_customer(change: Change) -> dict[str, dict[str, float]]:
    """Return the numbers of a change by customer and place."""
    rows = zip(change.numbers.index, change.numbers.to_numpy(), strict=True)
    return {str(name): dict(zip(change.numbers.columns, map(float, row), strict=True)) for name, row in rows}


def _helps(led: Outcome, stands: Outcome) -> bool:
    return led.default_probability < stands.default_probability


@dataclass(frozen=True)
class _Scene:
    """What acts are tried on: the ``changes`` each makes to the customers asked about, and where these stand."""

    changes: Mapping[str, Change]
    as_of: pd.Timestamp
    scorer: Scorer
    settings: PolicySettings
    now: Mapping[str, Outcome]

    def after(self, acts: tuple[str, ...], customers: Sequence[str]) -> dict[str, Outcome]:
        """Return where these acts together lead each customer."""
        if not customers:
            return {}
        edited = self.changes[acts[0]].book
        for act in acts[1:]:
            edited = ACTS[act].edit(of_customers(edited, customers), self.as_of).book
        X = build_features(edited, self.as_of, customers)
        scores = self.scorer.score(X).default_probability
        tiers = self.settings.tier_of(scores, X["dpd_now"].to_numpy())
        return {name: Outcome(acts, float(p), int(t)) for name, p, t in zip(customers, scores, tiers, strict=True)}

    def better(
        self, helping: Mapping[str, tuple[str, ...]], tried: Mapping[str, Mapping[str, Outcome]]
    ) -> dict[str, Outcome]:
        """Return the first outcome of a better tier: of one act, as ``tried``, then of two, then of all that help."""
        found: dict[str, Outcome] = {}
        for led in tried.values():
            self._note(found, led)
        for pair in combinations(tried, 2):
            self._note(found, self.after(pair, [c for c in self._open(found) if {*pair} <= {*helping[c]}]))
        for whole in dict.fromkeys(helping.values()):
            if len(whole) > 2:
                self._note(found, self.after(whole, [c for c in self._open(found) if helping[c] == whole]))
        return found

    def _open(self, found: Mapping[str, Outcome]) -> list[str]:
        return [name for name, stands in self.now.items() if stands.tier > 0 and name not in found]

    def _note(self, found: dict[str, Outcome], led: Mapping[str, Outcome]) -> None:
        for name, outcome in led.items():
            if outcome.tier < self.now[name].tier:
                found.setdefault(name, outcome)


def counterfactuals(
    book: Book,
    as_of: pd.Timestamp,
    scorer: Scorer,
    settings: PolicySettings,
    now: Mapping[str, Outcome],
    acts: Sequence[str] = tuple(ACTS),
) -> dict[str, Counterfactual]:
    """Return what would have changed the tier of each customer, as known at ``as_of``.

    Parameters
    ----------
    book, as_of, scorer, settings
        What the customers were decided on.
    now
        Where each customer to look at stands, without an act.
    acts
        Names in ``ACTS`` to try, the preferred first.
    """
    own = of_customers(book, list(now))
    scene = _Scene({act: ACTS[act].edit(own, as_of) for act in acts}, as_of, scorer, settings, now)
    numbers = {act: _by_customer(scene.changes[act]) for act in acts}
    tried = {act: scene.after((act,), list(numbers[act])) for act in acts}
    alone = {
        name: tuple(led[name] for led in tried.values() if name in led and _helps(led[name], stands))
        for name, stands in now.items()
    }
    better = scene.better(
        {name: tuple(act for led in led_by for act in led.acts) for name, led_by in alone.items()}, tried
    )
    return {
        name: Counterfactual(
            now=stands,
            alone=alone[name],
            better=better.get(name),
            numbers={act: numbers[act][name] for led in alone[name] for act in led.acts},
        )
        for name, stands in now.items()
    }
