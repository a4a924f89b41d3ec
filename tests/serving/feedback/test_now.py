"""What a reply means for the next decision."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from features import Book
from serving.feedback.heard import heard
from serving.feedback.now import CHANNELS, causes_now, consequences
from serving.feedback.reader import ReplyReader

AS_OF = pd.Timestamp("2026-02-20T12:00:00+08:00")


def said(tables: dict[str, pd.DataFrame], *replies: tuple[str, str, str]) -> Book:
    """Return the worked book in which bo answered as told: (sent_at, channel, text) each."""
    like = tables["reminders"][tables["reminders"]["customer_id"] == "bo"].iloc[[-1]]
    rows = [
        like.assign(reminder_id=f"x{k}", sent_at=at, channel=channel, replied=True, reply_text=text)
        for k, (at, channel, text) in enumerate(replies)
    ]
    return Book.of(tables | {"reminders": pd.concat(rows)})


def now(book: Book, reader: ReplyReader, as_of: pd.Timestamp = AS_OF, **more: Any) -> pd.DataFrame:
    return causes_now(book, as_of, reader, **more)


def test_a_promise_holds_reminders_until_the_day_after(tables: dict[str, pd.DataFrame], reader: ReplyReader) -> None:
    book = said(tables, ("2026-02-18T10:00:00+08:00", "sms", "我22号还"))
    for day, holds in (("2026-02-22T23:00:00+08:00", True), ("2026-02-23T00:30:00+08:00", False)):
        rows = now(book, reader, pd.Timestamp(day))
        assert rows["cause"].tolist() == (["promise"] if holds else [])
    held = now(book, reader).iloc[0]
    assert (held["until"], held["closed"]) == (pd.Timestamp("2026-02-23"), CHANNELS)


def test_a_promise_without_a_day_or_for_a_far_one_holds_for_so_long(
    tables: dict[str, pd.DataFrame], reader: ReplyReader
) -> None:
    book = said(tables, ("2026-02-18T10:00:00+08:00", "sms", "我一定还"))
    assert now(book, reader)["until"].tolist() == [pd.Timestamp("2026-02-21")]
    far = said(tables, ("2026-02-18T10:00:00+08:00", "sms", "6月1日还"))
    assert now(far, reader)["until"].tolist() == [pd.Timestamp("2026-03-21")]


def test_a_later_promise_takes_the_place_of_an_earlier_one(
    tables: dict[str, pd.DataFrame], reader: ReplyReader
) -> None:
    book = said(
        tables, ("2026-02-17T10:00:00+08:00", "sms", "28号还"), ("2026-02-18T10:00:00+08:00", "email", "21号还")
    )
    rows = now(book, reader)
    assert rows["promised_on"].tolist() == [pd.Timestamp("2026-02-21")]


def test_an_opt_out_closes_its_channel_alone_and_for_good(tables: dict[str, pd.DataFrame], reader: ReplyReader) -> None:
    book = said(tables, ("2025-03-01T10:00:00+08:00", "sms", "退订"))
    together = consequences(now(book, reader)).loc["bo"]
    assert [name for name in CHANNELS if together[f"closed_{name}"]] == ["sms"]
    assert pd.isna(together["until"])


def test_two_channels_may_be_opted_out_of(tables: dict[str, pd.DataFrame], reader: ReplyReader) -> None:
    book = said(
        tables, ("2025-03-01T10:00:00+08:00", "sms", "退订"), ("2025-04-01T10:00:00+08:00", "email", "unsubscribe")
    )
    together = consequences(now(book, reader)).loc["bo"]
    assert [name for name in CHANNELS if together[f"closed_{name}"]] == ["sms", "email"]


@pytest.mark.parametrize(
    ("channel", "text", "closed", "strongest", "offer", "human"),
    [
        ("sms", "打错了，我不是他", ["sms", "call"], None, None, True),
        ("email", "wrong person", ["email"], None, None, True),
        ("sms", "金额不对", list(CHANNELS), None, None, True),
        ("sms", "昨天已经还了", list(CHANNELS), None, None, True),
        ("sms", "我失业了", [], "gentle", "plan", False),
        ("sms", "手头紧，没钱", [], "standard", "plan", False),
        ("sms", "how do I pay", [], "gentle", "guide", False),
        ("call", "cust refuses to pay", [], None, None, True),
    ],
)  # fmt: skip
def test_each_cause_has_its_consequence(
    tables: dict[str, pd.DataFrame],
    reader: ReplyReader,
    channel: str,
    text: str,
    closed: list[str],
    strongest: str | None,
    offer: str | None,
    human: bool,
) -> None:
    book = said(tables, ("2026-02-18T10:00:00+08:00", channel, text))
    together = consequences(now(book, reader)).loc["bo"]
    assert [name for name in CHANNELS if together[f"closed_{name}"]] == closed
    assert (together["strongest"], together["offer"], together["requires_human"]) == (strongest, offer, human)


def test_what_was_paid_in_full_is_checked_by_the_book(tables: dict[str, pd.DataFrame], reader: ReplyReader) -> None:
    book = said(tables, ("2026-02-18T10:00:00+08:00", "sms", "已经还了"))
    [row] = now(book, reader).itertuples()
    key = {"loan_id": row.loan_id, "instalment_no": row.instalment_no}
    due = book.instalments.set_index(list(key)).loc[tuple(key.values()), "amount_due"]
    paid = pd.DataFrame([key | {"paid_at": "2026-02-19T10:00:00+08:00", "amount": float(due)}])
    payments = pd.concat([tables["payments"], paid])
    settled = Book.of(dict(book.tables()) | {"payments": payments})
    assert now(settled, reader).empty


def test_a_person_clears_what_was_told_before(tables: dict[str, pd.DataFrame], reader: ReplyReader) -> None:
    book = said(tables, ("2026-02-10T10:00:00+08:00", "sms", "金额不对"))
    cleared = pd.DataFrame(
        {"customer_id": ["bo"], "cause": ["dispute"], "cleared_at": [pd.Timestamp("2026-02-12T10:00:00Z")]}
    )
    assert now(book, reader)["cause"].tolist() == ["dispute"]
    assert now(book, reader, cleared=cleared).empty
    again = said(tables, ("2026-02-13T10:00:00+08:00", "sms", "金额不对"))
    assert now(again, reader, cleared=cleared)["cause"].tolist() == ["dispute"]


def test_a_reply_is_not_known_before_a_day_has_passed(tables: dict[str, pd.DataFrame], reader: ReplyReader) -> None:
    book = said(tables, ("2026-02-19T13:00:00+08:00", "sms", "退订"))
    assert heard(book, AS_OF, reader).empty
    assert len(heard(book, AS_OF + pd.Timedelta(hours=1), reader)) == 1


def test_days_count_in_the_zone_of_the_customer(tables: dict[str, pd.DataFrame], reader: ReplyReader) -> None:
    book = said(tables, ("2026-02-17T23:30:00+00:00", "sms", "明天还"))
    zone = book.customers.set_index("customer_id").loc["bo", "timezone"]
    [row] = heard(book, AS_OF, reader).itertuples()
    local = pd.Timestamp("2026-02-17T23:30:00Z").tz_convert(zone)
    assert row.promised_on == pd.Timestamp(local.date()) + pd.Timedelta(days=1)


def test_without_replies_nothing_follows(tables: dict[str, pd.DataFrame], reader: ReplyReader) -> None:
    book = said(tables, ("2026-02-18T10:00:00+08:00", "sms", "谢谢"))
    rows = now(book, reader)
    assert rows.empty
    assert consequences(rows).empty
    silent = Book.of(tables | {"reminders": tables["reminders"].assign(replied=False, reply_text=None)})
    assert consequences(now(silent, reader)).empty
