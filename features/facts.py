"""What each row says: the columns that timelines sweep, one function a kind of row.

A fact is a number, 1 or 0 for yes or no, and NaN in a row it does not concern or where it is not known yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from features.calendar import DAY
from features.ledger import Columns
from features.replies import CAUSES
from features.rows import before, days_since_latest, total_since_before
from features.schema import CHANNELS, INCOME_SOURCES, INTENSITIES, PRODUCTS
from features.windows import Floats, Ints, Mask, ratio

if TYPE_CHECKING:
    from features.history import Events, Instalments

NOT_SENT = CHANNELS.index("none")
"""The channel of a logged decision not to remind."""

MESSAGED = ("sms", "push", "email", "call")
DAYPARTS: Mapping[str, tuple[int, int]] = {"morning": (0, 12), "afternoon": (12, 18), "evening": (18, 24)}
"""The hours of the customer's own clock, from and before."""

SETTLES_AFTER = DAY
"""Seconds after which what became of a reminder counts as known."""

ANSWER_TIME = 7 * DAY
"""Seconds within which a payment counts as an answer to a reminder."""

_NEAR_LIMIT = 0.9
_CHANNEL_CODES = np.array([[CHANNELS.index(name)] for name in MESSAGED])
_PART_BEGINS, _PART_ENDS = np.array([[[begins], [ends]] for begins, ends in DAYPARTS.values()]).transpose(1, 0, 2)
_CAUSE_BITS = np.arange(len(CAUSES))[:, None]
_RESPONDED = tuple(f"responded_{name}" for name in MESSAGED)
_PAID_AFTER = tuple(f"paid_after_{name}" for name in MESSAGED)
_RESPONDED_IN = tuple(f"responded_{name}" for name in DAYPARTS)
_MONTH = 365.25 / 12
_UNSECURED = np.isin(PRODUCTS, ("credit_card", "consumer"))


def due(rows: Instalments) -> dict[str, Floats]:
    """Return the facts of instalments that have fallen due."""
    late, is_open = rows.days_late > 0, ~rows.settled
    return {
        "amount": rows.amount,
        "paid": rows.paid,
        "open_amount": np.where(is_open, rows.amount - rows.paid, 0.0),
        "days_late": rows.days_late,
        "lateness": np.maximum(rows.days_late, 0.0),
        "late": _flags(late),
        "late_30": _flags(rows.days_late > 30),
        "late_age": _where(late, rows.age),
        "late_amount": np.where(late, rows.amount, 0.0),
        "on_time": _flags(~late),
        "early": _flags(rows.days_late < 0),
        "open": _flags(is_open),
        "partial": _flags(is_open & (rows.paid > 0)),
        "split": _where(rows.paid > 0, rows.parts > 1),
    }


def coming(rows: Instalments) -> dict[str, Floats]:
    """Return the facts of instalments still to fall due; ``age`` is not above 0."""
    unpaid, days_to = ~rows.settled, -rows.age
    left = rows.amount - rows.paid
    return {
        "days_to": _where(unpaid, days_to),
        "unpaid": _where(unpaid, rows.amount),
        "unpaid_7d": np.where(unpaid & (days_to <= 7), left, 0.0),
        "unpaid_30d": np.where(unpaid & (days_to <= 30), left, 0.0),
        "unpaid_count_30d": _flags(unpaid & (days_to <= 30)),
        "unpaid_90d": np.where(unpaid & (days_to <= 90), left, 0.0),
        "amount_30d": np.where(days_to < 30, rows.amount, 0.0),
    }


def payments(rows: Events, income: Events) -> dict[str, Floats]:
    """Return the facts of payments."""
    return {
        "amount": rows["amount"],
        "gap": before(rows.bounds, rows.age, 1) - rows.age,
        "after_income": days_since_latest(rows.bounds, rows["day"], income.bounds, income["day"]),
    }


def incomes(rows: Events) -> dict[str, Floats]:
    """Return the facts of incomes."""
    amount = rows["amount"]
    return {
        "amount": amount,
        "salary": np.where(rows["source"] == INCOME_SOURCES.index("salary"), amount, 0.0),
        "gap": before(rows.bounds, rows.age, 1) - rows.age,
    }


def credit(rows: Events, paid: Events) -> dict[str, Floats]:
    """Return the facts of bureau observations, each beside the one before and the payments between the two."""
    limit, balance = rows["credit_limit"], rows["balance"]
    used, balance_before = ratio(balance, limit), before(rows.bounds, balance, 1)
    received = total_since_before(rows.bounds, rows["day"], paid.bounds, paid["day"], paid["amount"])
    spent = balance - balance_before + received
    return {
        "limit": limit,
        "balance": balance,
        "used": used,
        "near_limit": _where(~np.isnan(used), used > _NEAR_LIMIT),
        "balance_change": ratio(balance - balance_before, limit),
        "repayment_rate": ratio(received, np.where(balance_before > 0, balance_before, 0.0)),
        "spent": spent,
        "spent_of_limit": ratio(spent, limit),
        "accounts": rows["open_accounts"],
        "enquiries": rows["enquiries_6m"],
        "worst_dpd": rows["worst_dpd_12m"],
        "external_debt": rows["external_debt"],
        "score": rows["bureau_score"],
    }


def loans(rows: Events) -> dict[str, Floats]:
    """Return the facts of contracts."""
    product, principal = rows["product"], rows["principal"]
    unsecured = _flags(_UNSECURED[product])
    return {
        "principal": principal,
        "unsecured": unsecured,
        "unsecured_principal": unsecured * principal,
        "mortgage": _flags(product == PRODUCTS.index("mortgage")),
        "business": _flags(product == PRODUCTS.index("business")),
        "rate": rows["annual_rate"],
        "elapsed": np.minimum(rows.age / (rows["term_months"] * _MONTH), 1.0),
    }


def reminders(rows: Events, instalments: Columns) -> dict[str, Floats]:
    """Return the facts of reminders sent; what became of one is known after a day, a payment after a week."""
    known, paid_known = rows.seconds >= SETTLES_AFTER, rows.seconds >= ANSWER_TIME
    by, in_part = rows["channel"] == _CHANNEL_CODES, _in_daypart(rows["hour"])
    is_call = by[MESSAGED.index("call")]
    responded, read = rows["replied"] | rows["conversation"], rows["read"]
    paid = _paid_after(rows, instalments)
    causes = dict(zip(CAUSES, _flags(known & (rows["causes"] >> _CAUSE_BITS & 1 == 1)), strict=True))
    return {
        "firm": _flags(rows["intensity"] == INTENSITIES.index("firm")),
        "offer": _flags(rows["offer"] >= 0),
        "cost": rows["cost"],
        "delivered": _where(known, rows["delivered"]),
        "read": _where(known & ~is_call, read),
        "replied": _where(known, rows["replied"]),
        "ignored": _where(known, ~(responded | read)),
        "conversation_age": _where(known & rows["conversation"], rows.age),
        "call": _flags(is_call),
        "call_age": _where(is_call, rows.age),
        "paid_after": _where(paid_known, paid),
        **dict(zip(_RESPONDED, _where(known & by, responded), strict=True)),
        **dict(zip(_PAID_AFTER, _where(paid_known & by, paid), strict=True)),
        **dict(zip(_RESPONDED_IN, _where(known & in_part, responded), strict=True)),
        **causes,
        "promise_kept": _where(paid_known & (causes["promise"] == 1), paid),
    }


def _in_daypart(hour: Ints) -> Mask:
    """Return whether each reminder went out in each part of the day, (parts, rows)."""
    return (hour >= _PART_BEGINS) & (hour < _PART_ENDS)


def _paid_after(rows: Events, instalments: Columns) -> Mask:
    """Return whether the instalment was paid in full within a week of the reminder."""
    seconds = instalments["settled_at"][rows["instalment"]] - rows.table.at[rows.index]
    return (seconds > 0) & (seconds <= ANSWER_TIME)


def _flags(mask: Mask) -> Floats:
    return mask.astype(np.float64)


def _where(mask: Mask, values: Floats | Mask) -> Floats:
    return np.where(mask, values, np.nan)
