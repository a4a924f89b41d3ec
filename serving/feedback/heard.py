"""The replies of a book as they were read: a row a reply and cause, a reply that is unclear in one row.

The book does not say when a reply came: days count from when the reminder was sent, and a reply is known a day after.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from features.book import Book
from features.facts.reminders import SETTLES_AFTER
from serving.feedback.causes import UNCLEAR
from serving.feedback.reader import Reading, ReplyReader

COLUMNS = (
    "reminder_id", "customer_id", "loan_id", "instalment_no", "channel", "told_at", "told_on",
    "cause", "promised_on", "promised_amount", "promised_share",
)  # fmt: skip
"""``told_on`` and ``promised_on`` are days (midnight, without a zone) of the customer's calendar."""


def heard(book: Book, as_of: pd.Timestamp, reader: ReplyReader) -> pd.DataFrame:
    """Return what every reply known at ``as_of`` tells, in the columns ``COLUMNS``, the oldest first."""
    replies = known_replies(book, as_of)
    readings = [reader.read(text, at) for text, at in zip(replies["reply_text"], replies["local"], strict=True)]
    promises = [reading.promise for reading in readings]
    rows = replies.assign(
        told_at=replies["sent_at"],
        told_on=_days([at.date() for at in replies["local"]]),
        cause=_causes(readings),
        promised_on=_days([promise.on if promise else None for promise in promises]),
        promised_amount=pd.array([promise.amount if promise else None for promise in promises], "Float64"),
        promised_share=pd.array([promise.share if promise else None for promise in promises], "Float64"),
    )
    told = rows.explode("cause", ignore_index=True)
    told.loc[told["cause"] != "promise", ["promised_on", "promised_amount", "promised_share"]] = None
    return told[list(COLUMNS)].astype({"cause": "str"})


def known_replies(book: Book, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return the reminders whose reply is known at ``as_of``, the oldest first, with ``local``, when, in their zone."""
    sent = book.reminders
    is_known = sent["sent_at"] + pd.Timedelta(seconds=SETTLES_AFTER) <= as_of
    said = sent[is_known & sent["reply_text"].notna() & (sent["channel"] != "none")]
    zones = said["customer_id"].map(book.customers.set_index("customer_id")["timezone"])
    local = [at.tz_convert(zone) for at, zone in zip(said["sent_at"], zones, strict=True)]
    return said.assign(local=pd.Series(local, said.index, dtype="object")).sort_values(
        ["sent_at", "reminder_id"], kind="stable", ignore_index=True
    )


def _causes(readings: Sequence[Reading]) -> pd.Series[Any]:
    return pd.Series([reading.causes or (UNCLEAR,) for reading in readings], dtype="object")


def _days(days: Sequence[date | None]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(np.array(days, "datetime64[ns]"))
