"""The replies of a book as they were read: a row a reply and cause, a reply that is unclear in one row.

The book does not say when a reply came: days count from when the reminder was sent, and a reply is known a day after.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from features.book import Book
from features.facts.reminders import SETTLES_AFTER
from features.kernel.windows import Ints
from features.matrix import moment_seconds
from serving.feedback.causes import UNCLEAR
from serving.feedback.reader import ReplyReader
from serving.feedback.replies import reply_rows, texts_of

COLUMNS = (
    "reminder_id", "customer_id", "loan_id", "instalment_no", "channel", "told_at", "told_on",
    "cause", "promised_on", "promised_amount", "promised_share",
)  # fmt: skip
"""``told_on`` and ``promised_on`` are days (midnight, without a zone) of the customer's calendar."""


def heard(book: Book, as_of: pd.Timestamp, reader: ReplyReader) -> pd.DataFrame:
    """Return what every reply known at ``as_of`` tells, in the columns ``COLUMNS``, the oldest first."""
    sent = book.ledger.reminders
    known = replies_known(book, as_of)
    texts, days = texts_of(book, known), sent["day"][known].astype("datetime64[D]")
    promises = [reader.promise(text, day) for text, day in zip(texts, days.tolist(), strict=True)]
    rows = book.reminders.iloc[sent["row"][known]].reset_index(drop=True)
    rows = rows.assign(
        told_at=rows["sent_at"],
        told_on=_days(days.tolist()),
        cause=pd.Series([reader.causes(text) or (UNCLEAR,) for text in texts], dtype="object"),
        promised_on=_days([promise.on if promise else None for promise in promises]),
        promised_amount=pd.array([promise.amount if promise else None for promise in promises], "Float64"),
        promised_share=pd.array([promise.share if promise else None for promise in promises], "Float64"),
    )
    told = rows.explode("cause", ignore_index=True)
    told.loc[told["cause"] != "promise", ["promised_on", "promised_amount", "promised_share"]] = None
    return told[list(COLUMNS)].astype({"cause": "str"})


def replies_known(book: Book, as_of: pd.Timestamp) -> Ints:
    """Return the rows of the ledger's reminders whose reply is known at a moment, the oldest first."""
    everyone, sent = book.ledger.everyone, book.ledger.reminders
    rows, _ = reply_rows(book.ledger, everyone, moment_seconds(as_of, len(everyone)) - SETTLES_AFTER)
    return rows[np.argsort(sent.at[rows], kind="stable")]


def _days(days: Sequence[date | None]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(np.array(days, "datetime64[ns]"))
