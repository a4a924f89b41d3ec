"""A decision under the rules: what is deferred is blocked until a minute, and what a person must decide is marked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features import Book
from serving.answers import answers
from serving.batch import score_book
from serving.contract import CustomerDecision
from serving.decide import decide
from serving.desk import Desk
from serving.policy_settings import PolicySettings, read_policy
from serving.registry import load_models
from serving.rules import read_pack


def under(pack: str) -> PolicySettings:
    return replace(read_policy(), rules=read_pack(pack))


@pytest.fixture(scope="module")
def late(world: Any) -> str:
    """Return a customer who is overdue, may be called, and has a call among what is allowed."""
    decisions = decide(world.book, world.as_of, load_models(), under("us"))
    call = read_policy().action_ids.index("call_standard")
    rows = (decisions.blocked.codes[:, call] == 0) & (decisions.pressing.days_past_due >= 1)
    return str(decisions.X.index[rows][0])


def told(book: Book, as_of: pd.Timestamp, settings: PolicySettings, name: str) -> CustomerDecision:
    models = load_models()
    voice = Desk(models, settings).voice
    (answer,) = answers(decide(book, as_of, models, settings, [name]), voice)
    return answer


def changed(world: Any, name: str, calls: list[str], **rights: Any) -> Book:
    """Return the book with other rights of a customer, and calls about what they owe instead of their contacts."""
    book = world.book
    due = told(book, world.as_of, under("us"), name).instalment
    assert due is not None
    people, sent = book.customers.copy(), book.reminders[book.reminders["customer_id"] != name]
    for column, value in rights.items():
        people.loc[people["customer_id"] == name, column] = value
    rows = [
        {
            "reminder_id": f"new-{k}", "customer_id": name, "loan_id": due.loan_id, "instalment_no": due.instalment_no,
            "sent_at": call, "channel": "call", "intensity": "gentle", "delivered": True, "read": False,
            "conversation": False, "replied": False, "cost": 3.0,
        }
        for k, call in enumerate(calls)
    ]  # fmt: skip
    dated = pd.DataFrame(rows, columns=list(sent.columns)).assign(
        sent_at=lambda f: pd.to_datetime(f["sent_at"], utc=True)
    )
    whole = pd.concat([sent.astype(object), dated.astype(object)], ignore_index=True)
    return Book.of({**dict(book.tables()), "customers": people, "reminders": whole})


SEVEN = [f"2025-05-{day:02d}T12:00:00+08:00" for day in (14, 15, 15, 16, 17, 18, 19)]


def test_an_eighth_call_is_blocked_until_the_week_has_gone_by(world: Any, late: str) -> None:
    answer = told(changed(world, late, SEVEN), world.as_of, under("us"), late)
    calls = {blocked.action: blocked for blocked in answer.blocked if blocked.action.startswith("call")}
    blocked = calls["call_standard"]
    assert blocked.rule_id == "seven_calls_in_seven_days"
    assert "1006.14(b)(2)" in blocked.citation
    assert blocked.until is not None
    assert blocked.until.isoformat() == "2025-05-21T09:00:00+08:00"  # the 14th has gone, and the bank's hours begin
    assert answer.versions.rules == "2026-11-1"
    assert all(
        b.rule_id != "seven_calls_in_seven_days" for b in told(world.book, world.as_of, under("us"), late).blocked
    )


def test_hours_alone_block_nothing_the_reminder_waits_for_them(world: Any, late: str) -> None:
    night = pd.Timestamp("2025-05-20T22:30:00+08:00")
    answer = told(world.book, night, under("in"), late)
    assert any(action.action.startswith("call") for action in (answer.recommendation, *answer.alternatives))
    assert all(blocked.until is None for blocked in answer.blocked)
    window = decide(world.book, night, load_models(), under("in"), [late]).sending
    opens, closes = (pd.Timestamp(f"2025-05-21T{hour}:00+08:00").tz_convert("UTC") for hour in ("09:00", "19:00"))
    assert opens <= pd.Timestamp(window.earliest[0], tz="UTC") < pd.Timestamp(window.latest[0], tz="UTC") <= closes


def test_who_asked_for_a_person_gets_one_where_the_law_says_so(world: Any, late: str) -> None:
    book = changed(world, late, [], person_asked_on=pd.Timestamp("2025-05-19"))
    assert told(book, world.as_of, under("eu"), late).recommendation.requires_human
    assert not told(book, world.as_of - pd.Timedelta(days=2), under("eu"), late).recommendation.requires_human
    assert not told(book, world.as_of, under("us"), late).recommendation.requires_human
    assert not told(world.book, world.as_of, under("eu"), late).recommendation.requires_human


def test_where_no_zone_is_known_the_hours_are_those_of_all(world: Any, late: str) -> None:
    book = changed(world, late, [], timezone=None)
    decisions = decide(book, world.as_of, load_models(), under("us"), [late])
    # 9 to 20 in Guam and in Pago Pago at once, and on the mainland: New York's 19:00 is Guam's 9:00 next morning
    window = [str(end[0]) for end in (decisions.sending.earliest, decisions.sending.latest)]
    assert window == ["2025-05-20T23:00:00.000000", "2025-05-21T00:00:00.000000"]
    assert told(book, world.as_of, under("us"), late).customer_id == late


def test_a_vulnerable_customer_meets_nothing_beyond_a_gentle_reminder(world: Any, late: str) -> None:
    book = changed(world, late, [], vulnerable=True)
    blocked = {b.action: b.rule_id for b in told(book, world.as_of, under("uk"), late).blocked}
    assert {blocked.get(name) for name in ("sms_standard", "call_standard")} == {"vulnerable"}
    assert blocked.get("sms_gentle") != "vulnerable"


def test_the_batch_says_until_when_as_the_wire_does(world: Any, late: str, tmp_path: Path) -> None:
    book = changed(world, late, SEVEN)
    book.write(tmp_path / "book")
    score_book(tmp_path / "book", world.as_of, load_models(), under("us"), tmp_path / "decisions.parquet")
    row = pd.read_parquet(tmp_path / "decisions.parquet").set_index("customer_id").loc[late]
    assert row["rule_call_standard"] == "seven_calls_in_seven_days"
    assert row["until_call_standard"] == pd.Timestamp("2025-05-21T09:00:00+08:00")
    assert pd.isna(row["until_none"])
    assert row["rules_version"] == "2026-11-1"
