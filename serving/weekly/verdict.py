"""Whether the week was better or worse than the one before, by how much, and which loans made it so.

Loans in arrears change by those that fall overdue less those that are cured. A change that chance makes often is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from serving.monitoring.weeks import GroupWeek, Week
from serving.weekly.comparing import ComparedGroup

Direction = Literal["better", "worse", "as before", "unknown"]
Reason = Literal["fell", "cured", "balance", "nothing"]


@dataclass(frozen=True)
class Driver:
    """The group of a kind whose loans in arrears changed most in the direction of all."""

    by: str
    group: str
    change: int


@dataclass(frozen=True)
class Verdict:
    """The week in a word.

    ``by`` is what it was told by: the loans in arrears or, where these are as before, the share cured. ``why``: more
    or fewer loans ``fell`` overdue than the week before, or were ``cured``; "balance": neither stands out.
    ``chance``: how often weeks in which nothing changes show as much.
    """

    direction: Direction
    by: Literal["arrears_rate", "cure_rate"]
    why: Reason
    overdue_loans: int
    overdue_before: int
    fell: int
    cured: int
    fell_last: int | None
    cured_last: int | None
    chance: float
    drivers: tuple[Driver, ...]


def verdict_of(week: Week, last: Week | None, groups: Sequence[ComparedGroup], chance: float) -> Verdict:
    """Return the verdict on a week; ``chance`` is what a change must be less likely than to be one."""
    now, then = week.groups[0], None if last is None else last.groups[0]
    net = now.fell - now.cured
    told = [groups[0].measures[name].chance for name in ("arrears_rate", "cure_rate")]
    moved, cured = (1.0 if one is None else one for one in told)
    if not now.loans or not (now.overdue_loans or now.overdue_before):
        return _told("unknown", "arrears_rate", 1.0, now, then, ())
    if moved < chance:
        return _told("worse" if net > 0 else "better", "arrears_rate", moved, now, then, _drivers(groups, net))
    if cured < chance:
        rose = _rate(now) > _rate(then)
        return _told("better" if rose else "worse", "cure_rate", cured, now, then, _drivers(groups, net))
    return _told("as before", "arrears_rate", moved, now, then, _drivers(groups, net))


def _told(
    direction: Direction,
    by: Literal["arrears_rate", "cure_rate"],
    chance: float,
    now: GroupWeek,
    then: GroupWeek | None,
    drivers: tuple[Driver, ...],
) -> Verdict:
    return Verdict(
        direction=direction,
        by=by,
        why=_why(direction, now, then),
        overdue_loans=now.overdue_loans,
        overdue_before=now.overdue_before,
        fell=now.fell,
        cured=now.cured,
        fell_last=None if then is None else then.fell,
        cured_last=None if then is None else then.cured,
        chance=chance,
        drivers=drivers,
    )


def _why(direction: Direction, now: GroupWeek, then: GroupWeek | None) -> Reason:
    """Return which of the two flows moved more in the verdict's direction since the week before."""
    if direction == "unknown":
        return "nothing"
    if direction == "as before" or then is None:
        return "balance"
    sign = 1 if direction == "worse" else -1
    fell, cured = sign * (now.fell - then.fell), sign * (then.cured - now.cured)
    if max(fell, cured) <= 0:
        return "balance"
    return "fell" if fell >= cured else "cured"


def _drivers(groups: Sequence[ComparedGroup], net: int) -> tuple[Driver, ...]:
    sign, found = (1 if net > 0 else -1), []
    for by in ("product", "tier"):
        own = [one for one in groups if one.by == by and sign * one.change_of_overdue_loans > 0]
        if net and own:
            most = max(own, key=lambda one: sign * one.change_of_overdue_loans)
            found.append(Driver(by, most.group, most.change_of_overdue_loans))
    return tuple(found)


def _rate(group: GroupWeek | None) -> float:
    return 0.0 if group is None or group.cure_rate is None else group.cure_rate
