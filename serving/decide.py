"""From a book and a moment to decisions: features, score, replies, stance, effects, rules, choice, in columns.

The service and the nightly batch both decide here, so one customer gets the same answer from either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.feature_matrix import FeatureMatrix
from features.history import History
from features.ledger.texts import Objects, Posted
from features.matrix import history_of, matrix_of
from features.pressing import Pressing
from serving.actions import NONE
from serving.allocation.capacity import traits_of
from serving.allocation.prices import Prices
from serving.effects import Effects as EffectsOfModel
from serving.escalation.escalations import Escalations, escalations_of
from serving.feedback.holding import Held, held
from serving.feedback.reader import ReplyReader
from serving.groups import groups_of
from serving.plans.agreements import plan_offered, pressing_beside_plans
from serving.policy import Choice, choose, draws, expected_value, tie_breaks, tie_draws
from serving.policy_settings import PolicySettings
from serving.programme.limits import limited
from serving.programme.programmes import product_of, programmes_of
from serving.registry import Models
from serving.rules import NO_EVIDENCE, Blocked, Standing
from serving.scorer import Scores
from serving.sending import Sending, sending
from serving.stance import Stances, StanceSettings, read_stance, stances_of
from serving.subjects import Subjects, subjects_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Effects:
    """The change each action makes to P(paid within 7 days) against none, with a 95 % interval, (n, actions) each.

    They are those at the time of sending; ``from_timing`` (n, actions) is what of ``effect`` the choice of that time
    adds to hours drawn as the log drew them.
    """

    effect: Floats
    low: Floats
    high: Floats
    from_timing: Floats


@dataclass(frozen=True)
class Decisions:
    """What was decided for n customers, and everything it was decided on, in the order of ``X``.

    ``subjects`` says in the book's words whom and what each is about, the instalment being the ``pressing`` one.
    ``price`` (n, actions) is what each action was charged for the capacity it takes, 0 without prices; ``groups`` are
    those by which capacity knows customers, and ``keys`` what the draws came from. ``grounds`` is what each decision
    was made on, as bytes; ``history`` is what was known.
    ``held`` is what replies told that holds; ``person_decides`` (n,): the customer asked for a person, and a rule says
    so, or told what a person must look at.
    """

    as_of: pd.Timestamp
    X: FeatureMatrix
    subjects: Subjects
    pressing: Pressing
    scores: Scores
    held: Held
    stances: Stances
    programme: Ints
    tier: Ints
    stage: Ints
    effects: Effects
    sending: Sending
    blocked: Blocked
    person_decides: npt.NDArray[np.bool_]
    choice: Choice
    escalations: Escalations
    ids: tuple[str, ...]
    price: Floats
    groups: Mapping[str, npt.NDArray[Any]]
    keys: tuple[str, ...]
    grounds: Sequence[bytes]
    history: History

    @property
    def stance(self) -> Ints:
        """Places in ``STANCES``, (n,)."""
        return self.stances.stance

    @cached_property
    def lawful_from(self) -> npt.NDArray[np.datetime64]:
        """From when each blocked action is lawful, (n, actions), see ``Blocked``."""
        return self.blocked.lawful_from()

    @cached_property
    def explained(self) -> Floats:
        """The model's own columns of ``X``, (n, features), in the order of its contributions."""
        return self.X.taken(self.scores.features)


def decide(
    book: Posted,
    as_of: pd.Timestamp,
    models: Models,
    settings: PolicySettings,
    customers: Sequence[str] | None = None,
    explain: bool = True,
    prices: Prices | None = None,
    reader: ReplyReader | None = None,
    signals: StanceSettings | None = None,
) -> Decisions:
    """Decide for each customer (all of the book's by default) as known at ``as_of``.

    With ``prices`` an action is chosen by its value less the price of the capacity it takes. ``reader`` reads replies
    and ``signals`` tell the stance, by default those that come with Duewise.

    Raises
    ------
    SchemaError
        When a customer is not in the book, or ``as_of`` has no time zone.
    """
    history = history_of(book, as_of, customers)
    X = matrix_of(history)
    pressing = pressing_beside_plans(history, settings.plan_first.broken_after)
    scores = models.scorer.score(X, explain)
    people, customer = book.texts.customers, history.customer
    told = held(book, customer, history.at, reader or ReplyReader.shipped())
    stances = stances_of(X, told.causes, signals or read_stance())
    standing = Standing(
        ledger=history.ledger,
        customer=customer,
        at=history.at,
        instalment=pressing.row,
        programme=programmes_of(settings.programmes, product_of(history.ledger, pressing.row), people, customer),
        stage=settings.stage_of(pressing.days_past_due),
        tier=settings.tier_of(scores.default_probability, X["dpd_now"]),
        stance=stances.stance,
    )
    rules = settings.rulebook
    when = sending(history, as_of.to_pydatetime(warn=False), standing.due_day, rules, models.timing)
    effects, unknown = _effects(models, X, pressing, settings, when)
    blocked = limited(standing, told, settings, when.windows)
    blocked.forbid(unknown[None, :], NO_EVIDENCE)
    value = expected_value(effects.effect, pressing.amount_open, standing.tier, settings)
    subjects = subjects_of(history, book.texts, pressing)
    keys = _keys(X.customers, subjects, standing.stage, settings)
    wanted = settings.groupings if prices is None else prices.groupings
    groups = groups_of(people, customer, history.days_since("birth_date"), wanted)
    price, charge = np.zeros_like(value), None
    if prices is not None:
        traits = traits_of(standing.tier, standing.programme, groups, settings)
        price = prices.of(traits, settings.action_ids)
        charge = charged(price, tie_draws(keys), prices)
    grounds = _grounds(X, pressing, standing, blocked)
    return Decisions(
        as_of=as_of,
        X=X,
        subjects=subjects,
        pressing=pressing,
        scores=scores,
        held=told,
        stances=stances,
        programme=standing.programme,
        tier=standing.tier,
        stage=standing.stage,
        effects=effects,
        sending=when,
        blocked=blocked,
        person_decides=_person_decides(standing, told, settings, history),
        choice=choose(value, blocked.codes, draws(keys), settings, charge),
        escalations=_escalations(standing, pressing, told, settings),
        ids=decision_ids(keys, grounds, as_of, models.version, prices),
        price=price,
        groups=groups,
        keys=tuple(keys),
        grounds=grounds,
        history=history.part(0, len(X)),  # without what was computed on it
    )


def charged(price: Floats, tie_draw: Floats, prices: Prices) -> Floats:
    """Return what is taken off the value of each action, (n, actions): its price, ties told apart by a draw (n,)."""
    return price - tie_breaks(tie_draw, price.shape[1], prices.tie_size)


def _effects(
    models: Models, X: FeatureMatrix, pressing: Pressing, settings: PolicySettings, when: Sending
) -> tuple[Effects, npt.NDArray[np.bool_]]:
    """Return the effects of the policy's actions, and which of them the response model knows nothing of."""
    shape = (len(X), len(settings.action_ids))
    effects = Effects(*(np.zeros(shape) for _ in range(4)))
    if models.effects is None:
        return effects, np.array([name != NONE for name in settings.action_ids])
    known = [name in models.effects.actions for name in settings.action_ids]
    matrix = models.effects.encoding.matrix(X.beside(pressing.context))
    at_log_hours = learned = models.effects.effect(matrix, NONE)
    if when.names:
        room = 1.0 - models.effects.predict(matrix)[:, models.effects.position(NONE)]
        learned = EffectsOfModel(*(when.at_the_time(part, room) for part in learned))
    columns = [models.effects.actions.index(name) for name in settings.action_ids if name in models.effects.actions]
    for ours, theirs in zip((effects.effect, effects.low, effects.high), learned, strict=True):
        ours[:, known] = theirs[:, columns]
    effects.from_timing[:, known] = (learned.effects - at_log_hours.effects)[:, columns]
    return effects, ~np.array(known)


def _person_decides(
    standing: Standing, told: Held, settings: PolicySettings, history: History
) -> npt.NDArray[np.bool_]:
    asked = standing.asked_for_person(history.today) | told.asked_for_person
    return (settings.rulebook.reviews(history.today) & asked) | told.person


def _escalations(standing: Standing, pressing: Pressing, told: Held, settings: PolicySettings) -> Escalations:
    owed = (standing.ledger, standing.customer, standing.at, standing.instalment)
    offered = plan_offered(*owed, settings.plan_first.days_to_accept)
    return escalations_of(standing, pressing, settings.escalation, told.causes, offered)


def _keys(customers: Objects, subjects: Subjects, stage: Ints, settings: PolicySettings) -> list[str]:
    """Return what a draw depends on: the same customer, instalment, stage and policy draw the same."""
    names = list(settings.stages)
    rows = zip(customers, subjects.loan_id, subjects.instalment_no.tolist(), stage.tolist(), strict=True)
    return [
        f"{customer}|{_NO_LOAN if loan is None else loan}|{number if number >= 0 else _NO_NUMBER}|{names[at]}"
        f"|{settings.version}"
        for customer, loan, number, at in rows
    ]


_NO_LOAN, _NO_NUMBER = "nan", "<NA>"
"""What stands in a key where nothing is due; ids of decisions already made are made of it."""


def _grounds(X: FeatureMatrix, pressing: Pressing, standing: Standing, blocked: Blocked) -> list[bytes]:
    """Return what each decision was made on as bytes: features, amount open, tier, stance, and what was blocked."""
    codes = (standing.tier, standing.stance, standing.programme)
    numbers = np.column_stack([X.taken(X.columns), pressing.amount_open, *codes, blocked.codes]) + 0.0  # -0.0 is 0.0
    numbers[np.isnan(numbers)] = np.nan
    return [row.tobytes() for row in numbers]


def decision_ids(
    keys: Sequence[str], grounds: Sequence[bytes], as_of: pd.Timestamp, model_version: str, prices: Prices | None
) -> tuple[str, ...]:
    """Return an id a decision, the same whenever the same is decided on the same by the same models and prices."""
    by = model_version if prices is None else f"{model_version}|{prices.version}"
    at = as_of.to_pydatetime(warn=False).astimezone(UTC)
    suffix = f"|{at.isoformat(timespec='microseconds')}|{by}|".encode()
    named = zip(keys, grounds, strict=True)
    return tuple(blake2b(key.encode() + suffix + made_on, digest_size=12).hexdigest() for key, made_on in named)
