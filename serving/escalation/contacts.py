"""Every contact about a loan, the promises told in replies and whether they were kept, and what was sent in writing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import pandas as pd

from features.facts.reminders import FATE
from serving.escalation.known import Known
from serving.feedback.causes import UNCLEAR
from serving.feedback.heard import heard
from serving.feedback.reader import ReplyReader
from serving.money import cents_of
from serving.rules.audit import breaches
from serving.rules.rulebook import RuleBook

Kept = Literal["kept", "broken", "open"]

CONTACTS = (
    "reminder_id", "sent_at", "channel", "intensity", "offer", "recipient", "instalment_no",
    *FATE, "reply_text", "causes",
)  # fmt: skip
PROMISES = (
    "reminder_id", "told_on", "instalment_no", "promised_on", "promised_amount",
    "by", "required", "received", "outcome",
)  # fmt: skip
NOTICES = ("reminder_id", "sent_at", "channel", "instalment_no", "delivered", "read", "must_carry")
BREACHES = ("reminder_id", "sent_at", "channel", "rule_id", "found", "allowed", "status", "citation")

WRITTEN = ("sms", "push", "email", "letter")


def contacts_of(known: Known, loan_id: str, reader: ReplyReader) -> pd.DataFrame:
    """Return the columns ``CONTACTS`` of a loan, the oldest first, times by the customer's clock.

    What became of a contact is null until it is known; ``causes`` is a tuple, empty where nothing was said.
    """
    own = known.book.reminders[known.book.reminders["loan_id"] == loan_id]
    is_known = known.is_settled_fate(own["sent_at"])
    rows = own.assign(
        sent_at=known.clock(own["sent_at"]),
        recipient=own["recipient"].astype(object).where(own["recipient"].notna(), "customer"),
        reply_text=own["reply_text"].astype(object).where(own["reply_text"].notna(), None),
        causes=pd.Series([_causes(text, reader) for text in own["reply_text"]], own.index, dtype="object"),
        **{name: own[name].astype(object).where(is_known, None) for name in FATE},
    )
    return rows[list(CONTACTS)].reset_index(drop=True)


def promises_of(known: Known, loan_id: str, schedule: pd.DataFrame, reader: ReplyReader) -> pd.DataFrame:
    """Return the columns ``PROMISES`` of a loan, the oldest first; amounts in cents.

    A promise is judged on ``by``, the day it names or so many days after it was told as the settings let one without a
    day hold. It asks for the amount or share named, else for all that was open of its instalment, and never for more
    than that; what arrived for the loan from the contact until ``by`` counts.
    """
    told = heard(known.in_zone, known.as_of, reader)
    own = told[(told["loan_id"] == loan_id) & (told["cause"] == "promise")]
    without_day = timedelta(days=reader.settings.promise.without_day)
    rows = [_judged(known, row, schedule, without_day) for row in own.itertuples(index=False)]
    return pd.DataFrame(rows, columns=list(PROMISES))


def notices_of(known: Known, loan_id: str, since: date | None, rules: RuleBook | None) -> pd.DataFrame:
    """Return the columns ``NOTICES``: what was sent in writing about a loan after the day ``since``; None: nothing.

    ``must_carry`` are the rules by which the message had to carry a notice. Whether it did, the log does not say: it
    holds no texts.
    """
    own = known.book.reminders[known.book.reminders["loan_id"] == loan_id]
    local = known.local(own["sent_at"])
    days = np.array([at.date() for at in local], dtype=object)
    is_after = np.array([since is not None and day > since for day in days], bool)
    is_known = known.is_settled_fate(own["sent_at"])
    carried = [
        () if rules is None else tuple(rules.requirements(channel, True, day))
        for channel, day in zip(own["channel"], days, strict=True)
    ]
    rows = own.assign(
        sent_at=known.clock(own["sent_at"]),
        must_carry=pd.Series(carried, own.index, dtype="object"),
        **{name: own[name].astype(object).where(is_known, None) for name in ("delivered", "read")},
    )
    return rows.loc[is_after & own["channel"].isin(WRITTEN).to_numpy(), list(NOTICES)].reset_index(drop=True)


def breaches_of(known: Known, loan_id: str, rules: RuleBook | None) -> pd.DataFrame:
    """Return the columns ``BREACHES``: contacts about a loan that broke a rule, as far as the book dates it."""
    if rules is None:
        return pd.DataFrame(columns=list(BREACHES))
    own = set(known.book.reminders.loc[known.book.reminders["loan_id"] == loan_id, "reminder_id"])
    found = breaches(known.book, rules)
    return found.loc[found["reminder_id"].isin(own), list(BREACHES)].reset_index(drop=True)


def _causes(text: object, reader: ReplyReader) -> tuple[str, ...]:
    return (reader.causes(text) or (UNCLEAR,)) if isinstance(text, str) else ()


def _judged(known: Known, promise: Any, schedule: pd.DataFrame, without_day: timedelta) -> tuple[object, ...]:
    told_on, named = promise.told_on.date(), promise.promised_on
    by = told_on + without_day if pd.isna(named) else named.date()
    payments = known.book.payments[known.book.payments["loan_id"] == promise.loan_id]
    days = np.array([at.date() for at in known.local(payments["paid_at"])], dtype=object)
    before = (payments["paid_at"] <= promise.told_at).to_numpy()
    in_time = ~before & np.array([day <= by for day in days], bool)
    towards = (payments["instalment_no"] == promise.instalment_no).to_numpy()
    due = schedule.set_index("instalment_no").loc[promise.instalment_no, "amount_due"]
    was_open = max(int(due) - cents_of(payments.loc[before & towards, "amount"].sum()), 0)
    amount = None if pd.isna(promise.promised_amount) else cents_of(promise.promised_amount)
    required = min(_asked(amount, promise.promised_share, was_open), was_open)
    received = cents_of(payments.loc[in_time, "amount"].sum())
    return (
        promise.reminder_id,
        told_on,
        promise.instalment_no,
        None if pd.isna(named) else by,
        amount,
        by,
        required,
        received,
        _outcome(received >= required, by < known.today),
    )


def _asked(amount: int | None, share: object, was_open: int) -> int:
    if amount is not None:
        return amount
    return was_open if pd.isna(share) else round(was_open * float(share))  # type: ignore[call-overload, arg-type]


def _outcome(is_kept: bool, is_over: bool) -> Kept:
    if is_kept:
        return "kept"
    return "broken" if is_over else "open"
