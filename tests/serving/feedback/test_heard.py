"""The replies of a book as they were read."""

from __future__ import annotations

import pandas as pd

from features import Book
from serving.feedback.heard import COLUMNS, heard
from serving.feedback.reader import ReplyReader

Tables = dict[str, pd.DataFrame]
AS_OF = pd.Timestamp("2026-02-20T12:00:00+08:00")


def test_a_row_a_reply_and_cause_the_oldest_first(book: Book, as_of: pd.Timestamp, reader: ReplyReader) -> None:
    told = heard(book, as_of, reader)
    assert tuple(told.columns) == COLUMNS
    assert list(zip(told["reminder_id"], told["cause"], strict=True)) == [
        ("r5", "dispute"), ("r6", "short_of_money"), ("r6", "promise"), ("r8", "opt_out"), ("r1", "unclear"),
    ]  # fmt: skip
    assert told["promised_on"].tolist()[2] == pd.Timestamp("2025-11-14")
    assert told["promised_on"].isna().tolist() == [True, True, False, True, True]


def test_a_reply_is_known_a_day_after(tables: Tables, reader: ReplyReader) -> None:
    moments = [AS_OF - pd.Timedelta(days=1) + pd.Timedelta(seconds=k) for k in range(9)]
    reminders = tables["reminders"].assign(sent_at=moments, channel="sms", reply_text="退订")
    book = Book.of(tables | {"reminders": reminders})
    assert len(heard(book, AS_OF, reader)) == 1
    assert len(heard(book, AS_OF + pd.Timedelta(seconds=5), reader)) == 6


def test_days_count_in_the_zone_of_the_customer(tables: Tables, reader: ReplyReader) -> None:
    zones = ["Asia/Shanghai", "America/New_York", None, "Asia/Shanghai"]
    sent = tables["reminders"].assign(sent_at="2026-02-17T02:30:00+00:00", channel="sms", reply_text="明天还")
    book = Book.of(tables | {"customers": tables["customers"].assign(timezone=zones), "reminders": sent})
    promised = heard(book, AS_OF, reader).groupby("customer_id")["promised_on"].first()
    assert promised.to_dict() == {
        "ann": pd.Timestamp("2026-02-18"), "bo": pd.Timestamp("2026-02-17"), "dai": pd.Timestamp("2026-02-18"),
    }  # fmt: skip
