"""What the bank's programme takes away besides the law.

Offers that do not suit, pressure before a plan, and channels that a customer's own reply closed. The law, the ladder
and the stance are asked first; where several forbid an action, the first is named.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from features.tables.schema import OFFERS
from serving.actions import STANCES
from serving.plans.agreements import plan_kept, plan_offered
from serving.rules import (
    FIRM_WITH,
    OFFER,
    PLAN_FIRST,
    PLAN_KEPT,
    PROGRAMME,
    TOLD,
    Blocked,
    Standing,
    Windows,
    blocked_by,
)

if TYPE_CHECKING:
    from serving.feedback.holding import Held
    from serving.policy_settings import PolicySettings

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

_GENTLE = 1
_PLAN = OFFERS.index("plan")


def limited(standing: Standing, held: Held, settings: PolicySettings, windows: Windows | None = None) -> Blocked:
    """Return what the rules and the programme block for each customer, and until when; see ``blocked_by``.

    ``held`` is what the customers' replies told that holds, in the order of ``standing``.
    """
    blocked = blocked_by(standing, settings, windows)
    owed = (standing.ledger, standing.customer, standing.at, standing.instalment)
    blocked.forbid(plan_kept(*owed, settings.plan_first.broken_after)[:, None] & settings.reminding, PLAN_KEPT)
    blocked.forbid(~settings.open_actions[standing.programme], PROGRAMME)
    _close_told(blocked, held, settings)
    _weaken_told(blocked, held, settings)
    blocked.forbid(~_suits(standing, held, settings), OFFER)
    blocked.forbid(_presses(standing, held, settings), PLAN_FIRST)
    blocked.forbid(_is_too_weak(standing, held, settings), FIRM_WITH)
    return blocked


def _close_told(blocked: Blocked, held: Held, settings: PolicySettings) -> None:
    """Close the channels that a reply closed, until the day on which it no longer holds."""
    medium = settings.media_and_strengths[:, 0]
    cause, until = held.closed[:, medium], held.until[:, medium]
    told = (cause >= 0) & settings.reminding
    blocked.defer(told, (TOLD + cause).astype(blocked.codes.dtype), until)


def _weaken_told(blocked: Blocked, held: Held, settings: PolicySettings) -> None:
    """Forbid what is stronger than a reply leaves."""
    too_strong = settings.strengths > held.strongest[:, None]
    blocked.forbid(too_strong, (TOLD + held.strongest_by)[:, None].astype(blocked.codes.dtype))


def _suits(standing: Standing, held: Held, settings: PolicySettings) -> Mask:
    """Tell which actions offer nothing, or what suits the stance or was asked for in a reply, (n, actions)."""
    offer = settings.offered
    asked = (offer == held.offer[:, None]) & (offer >= 0)
    return settings.suited[standing.stance] | asked


def _presses(standing: Standing, held: Held, settings: PolicySettings) -> Mask:
    """Tell which actions press before a plan was offered to who is past due and short of money, (n, actions)."""
    first = _is_among(standing.stance, settings.plan_first.stances)
    first |= held.offer == _PLAN
    is_late = standing.has_instalment & (_days_past_due(standing) > 0)
    owed = (standing.ledger, standing.customer, standing.at, standing.instalment)
    waits = first & is_late & ~plan_offered(*owed, settings.plan_first.days)
    return waits[:, None] & (settings.strengths > _GENTLE) & (settings.offered != _PLAN)


def _is_too_weak(standing: Standing, held: Held, settings: PolicySettings) -> Mask:
    """Tell which reminders without an offer are weaker than whom the bank is firm with should meet, (n, actions)."""
    firm = settings.firm_with
    meets = _is_among(standing.stance, firm.stances)
    meets &= standing.has_instalment & (_days_past_due(standing) >= firm.from_day) & (held.strongest >= firm.strength)
    meets &= ~standing.ledger.customers["vulnerable"][standing.customer]
    return meets[:, None] & settings.reminding & (settings.strengths < firm.strength) & (settings.offered < 0)


def _is_among(stance: Ints, names: Collection[str]) -> Mask:
    return np.array([name in names for name in STANCES])[stance]


def _days_past_due(standing: Standing) -> Ints:
    """Return the days past due of the instalments, (n,); anything where there is none."""
    return standing.today - standing.due_day
