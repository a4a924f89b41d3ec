"""What may not be sent to whom: consent, stop flags, ladder and hours, each with the rule that says so.

The rules only ever take actions away; ``none`` stays. Every block carries a rule id and where the rule
comes from, so that a reader of a decision sees why something was not done.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from serving.actions import ContactHours, PolicySettings

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int8]
type Stretch = tuple[datetime, datetime]
"""From when until when, in the customer's zone."""


@dataclass(frozen=True)
class Rule:
    """One reason for which an action may be blocked."""

    id: str
    citation: str


ALLOWED = 0
RULES = (
    Rule("allowed", ""),
    Rule("nothing_due", "policy: no instalment is open within the schedule in view"),
    Rule(
        "stop_flag",
        "bank's stop list: dispute, hardship, signed plan (Card measures art. 70), death, insolvency, legal",
    ),
    Rule("no_consent", "PIPL art. 13: consent to the channel; a bank may only tighten"),
    Rule("ladder", "configs/policy.yaml: ladder, by stage and tier"),
    Rule("stance", "configs/policy.yaml: stance_limits"),
    Rule("no_evidence", "the response model has not seen this action; `duewise train` on a log that holds it"),
)
NOTHING_DUE, STOPPED, NO_CONSENT, LADDER, STANCE, NO_EVIDENCE = range(1, len(RULES))


@dataclass(frozen=True)
class Standing:
    """What the rules look at, (n,) each: the customers' rows of the book, and what was found of them."""

    customers: pd.DataFrame
    has_instalment: npt.NDArray[np.bool_]
    stage: Ints
    tier: Ints
    stance: Ints


def blocked_by(standing: Standing, settings: PolicySettings) -> Codes:
    """Return, (n, actions), the number of the rule that blocks each action, 0 where it is allowed.

    Where several do, the first in ``RULES`` is named.
    """
    n, strengths = len(standing.stage), settings.strengths
    codes = np.zeros((n, len(strengths)), np.int8)
    limits = (
        (NOTHING_DUE, np.where(standing.has_instalment, 3, 0)),
        (STOPPED, np.where(standing.customers["stop_flag"].isna(), 3, 0)),
        (NO_CONSENT, _consent(standing.customers, settings)),
        (LADDER, _ladder(settings)[standing.stage, standing.tier]),
        (STANCE, _strengths(settings.stance_limits.values())[standing.stance]),
    )
    for rule, limit in limits:
        per_action = limit if limit.ndim == 2 else limit[:, None]
        codes[(codes == ALLOWED) & (strengths[None, :] > per_action)] = rule
    return codes


def _consent(customers: pd.DataFrame, settings: PolicySettings) -> Ints:
    """Return 3 (any strength) where the customer agreed to an action's channel, else 0, (n, actions)."""
    agreed = [
        np.full(len(customers), 3) if a.channel is None else np.where(customers[f"consent_{a.channel}"], 3, 0)
        for a in settings.actions.values()
    ]
    return np.column_stack(agreed)


def _ladder(settings: PolicySettings) -> Ints:
    return np.array([_strengths(settings.ladder[stage].values()) for stage in settings.stages])


def _strengths(intensities: object) -> Ints:
    order = (None, "gentle", "standard", "firm")
    return np.array([order.index(i) for i in intensities])  # type: ignore[attr-defined]


def send_window(now: datetime, zone: str, hours: ContactHours) -> Stretch:
    """Return the earliest stretch from ``now`` on that lies within the contact hours of the customer's day.

    >>> from datetime import UTC
    >>> start, end = send_window(datetime(2026, 3, 1, 14, tzinfo=UTC), "Asia/Shanghai", ContactHours(9, 20))
    >>> start.isoformat(), end.isoformat()
    ('2026-03-02T09:00:00+08:00', '2026-03-02T20:00:00+08:00')
    """
    return next(stretches[0] for stretches in _coming(now, zone, [(hours.from_hour, hours.until_hour)]) if stretches[0])


def open_parts(now: datetime, zone: str, hours: ContactHours, parts: Sequence[tuple[int, int]]) -> list[Stretch | None]:
    """Return when a reminder may go out in each of the ``parts`` of the customer's day, None where it may not.

    A part is cut to the contact hours and, once begun, to ``now``. They are those of today; when none is left
    today, those of the next day that has one. None at all when no part lies in the contact hours.

    >>> from datetime import UTC
    >>> now = datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
    >>> stretches = open_parts(now, "Asia/Shanghai", ContactHours(9, 19), [(9, 12), (12, 17), (17, 20)])
    >>> [stretch and f"{stretch[0]:%H:%M} to {stretch[1]:%H:%M}" for stretch in stretches]
    [None, '14:30 to 17:00', '17:00 to 19:00']
    """
    lawful = [(max(begins, hours.from_hour), min(ends, hours.until_hour)) for begins, ends in parts]
    coming = list(_coming(now, zone, lawful))
    return next((stretches for stretches in coming if any(stretches)), coming[0])


def _coming(now: datetime, zone: str, hours: Sequence[tuple[int, int]]) -> Iterator[list[Stretch | None]]:
    """Yield what is left of some hours of the customer's day today, tomorrow, and on the day after.

    Clocks that change may leave a day without an hour; the day after tomorrow has it.
    """
    local = now.astimezone(ZoneInfo(zone))
    for days in range(3):
        midnight = datetime.combine(local.date() + timedelta(days=days), time(0), local.tzinfo)
        yield [
            _left(local, midnight + timedelta(hours=begins), midnight + timedelta(hours=ends)) for begins, ends in hours
        ]


def _left(local: datetime, opens: datetime, closes: datetime) -> Stretch | None:
    """Return the stretch from ``opens`` to ``closes`` less what is past, None if that is all of it.

    Compared as moments of the world: the same hour of the clock may come twice or not at all.
    """
    start = max(local, opens, key=lambda moment: moment.astimezone(UTC))
    return (start, closes) if start.astimezone(UTC) < closes.astimezone(UTC) else None
