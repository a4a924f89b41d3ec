"""What replies mean for a decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from features import Book
from features.tables.schema import CHANNELS, INTENSITIES, OFFERS
from serving.feedback.causes import CAUSES, Cause
from serving.feedback.holding import Held, held
from serving.feedback.reader import ReplyReader
from serving.feedback.settings import Consequence, PromiseSettings
from serving.rules.lawful import FORBIDDEN

Tables = dict[str, pd.DataFrame]
AS_OF = "2026-02-20T12:00:00+08:00"
REACHED = ("sms", "push", "email", "call")
BO = 1


def said(tables: Tables, *replies: dict[str, Any] | tuple[str, str, str]) -> Book:
    """Return the worked book in which bo answered as told: (sent_at, channel, text) each, or with more columns."""
    like = tables["reminders"][tables["reminders"]["customer_id"] == "bo"].iloc[[-1]].assign(answered_at=None)
    rows = []
    for k, one in enumerate(replies):
        columns = one if isinstance(one, dict) else dict(zip(("sent_at", "channel", "reply_text"), one, strict=True))
        rows.append(like.assign(**({"reminder_id": f"x{k}", "replied": True} | columns)))
    return Book.of(tables | {"reminders": pd.concat(rows)})


def seconds(moment: str) -> int:
    return int(pd.Timestamp(moment).timestamp())


def now(book: Book, reader: ReplyReader, as_of: str = AS_OF, customer: int = BO) -> Held:
    return held(book, np.array([customer]), np.array([seconds(as_of)]), reader)


def causes(found: Held, row: int = 0) -> list[str]:
    return [cause for cause, holds in zip(CAUSES, found.causes[row], strict=True) if holds]


def closed(found: Held) -> dict[str, str]:
    return {name: CAUSES[by] for name, by in zip(CHANNELS, found.closed[0], strict=True) if by >= 0}


def paid(tables: Tables, moment: str) -> Tables:
    """Return the tables in which bo's last reminded instalment was paid in full."""
    like = tables["reminders"][tables["reminders"]["customer_id"] == "bo"].iloc[-1]
    row = {"loan_id": like["loan_id"], "instalment_no": like["instalment_no"], "paid_at": moment, "amount": 1_000.0}
    return tables | {"payments": pd.concat([tables["payments"], pd.DataFrame([row])])}


def test_a_promise_closes_every_channel_until_the_midnight_after(tables: Tables, reader: ReplyReader) -> None:
    book = said(tables, ("2026-02-18T10:00:00+08:00", "sms", "我22号还"))
    found = now(book, reader)
    assert closed(found) == dict.fromkeys(REACHED, "promise")
    assert set(found.until[found.closed >= 0]) == {seconds("2026-02-23T00:00:00+08:00")}
    assert causes(now(book, reader, "2026-02-22T23:59:59+08:00")) == ["promise"]
    assert causes(now(book, reader, "2026-02-23T00:00:00+08:00")) == []


@pytest.mark.parametrize(
    ("text", "until"),
    [("我一定还", "2026-02-21"), ("6月1日还", "2026-03-21"), ("21号还", "2026-02-22")],
    ids=["without a day", "for a far day", "with a day"],
)
def test_a_promise_holds_for_so_long(tables: Tables, reader: ReplyReader, text: str, until: str) -> None:
    found = now(said(tables, ("2026-02-18T10:00:00+08:00", "sms", text)), reader)
    assert found.until[0, CHANNELS.index("sms")] == seconds(f"{until}T00:00:00+08:00")


def test_a_later_promise_takes_the_place_of_an_earlier_one(tables: Tables, reader: ReplyReader) -> None:
    book = said(
        tables, ("2026-02-17T10:00:00+08:00", "sms", "28号还"), ("2026-02-18T10:00:00+08:00", "email", "21号还")
    )
    assert now(book, reader).until[0, 1] == seconds("2026-02-22T00:00:00+08:00")
    assert causes(now(book, reader, "2026-02-22T08:00:00+08:00")) == []


def test_an_opt_out_closes_its_channel_alone_and_for_good(tables: Tables, reader: ReplyReader) -> None:
    found = now(said(tables, ("2025-03-01T10:00:00+08:00", "sms", "退订")), reader)
    assert closed(found) == {"sms": "opt_out"}
    assert found.until[0].tolist() == [FORBIDDEN if name == "sms" else seconds(AS_OF) for name in CHANNELS]


def test_two_channels_may_be_opted_out_of(tables: Tables, reader: ReplyReader) -> None:
    book = said(
        tables, ("2025-03-01T10:00:00+08:00", "sms", "退订"), ("2025-04-01T10:00:00+08:00", "email", "unsubscribe")
    )
    assert closed(now(book, reader)) == {"sms": "opt_out", "email": "opt_out"}


@pytest.mark.parametrize(
    ("channel", "text", "shut", "strongest", "by", "offer", "person"),
    [
        ("sms", "打错了，我不是他", ["sms", "call"], 3, None, None, True),
        ("email", "wrong person", ["email"], 3, None, None, True),
        ("letter", "wrong person", [], 3, None, None, True),
        ("sms", "金额不对", list(REACHED), 3, None, None, True),
        ("sms", "昨天已经还了", list(REACHED), 3, None, None, True),
        ("sms", "我失业了", [], 1, "lost_income", "plan", False),
        ("sms", "手头紧，没钱", [], 2, "short_of_money", "plan", False),
        ("sms", "how do I pay", [], 1, "how_to_pay", "guide", False),
        ("call", "cust refuses to pay", [], 3, None, None, True),
        ("sms", "谢谢", [], 3, None, None, False),
    ],
)  # fmt: skip
def test_each_cause_has_its_consequence(
    tables: Tables, reader: ReplyReader, channel: str, text: str, shut: list[str], strongest: int, by: Cause | None,
    offer: str | None, person: bool,
) -> None:  # fmt: skip
    found = now(said(tables, ("2026-02-18T10:00:00+08:00", channel, text)), reader)
    assert sorted(closed(found)) == sorted(shut)
    assert (found.strongest[0], found.person[0]) == (strongest, person)
    assert found.strongest_by[0] == (-1 if by is None else CAUSES.index(by))
    assert found.offer[0] == (-1 if offer is None else OFFERS.index(offer))


def test_of_several_that_close_a_channel_the_one_that_lasts_is_named(tables: Tables, reader: ReplyReader) -> None:
    book = said(
        tables,
        ("2026-02-17T10:00:00+08:00", "sms", "stop texting me"),
        ("2026-02-18T10:00:00+08:00", "email", "I want to make a complaint about your staff"),
        ("2026-02-18T11:00:00+08:00", "email", "我22号还"),
    )
    found = now(book, reader)
    assert closed(found) == {"sms": "opt_out", "push": "complaint", "email": "complaint", "call": "complaint"}
    assert found.until[0, CHANNELS.index("push")] == seconds("2026-03-04T00:00:00+08:00")


def test_what_was_paid_in_full_is_checked_by_the_book(tables: Tables, reader: ReplyReader) -> None:
    told = ("2026-02-18T10:00:00+08:00", "sms", "已经还了")
    assert causes(now(said(tables, told), reader)) == ["already_paid"]
    book = said(paid(tables, "2026-02-19T12:00:00+08:00"), told)
    assert causes(now(book, reader)) == []
    assert causes(now(book, reader, "2026-02-19T11:59:59+08:00")) == ["already_paid"]


def test_an_answer_settles_what_was_told_before_of_the_same(tables: Tables, reader: ReplyReader) -> None:
    first = {"sent_at": "2026-02-10T10:00:00+08:00", "channel": "sms", "reply_text": "金额不对"}
    other = {"sent_at": "2026-02-11T10:00:00+08:00", "channel": "sms", "reply_text": "我失业了"}
    answered = first | {"sent_at": "2026-02-12T10:00:00+08:00", "answered_at": "2026-02-14T10:00:00+08:00"}
    book = said(tables, first, other, answered)
    assert causes(now(book, reader, "2026-02-14T09:59:59+08:00")) == ["lost_income", "dispute"]
    assert causes(now(book, reader, "2026-02-14T10:00:00+08:00")) == ["lost_income"]
    again = said(tables, first, answered, first | {"sent_at": "2026-02-13T11:00:00+08:00"})
    assert causes(now(again, reader)) == ["dispute"]
    earlier = said(tables, answered | {"sent_at": "2026-02-09T10:00:00+08:00"}, first)
    assert causes(now(earlier, reader)) == ["dispute"]


def test_an_answer_within_a_day_settles_at_once(tables: Tables, reader: ReplyReader) -> None:
    first = {"sent_at": "2026-02-10T10:00:00+08:00", "channel": "sms", "reply_text": "金额不对"}
    again = first | {"sent_at": "2026-02-20T10:00:00+08:00", "answered_at": "2026-02-20T11:00:00+08:00"}
    assert causes(now(said(tables, first, again), reader, "2026-02-20T11:00:00+08:00")) == []


def test_an_answer_ends_no_opt_out(tables: Tables, reader: ReplyReader) -> None:
    told = {"sent_at": "2026-02-10T10:00:00+08:00", "channel": "sms", "reply_text": "金额不对，别再发了，退订"}
    found = now(said(tables, told | {"answered_at": "2026-02-12T10:00:00+08:00"}), reader)
    assert causes(found) == ["opt_out"]


def test_who_asks_for_a_person_waits_for_one(tables: Tables, reader: ReplyReader) -> None:
    told = {"sent_at": "2026-02-10T10:00:00+08:00", "channel": "sms", "reply_text": "转人工"}
    book = said(tables, told | {"answered_at": "2026-02-14T10:00:00+08:00"})
    for moment, asked in (
        ("2026-02-11T09:59:59+08:00", False), ("2026-02-11T10:00:00+08:00", True), ("2026-02-14T10:00:00+08:00", False),
    ):  # fmt: skip
        assert now(book, reader, moment).asked_for_person.tolist() == [asked]
    later = told | {"sent_at": "2026-02-12T10:00:00+08:00", "answered_at": "2026-02-14T10:00:00+08:00"}
    assert not now(said(tables, told, later), reader).asked_for_person[0]
    unrelated = later | {"reply_text": "金额不对"}
    assert now(said(tables, told, unrelated), reader).asked_for_person[0]
    between = unrelated | {"sent_at": "2026-02-11T10:00:00+08:00"}
    assert not now(said(tables, told, between, later), reader).asked_for_person[0]


def test_a_reply_is_not_known_before_a_day_has_passed(tables: Tables, reader: ReplyReader) -> None:
    book = said(tables, ("2026-02-19T12:00:01+08:00", "sms", "退订"))
    assert causes(now(book, reader)) == []
    assert causes(now(book, reader, "2026-02-20T12:00:01+08:00")) == ["opt_out"]


@pytest.mark.parametrize(
    ("zone", "opens"),
    [
        ("Asia/Shanghai", "2026-03-08T16:00Z"),
        ("America/Los_Angeles", "2026-03-09T07:00Z"),  # clocks are set forward on the 8th
        ("America/Havana", "2026-03-09T04:00Z"),
        (None, "2026-03-09T00:00Z"),
    ],
)
def test_days_are_those_of_the_customers_calendar(
    tables: Tables, reader: ReplyReader, zone: str | None, opens: str
) -> None:
    customers = tables["customers"].assign(timezone=[zone] * 4)
    book = said(tables | {"customers": customers}, ("2026-03-06T12:00:00+00:00", "sms", "我8号还"))
    assert now(book, reader, "2026-03-07T12:00:00+00:00").until[0, 1] == seconds(opens)


def test_without_replies_nothing_follows(tables: Tables, reader: ReplyReader) -> None:
    silent = Book.of(tables | {"reminders": tables["reminders"].assign(replied=False, reply_text=None)})
    found = held(silent, np.arange(4), np.full(4, seconds(AS_OF)), reader)
    for column in (found.causes, found.closed >= 0, found.person, found.asked_for_person):
        assert not column.any()
    assert (found.strongest.tolist(), found.strongest_by.tolist(), found.offer.tolist()) == (
        [3] * 4,
        [-1] * 4,
        [-1] * 4,
    )


@dataclass(frozen=True)
class Counting(ReplyReader):
    """A reader that notes what it reads."""

    read: list[str] = field(default_factory=list)

    def causes(self, text: str) -> tuple[Cause, ...]:
        self.read.append(text)
        return super().causes(text)


def test_each_text_is_read_once_and_no_other_customers(tables: Tables, reader: ReplyReader) -> None:
    replies = [(f"2026-02-{day}T10:00:00+08:00", "sms", "金额不对" if day % 2 else "退订") for day in range(10, 16)]
    of_bo = said(tables, *replies)
    book = Book.of(dict(of_bo.tables()) | {"reminders": pd.concat([of_bo.reminders, tables["reminders"]])})
    counting = Counting(reader.model, reader.settings)
    held(book, np.array([BO, BO]), np.array([seconds("2026-02-16T12:00+08:00"), seconds(AS_OF)]), counting)
    own = book.reminders[(book.reminders["customer_id"] == "bo") & book.reminders["reply_text"].notna()]
    assert sorted(counting.read) == sorted(set(own["reply_text"]))


# A plain reference, held against random books

TEXTS = (
    "退订", "stop texting me", "金额不对", "我失业了", "手头紧，没钱", "明天还", "我一定还", "28号还", "已经还了", "how do I pay",
    "wrong person", "I refuse to pay", "转人工", "I want a real person", "手头紧，月底还，转人工", "金额不对，退订", "谢谢", "忘了，今天还",
)  # fmt: skip
ZONES = ("Asia/Shanghai", "America/New_York", "Europe/London", "Pacific/Apia", None)
START = datetime(2026, 2, 20, tzinfo=UTC)
LOANS = {"ann": ["ann-1"], "bo": ["bo-1"], "dai": ["dai-1", "dai-2"]}


@dataclass(frozen=True)
class Told:
    """A reply to a reminder sent by the moment: its row, what it tells, whether it is known and has been answered."""

    row: Any
    tells: set[str]
    is_known: bool
    is_answered: bool


def told_by(book: Book, customer: str, moment: datetime, reader: ReplyReader) -> list[Told]:
    sent = book.reminders[book.reminders["customer_id"] == customer].sort_values(["sent_at", "reminder_id"])
    out = []
    for row in sent.itertuples():
        if isinstance(row.reply_text, str) and row.channel != "none" and row.sent_at <= moment:
            tells = {*reader.causes(row.reply_text), *(["person"] if reader.asks_for_person(row.reply_text) else [])}
            answered = not pd.isna(row.answered_at) and row.answered_at <= moment
            out.append(Told(row, tells, row.sent_at + timedelta(days=1) <= moment, answered))
    return out


def counting(told: list[Told], consequences: Any) -> Iterator[tuple[Any, str]]:
    """Yield each reply and cause that no answer has ended and no later reply has replaced."""
    for k, one in enumerate(told):
        for cause in one.tells if one.is_known else ():
            later = [other for other in told[k + 1 :] if cause in other.tells]
            is_ended = one.is_answered or any(other.is_answered for other in later)
            by_channel = cause != "person" and consequences[cause].closes in ("channel", "number")
            is_replaced = cause != "person" and any(
                other.is_known and other.row.loan_id == one.row.loan_id
                and (not by_channel or other.row.channel == one.row.channel)
                for other in later
            )  # fmt: skip
            if not is_replaced and (cause == "opt_out" or not is_ended):
                yield one.row, cause


def ends_at(row: Any, cause: str, zone: Any, reader: ReplyReader) -> int:
    day, days = row.sent_at.astimezone(zone).date(), reader.settings.consequences[cause].days
    if cause == "promise":
        promise, waits = reader.promise(row.reply_text, day), reader.settings.promise
        days = min((promise.on - day).days + 1 if promise and promise.on else waits.without_day, waits.at_most)
    midnight = datetime.combine(day, datetime.min.time(), zone) + timedelta(days=days or 0)
    return FORBIDDEN if days is None else int(midnight.timestamp())


def shut_by(closes: str, channel: str) -> set[str]:
    if closes == "number" and channel in ("sms", "call"):
        return {"sms", "call"}
    return {"none": set(), "all": set(REACHED)}.get(closes, {channel} & set(REACHED))


def reference(book: Book, place: int, at: int, reader: ReplyReader) -> dict[str, Any]:
    """Return the row of ``Held`` of one customer, in plain Python."""
    customer, moment, rules = book.customers.iloc[place], datetime.fromtimestamp(at, UTC), reader.settings.consequences
    zone = ZoneInfo(customer["timezone"]) if isinstance(customer["timezone"], str) else UTC
    counted = list(counting(told_by(book, customer["customer_id"], moment, reader), rules))
    holding = [
        (ends_at(row, cause, zone, reader), -CAUSES.index(cause), row.channel, rules[cause])
        for row, cause in counted
        if cause != "person" and not (rules[cause].until_settled and is_paid(book, row, moment))
    ]
    holding = [one for one in holding if one[0] > at]
    closing = {
        name: max(((ends, -place) for ends, place, channel, rule in holding if name in shut_by(rule.closes, channel)),
                  default=(at, -1), key=lambda found: (found[0], -found[1]))
        for name in CHANNELS
    }  # fmt: skip
    limits = [(1 + INTENSITIES.index(rule.strongest), -place) for _, place, _, rule in holding if rule.strongest]
    strongest = min([limit for limit in limits if limit[0] < 3], default=(3, -1))
    return {
        "causes": [any(-one[1] == number for one in holding) for number in range(len(CAUSES))],
        "closed": [by for _, by in closing.values()],
        "until": [ends for ends, _ in closing.values()],
        "strongest": strongest[0],
        "strongest_by": strongest[1],
        "offer": min((OFFERS.index(rule.offer) for *_, rule in holding if rule.offer), default=-1),
        "person": any(rule.requires_human for *_, rule in holding),
        "asked_for_person": any(cause == "person" for _, cause in counted),
    }


def is_paid(book: Book, row: Any, moment: datetime) -> bool:
    key = (row.loan_id, row.instalment_no)
    paid = [p.amount for p in book.payments.itertuples() if (p.loan_id, p.instalment_no) == key and p.paid_at <= moment]
    [due] = [i.amount_due for i in book.instalments.itertuples() if (i.loan_id, i.instalment_no) == key]
    return sum(paid) >= due


MINUTES = 60 * 24 * 60


def random_book(rng: np.random.Generator, hand_made: Tables) -> Book:
    """Return a book of few customers who answered anything at any time, and paid some of it."""
    customers = hand_made["customers"].assign(timezone=rng.choice(ZONES, 4))
    one_more = pd.DataFrame([{"loan_id": "dai-2", "instalment_no": 1, "due_date": "2026-03-01", "amount_due": 9.0}])
    rows = [random_reminder(rng, k) for k in range(rng.integers(4, 25))]
    paid = [
        {"loan_id": loan, "instalment_no": 1, "paid_at": minutes_on(rng), "amount": 5_000.0}
        for loans in LOANS.values()
        for loan in loans
        if rng.random() < 0.4
    ]
    like = hand_made["reminders"].iloc[[0]]
    own = {
        "customers": customers,
        "instalments": pd.concat([hand_made["instalments"], one_more]),
        "reminders": pd.concat([like.assign(**row) for row in rows]),
        "payments": pd.DataFrame(paid, columns=["loan_id", "instalment_no", "paid_at", "amount"]),
    }
    return Book.of(hand_made | own)


def minutes_on(rng: np.random.Generator, most: int = MINUTES, since: datetime = START) -> datetime:
    return since + timedelta(minutes=int(rng.integers(0, most)))


def random_reminder(rng: np.random.Generator, number: int) -> dict[str, Any]:
    name, sent_at = str(rng.choice(list(LOANS))), minutes_on(rng)
    return {
        "reminder_id": f"x{rng.integers(0, 10)}{number}",
        "customer_id": name,
        "loan_id": str(rng.choice(LOANS[name])),
        "instalment_no": 1,
        "sent_at": sent_at,
        "channel": str(rng.choice(CHANNELS)),
        "reply_text": None if rng.random() < 0.2 else str(rng.choice(TEXTS)),
        "answered_at": None if rng.random() < 0.6 else minutes_on(rng, MINUTES // 3, sent_at),
    }


def random_reader(rng: np.random.Generator, reader: ReplyReader) -> ReplyReader:
    """Return a reader with other consequences."""
    own = {
        cause: Consequence(
            closes="channel" if cause == "opt_out" else str(rng.choice(["none", "channel", "number", "all"])),  # type: ignore[arg-type]
            days=None if rng.random() < 0.3 else int(rng.integers(1, 40)),
            until_settled=bool(rng.random() < 0.5),
            strongest=rng.choice(np.array([None, *INTENSITIES], object)),
            offer=rng.choice(np.array([None, *OFFERS], object)),
            requires_human=bool(rng.random() < 0.5),
        )
        for cause in CAUSES
    }
    waits = PromiseSettings(int(rng.integers(1, 9)), int(rng.integers(9, 40)))
    return replace(reader, settings=replace(reader.settings, consequences=own, promise=waits))


def moments_worth_asking(rng: np.random.Generator, book: Book, reader: ReplyReader) -> tuple[np.ndarray, np.ndarray]:
    """Return customers and moments: any, and those at and a second before which something may change."""
    start, everyone = int(START.timestamp()), book.ledger.everyone
    any_time = start + 60 * rng.integers(0, MINUTES, 12)
    sent = book.ledger.reminders
    changes = np.concatenate([sent.at + 86_400, sent["answered_at"], book.ledger.instalments["settled_at"], any_time])
    first = held(book, np.tile(everyone, 12), np.repeat(any_time, len(everyone)), reader)
    changes = np.concatenate([changes, first.until[first.closed >= 0]])
    changes = rng.permutation(np.unique(changes[changes < start + 90 * 86_400]))[:8]
    moments = np.concatenate([changes, changes - 1])
    return np.tile(everyone, len(moments)), np.repeat(moments, len(everyone))


@pytest.mark.parametrize("seed", range(24))
def test_all_together_are_each_alone_and_the_plain_reference(hand_made: Tables, reader: ReplyReader, seed: int) -> None:
    rng = np.random.default_rng(seed)
    book, own = random_book(rng, hand_made), reader if seed % 2 else random_reader(rng, reader)
    customer, at = moments_worth_asking(rng, book, own)
    together = held(book, customer, at, own)
    for k in range(len(at)):
        alone = held(book, customer[k : k + 1], at[k : k + 1], own)
        expected = reference(book, int(customer[k]), int(at[k]), own)
        for name in (column.name for column in fields(Held)):
            assert getattr(together, name)[k].tolist() == getattr(alone, name)[0].tolist() == expected[name], name
