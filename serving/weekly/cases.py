"""Three decisions told in words, without anything that says whose they are: no id, no date, amounts rounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor, log10
from typing import Literal

import numpy as np
import pandas as pd

from features.book import Book
from features.kernel.windows import Ints, Mask
from features.labels import RESPONSE_DAYS
from features.ledger.calendar import DAY
from features.tables.schema import PRODUCTS
from serving.contract import CustomerDecision, CustomerRequest, ScoreRequest
from serving.desk import Desk
from serving.explanation.phrasing import Words
from serving.monitoring.decided import Decided
from serving.monitoring.month_ends import BUCKETS, bucket_of
from serving.policy_settings import PolicySettings

Kind = Literal["brought back", "met half way", "not brought back"]

_DAYS, _REASONS = 7, 2


@dataclass(frozen=True)
class Case:
    """A decision whose seven days have ended, and what came of it.

    ``bucket`` of ``BUCKETS`` says how late the instalment was, ``amount`` what was open of it, rounded to two digits,
    in currency. ``reasons`` are what raised the risk most, by language, without the customer's own figures; none where
    it cannot be told any more. ``paid_after`` are days until it was paid in full, None: not by the end of the report.
    """

    kind: Kind
    tier: str
    product: str
    stance: str
    bucket: str
    amount: float
    action: str
    expected_effect: float
    requires_human: bool
    paid_after: int | None
    reasons: tuple[Words, ...]


def cases_of(book: Book, decided: Decided, until: int, desk: Desk) -> tuple[Case, ...]:
    """Return a case of each kind that the week has, among decisions whose seven days had ended by ``until``.

    ``desk`` explains them; its snapshot is the book.
    """
    last = until - RESPONSE_DAYS * DAY
    rows = decided.between(last - _DAYS * DAY, last)
    rows = rows.rows((rows.customer >= 0) & (rows.instalment >= 0))
    if not len(rows):
        return ()
    return tuple(_case(kind, book, rows, row, until, desk) for kind, row in _chosen(book, rows, desk.settings))


def rounded(amount: float) -> float:
    """Return an amount to two digits.

    >>> rounded(1267.0), rounded(98.4), rounded(0.0)
    (1300.0, 98.0, 0.0)
    """
    return 0.0 if amount <= 0 else float(round(amount, 1 - floor(log10(amount))))


def _chosen(book: Book, rows: Decided, policy: PolicySettings) -> Iterator[tuple[Kind, int]]:
    """Yield a row of each kind, no customer twice."""
    took = book.ledger.instalments["settled_at"][rows.instalment] - rows.at
    soon, late = took <= RESPONSE_DAYS * DAY, _days_past_due(book, rows) > 0
    kind = rows.words["action"]
    offered = kind.among(lambda name: name in policy.actions and policy.actions[name].offer is not None)
    free: Mask = np.ones(len(rows), np.bool_)
    wanted: tuple[tuple[Kind, Mask, str], ...] = (
        ("brought back", late & rows.reminded & ~offered & soon, "expected_effect"),
        ("met half way", offered | rows.requires_human, "default_probability"),
        ("not brought back", late & rows.reminded & ~soon, "amount_open"),
    )
    for name, chosen, by in wanted:
        there = np.flatnonzero(chosen & free)
        if len(there):
            # the middle one, not the most striking: a case is to be an example
            order = there[np.argsort(np.nan_to_num(rows[by][there]), kind="stable")]
            row = int(order[len(order) // 2])
            free &= rows.person != rows.person[row]
            yield name, row


def _case(kind: Kind, book: Book, rows: Decided, row: int, until: int, desk: Desk) -> Case:
    instalment = rows.instalment[row]
    settled = int(book.ledger.instalments["settled_at"][instalment])
    product = book.ledger.loans["product"][book.ledger.instalments["loan"][instalment]]
    words = {name: column.names[column.code[row]] for name, column in rows.words.items() if column.code[row] >= 0}
    return Case(
        kind=kind,
        tier=words["tier"],
        product=PRODUCTS[int(product)],
        stance=words["stance"],
        bucket=BUCKETS[int(bucket_of(_days_past_due(book, rows)[row : row + 1])[0])],
        amount=rounded(float(np.nan_to_num(rows["amount_open"][row]))),
        action=words["action"],
        expected_effect=float(rows["expected_effect"][row]),
        requires_human=bool(rows.requires_human[row]),
        paid_after=None if settled > until else max(0, -(-(settled - int(rows.at[row])) // DAY)),
        reasons=_reasons(book, rows, row, desk),
    )


def _reasons(book: Book, rows: Decided, row: int, desk: Desk) -> tuple[Words, ...]:
    """Return the headlines of what raised the risk most, by making the decision again; none where it cannot be."""
    name = str(book.ledger.names[rows.customer[row]])
    as_of = pd.Timestamp(int(rows.at[row]), unit="s", tz="UTC").to_pydatetime()
    (answer,) = desk.score(ScoreRequest(as_of=as_of, customers=[CustomerRequest(customer_id=name)])).results
    if not isinstance(answer, CustomerDecision):
        return ()
    raising = [one.reason for one in answer.reasons if one.contribution > 0][:_REASONS]
    return tuple(desk.reasons.reasons[one].raising.words for one in raising)


def _days_past_due(book: Book, rows: Decided) -> Ints:
    return book.ledger.local_day(rows.customer, rows.at) - book.ledger.instalments["due_day"][rows.instalment]
