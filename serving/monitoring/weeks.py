"""The book's arrears by week, and who was reminded how.

Loans in arrears are last week's, less those cured, and those that fell overdue. Weeks end at the moment of the watch.
Days count in the customer's own zone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.book import Book
from features.kernel.windows import Floats, Ints, Mask
from features.ledger.calendar import DAY
from features.ledger.ledger import Ledger
from features.tables.schema import PRODUCTS
from serving.actions import Channel
from serving.feedback.causes import UNCLEAR
from serving.feedback.heard import replies_known
from serving.feedback.reader import ReplyReader
from serving.feedback.replies import texts_of
from serving.monitoring.decided import Decided, Words
from serving.monitoring.span import Span, iso
from serving.policy_settings import PolicySettings

ALL = "all"
WEEKS = 13
"""How many weeks are told."""

FEWEST = 5
"""Loans below which a group's amounts are not told: they would be a customer's own."""

NOT_DECIDED, NO_REMINDER = "not decided", "no reminder"

_WEEK = 7 * DAY


@dataclass(frozen=True)
class GroupWeek:
    """The loans of a group, ``by`` what it is one ("all", "tier", "product", "channel"), at a week's end.

    ``loans`` have anything left to pay, and ``overdue_loans`` of them something overdue, ``overdue`` in currency.
    ``overdue_before`` were so at the week's beginning, and ``cured`` of these have since paid all that was overdue
    then; ``fell`` are overdue at the end and were not, or were cured in between. ``recovered`` is what was paid in the
    week of what was overdue at its beginning, in currency. Both amounts are None for a group of fewer than ``FEWEST``.
    """

    by: str
    group: str
    loans: int
    overdue_loans: int
    overdue: float | None
    overdue_before: int
    cured: int
    fell: int
    recovered: float | None

    @property
    def arrears_rate(self) -> float | None:
        """The share of the loans that are overdue; None: there are no loans."""
        return self.overdue_loans / self.loans if self.loans else None

    @property
    def cure_rate(self) -> float | None:
        """The share of the loans overdue at the beginning that were cured; None: none was overdue."""
        return self.cured / self.overdue_before if self.overdue_before else None


@dataclass(frozen=True)
class Week:
    """A week from ``since`` to ``until`` (ISO): its loans, the decisions made in it, and what customers answered.

    ``tier`` is that of the customer's last decision before the week, ``channel`` that of the last reminder decided in
    it. ``actions`` are decisions by action, ``causes`` replies by what they tell (two causes count in both).
    """

    since: str
    until: str
    groups: tuple[GroupWeek, ...]
    decisions: int
    reminders: int
    requires_human: int
    expected_value: float
    actions: Mapping[str, int]
    channels: Mapping[str, int]
    replies: int
    causes: Mapping[str, int]


@dataclass(frozen=True)
class _Standing:
    """What is unpaid at a moment: which instalments are ``late``, ``owed`` of each in currency; which loans open."""

    late: Mask
    owed: Floats
    open: Mask


def weeks_of(
    book: Book, decided: Decided, until: int, zone: str, policy: PolicySettings, weeks: int = WEEKS
) -> tuple[Week, ...]:
    """Return the weeks up to a moment in seconds, the oldest first."""
    ends = [until - k * _WEEK for k in reversed(range(weeks + 1))]
    standings = [_standing(book.ledger, at) for at in ends]
    told = _replies(book, ends[0], until)
    spans = [Span(since, end) for since, end in pairwise(ends)]
    return tuple(
        _week(book.ledger, decided, span, between, told, zone, policy)
        for span, between in zip(spans, pairwise(standings), strict=True)
    )


def _week(
    ledger: Ledger,
    decided: Decided,
    span: Span,
    standings: tuple[_Standing, _Standing],
    told: pd.DataFrame,
    zone: str,
    policy: PolicySettings,
) -> Week:
    made = decided.between(span.since, span.until)
    marks = {
        "tier": _tiers(ledger, decided.between(0, span.since).last()),
        "product": np.array(PRODUCTS, dtype=object)[ledger.loans["product"]],
        "channel": _channels(ledger, made, policy),
    }
    orders = {"tier": tuple(policy.tiers), "product": PRODUCTS, "channel": (*get_args(Channel), NO_REMINDER)}
    actions = made.words["action"].counts()
    answered = told[(told["at"] >= span.since) & (told["at"] < span.until)]
    return Week(
        since=iso(span.since, zone),
        until=iso(span.until, zone),
        groups=tuple(_groups(ledger, standings, marks, orders)),
        decisions=len(made),
        reminders=int(made.reminded.sum()),
        requires_human=int(made.requires_human.sum()),
        expected_value=float(made["expected_value"].sum()),
        actions=actions,
        channels=_by_channel(actions, policy),
        replies=int(answered["reminder"].nunique()),
        causes={str(name): int(n) for name, n in answered.groupby("cause")["reminder"].nunique().items()},
    )


def _standing(ledger: Ledger, at: int) -> _Standing:
    schedule, everyone = ledger.instalments, ledger.everyone
    today = ledger.local_day(everyone, np.full(len(everyone), at))
    unpaid = (schedule["settled_at"] > at) & (schedule["opened_at"] <= at)
    late = unpaid & (today[schedule.customer] > schedule["due_day"])
    received = ledger.payments.at <= at
    paid = np.bincount(
        ledger.payments["instalment"][received], ledger.payments["amount"][received], minlength=len(late)
    )
    owed = np.where(late, np.maximum(schedule["amount_due"] - paid, 0.0), 0.0)
    is_open = np.bincount(schedule["loan"][unpaid], minlength=len(ledger.loans.at)) > 0
    return _Standing(late, owed, is_open)


def _groups(
    ledger: Ledger,
    standings: tuple[_Standing, _Standing],
    marks: Mapping[str, npt.NDArray[Any]],
    orders: Mapping[str, Sequence[str]],
) -> Iterator[GroupWeek]:
    """Yield all loans, and each group's; ``marks`` (loans,) names the group of each loan."""
    counts = _counts(ledger, *standings)
    everything = np.ones(len(ledger.loans.at), np.bool_)
    yield _group(ALL, ALL, everything, counts)
    for by, mark in marks.items():
        seen = set(mark[counts["loans"] > 0])
        order = [name for name in orders[by] if name in seen]
        for name in [*order, *sorted(seen - set(order))]:
            yield _group(by, name, mark == name, counts)


def _counts(ledger: Ledger, before: _Standing, now: _Standing) -> dict[str, npt.NDArray[Any]]:
    """Return what a ``GroupWeek`` counts, of each loan, (loans,)."""
    loan, loans = ledger.instalments["loan"], len(ledger.loans.at)

    def any_of(rows: Mask) -> Mask:
        return np.bincount(loan[rows], minlength=loans) > 0

    was, still = any_of(before.late), any_of(before.late & now.late)
    overdue = any_of(now.late)
    recovered = np.where(before.late, before.owed - now.owed, 0.0)
    return {
        "loans": now.open,
        "overdue_loans": overdue,
        "overdue": np.bincount(loan, now.owed, minlength=loans),
        "overdue_before": was,
        "cured": was & ~still,
        "fell": overdue & ~still,
        "recovered": np.bincount(loan, recovered, minlength=loans),
    }


def _group(by: str, name: str, chosen: Mask, counts: Mapping[str, npt.NDArray[Any]]) -> GroupWeek:
    told: dict[str, Any] = {
        key: float(column[chosen].sum()) if column.dtype == np.float64 else int(column[chosen].sum())
        for key, column in counts.items()
    }
    if by != ALL and told["loans"] < FEWEST:
        told |= {"overdue": None, "recovered": None}
    return GroupWeek(by, name, **told)


def _tiers(ledger: Ledger, last: Decided) -> npt.NDArray[Any]:
    """Return the tier of each loan's customer in their only row of ``last``, (loans,)."""
    return _of_loans(ledger, last.customer, last.words["tier"], NOT_DECIDED)


def _channels(ledger: Ledger, made: Decided, policy: PolicySettings) -> npt.NDArray[Any]:
    """Return the channel of the last reminder decided for each loan's customer, (loans,)."""
    sent = made.rows(made.reminded).last()
    action = sent.words["action"]
    names = tuple(_channel(name, policy) for name in action.names)
    return _of_loans(ledger, sent.customer, Words(names, action.code), NO_REMINDER)


def _channel(action: str, policy: PolicySettings) -> str:
    known = policy.actions.get(action)
    return NO_REMINDER if known is None or known.channel is None else str(known.channel)


def _of_loans(ledger: Ledger, customer: Ints, words: Words, absent: str) -> npt.NDArray[Any]:
    names = np.array([*words.names, absent], dtype=object)
    code = np.full(len(ledger.ids), -1)
    known = customer >= 0
    code[customer[known]] = words.code[known]
    return names[code[ledger.loans.customer]]


def _by_channel(actions: Mapping[str, int], policy: PolicySettings) -> dict[str, int]:
    told: dict[str, int] = {}
    for name, count in actions.items():
        channel = _channel(name, policy)
        told[channel] = told.get(channel, 0) + count
    return told


def _replies(book: Book, since: int, until: int) -> pd.DataFrame:
    """Return a row a reply known at ``until`` and cause: ``reminder``, its row, ``cause`` and when it was sent, ``at``.

    Only those to reminders sent at ``since`` or later are read.
    """
    sent, reader = book.ledger.reminders, ReplyReader.shipped()
    known = replies_known(book, pd.Timestamp(until, unit="s", tz="UTC"))
    known = known[sent.at[known] >= since]
    causes = pd.Series([reader.causes(text) or (UNCLEAR,) for text in texts_of(book, known)], dtype="object")
    return pd.DataFrame({"reminder": known, "at": sent.at[known], "cause": causes}).explode("cause")
