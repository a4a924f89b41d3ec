"""What the bank's programme takes away besides the law.

Offers that do not suit, pressure before a plan, and channels that a customer's own reply closed. The law, the ladder
and the stance are asked first. Of what forbids an action the first is named, before what only defers it; of that, what
lasts longest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from features.kernel.compiled import compiled
from features.kernel.windows import Ints, Mask
from features.tables.schema import OFFERS
from serving.actions import STANCES
from serving.plans.agreements import plan_kept, plan_offered
from serving.rules import (
    ALLOWED,
    FIRM_WITH,
    FORBIDDEN,
    OFFER,
    PLAN_FIRST,
    PLAN_KEPT,
    PROGRAMME,
    TOLD,
    Blocked,
    Codes,
    Standing,
    Windows,
    blocked_by,
)

if TYPE_CHECKING:
    from serving.feedback.holding import Held
    from serving.policy_settings import PolicySettings

_GENTLE = 1
_PLAN = OFFERS.index("plan")


class _Actions(NamedTuple):
    """The policy's actions, (actions,) each: medium, strength, place of the offer in ``OFFERS`` (-1: none)."""

    medium: Ints
    strength: Ints
    offer: Ints


class _Limits(NamedTuple):
    """The programme's settings: which actions are open (programmes, actions) and suit (stances, actions).

    ``plan_first`` and ``firm_with`` (stances,) tell whom they are for; ``from_day`` and ``least`` are of the latter.
    """

    is_open: Mask
    suits: Mask
    plan_first: Mask
    firm_with: Mask
    from_day: int
    least: int


class _Case(NamedTuple):
    """n decisions, (n,) each but ``closed`` and ``until``, (n, channels)."""

    programme: Ints
    stance: Ints
    days_late: Ints
    vulnerable: Mask
    plan_kept: Mask
    plan_offered: Mask
    closed: Ints
    until: Ints
    strongest: Ints
    strongest_by: Ints
    offer: Ints


def limited(standing: Standing, held: Held, settings: PolicySettings, windows: Windows | None = None) -> Blocked:
    """Return what the rules and the programme block for each customer, and until when; see ``blocked_by``.

    ``held`` is what the customers' replies told that holds, in the order of ``standing``.
    """
    blocked = blocked_by(standing, settings, windows)
    _limit(*_tables(settings), _cases(standing, held, settings), blocked.codes, blocked.until)
    return blocked


def _cases(standing: Standing, held: Held, settings: PolicySettings) -> _Case:
    ledger, who = standing.ledger, standing.customer
    owed = (ledger, who, standing.at, standing.instalment)
    late = standing.today - standing.due_day
    return _Case(
        programme=standing.programme,
        stance=standing.stance,
        days_late=np.where(standing.has_instalment, late, -FORBIDDEN),
        vulnerable=ledger.customers["vulnerable"][who],
        plan_kept=plan_kept(*owed, settings.plan_first.broken_after),
        plan_offered=plan_offered(*owed, settings.plan_first.days),
        closed=held.closed,
        until=held.until,
        strongest=held.strongest,
        strongest_by=held.strongest_by,
        offer=held.offer,
    )


def _tables(settings: PolicySettings) -> tuple[_Actions, _Limits]:
    """Return the settings as compiled code reads them."""
    medium, strength = settings.media_and_strengths.T
    actions = _Actions(medium.copy(), strength.copy(), settings.offered)
    return actions, _Limits(
        is_open=settings.open_actions,
        suits=settings.suited,
        plan_first=_among(settings.plan_first.stances),
        firm_with=_among(settings.firm_with.stances),
        from_day=settings.firm_with.from_day,
        least=settings.firm_with.strength,
    )


def _among(stances: Sequence[str]) -> Mask:
    return np.array([name in stances for name in STANCES])


@compiled
def _limit(actions: _Actions, limits: _Limits, case: _Case, codes: Codes, until: Ints) -> None:
    """Write which reminders the programme blocks, and until when, over what the rules blocked."""
    for i in range(len(codes)):
        for a in range(codes.shape[1]):
            if actions.strength[a] == 0:
                continue
            closed, opens = case.closed[i, actions.medium[a]], case.until[i, actions.medium[a]]
            if closed >= 0 and (codes[i, a] == ALLOWED or opens > until[i, a]):
                codes[i, a], until[i, a] = TOLD + closed, opens
            forbids = _forbidding(actions, limits, case, i, a)
            if forbids != ALLOWED and until[i, a] < FORBIDDEN:
                codes[i, a], until[i, a] = forbids, FORBIDDEN


@compiled
def _forbidding(actions: _Actions, limits: _Limits, case: _Case, i: int, a: int) -> int:
    """Return by which of the programme's limits an action is forbidden while things stay so, ``ALLOWED`` by none."""
    strength, offer, stance = actions.strength[a], actions.offer[a], case.stance[i]
    if case.plan_kept[i]:
        return PLAN_KEPT
    if not limits.is_open[case.programme[i], a]:
        return PROGRAMME
    if strength > case.strongest[i]:
        return TOLD + case.strongest_by[i]
    if not limits.suits[stance, a] and offer != case.offer[i]:
        return OFFER
    waits = (limits.plan_first[stance] or case.offer[i] == _PLAN) and case.days_late[i] > 0
    if waits and not case.plan_offered[i] and strength > _GENTLE and offer != _PLAN:
        return PLAN_FIRST
    is_firm = limits.firm_with[stance] and case.days_late[i] >= limits.from_day and not case.vulnerable[i]
    if is_firm and strength < limits.least <= case.strongest[i] and offer < 0:
        return FIRM_WITH
    return ALLOWED
