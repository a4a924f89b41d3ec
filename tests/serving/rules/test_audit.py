"""A contact log held against a pack: each kind of breach is found, and nothing else is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from duewise import app
from features import Book
from serving.policy_settings import read_policy
from serving.rules import RuleBook, read_pack
from serving.rules.audit import breaches, not_judged

type Tables = dict[str, pd.DataFrame]


def logged(tables: Tables, contacts: list[dict[str, Any]], customer: dict[str, Any] | None = None) -> Book:
    """Return the worked book with bo's contacts about an instalment due on 2026-02-10, and no others."""
    rows = [
        {
            "reminder_id": f"r{k}", "customer_id": "bo", "loan_id": "bo-1", "instalment_no": 5, "channel": "call",
            "intensity": "gentle", "delivered": True, "read": False, "conversation": False, "replied": False, "cost": 0.0,
        } | contact
        for k, contact in enumerate(contacts)
    ]  # fmt: skip
    people = tables["customers"].copy()
    for column, value in (customer or {}).items():
        people[column] = [value if name == "bo" else None for name in people["customer_id"]]
    return Book.of({**tables, "customers": people, "reminders": pd.DataFrame(rows)})


def found(book: Book, pack: str) -> list[tuple[str, str, str]]:
    listed = breaches(book, RuleBook.of(read_pack(pack), None))
    return list(listed[["reminder_id", "rule_id", "found"]].itertuples(index=False, name=None))


def at(clock: str, **more: Any) -> dict[str, Any]:
    return {"sent_at": f"{clock}+08:00", **more}


def test_hours_are_the_customers_own_to_the_minute(tables: Tables) -> None:
    clocks = ["2026-03-01T07:59", "2026-03-01T08:00", "2026-03-01T21:59", "2026-03-01T22:00"]
    book = logged(tables, [at(clock) for clock in clocks])
    assert found(book, "cn") == [("r0", "quiet_hours", "07:59"), ("r3", "quiet_hours", "22:00")]


def test_a_consent_for_the_night_waives_the_hours_until_its_last_day(tables: Tables) -> None:
    book = logged(tables, [at("2026-03-01T23:00"), at("2026-03-02T23:00")], {"consent_night_until": "2026-03-01"})
    assert found(book, "cn") == [("r1", "quiet_hours", "23:00")]


def test_neither_before_the_due_date_nor_before_the_rule_began(tables: Tables) -> None:
    early = [at("2026-02-10T23:00"), at("2026-01-29T23:00", instalment_no=4)]
    assert found(logged(tables, early), "cn") == []


def test_the_seventh_unanswered_dial_of_a_day_is_one_too_many(tables: Tables) -> None:
    book = logged(tables, [at(f"2026-03-01T{hour:02d}:00") for hour in range(9, 17)] + [at("2026-03-02T09:00")])
    assert found(book, "cn") == [("r6", "unanswered_dials", "number 7"), ("r7", "unanswered_dials", "number 8")]


def test_conversations_and_attempts_are_counted_apart(tables: Tables) -> None:
    spoken = [at(f"2026-03-01T{hour:02d}:00", conversation=hour != 12) for hour in range(9, 14)]
    assert found(logged(tables, spoken), "cn") == [("r4", "conversations_a_day", "number 4")]


def test_the_eighth_call_in_seven_days_about_one_debt_is_one_too_many(tables: Tables) -> None:
    clocks = ["01T10", "01T11", "02T10", "03T10", "04T10", "05T10", "06T10", "07T10", "08T10"]
    book = logged(tables, [at(f"2026-03-{clock}:00") for clock in clocks])
    assert found(book, "us") == [("r7", "seven_calls_in_seven_days", "number 8")]  # on the 8th, two have gone


def test_no_call_within_seven_days_after_a_conversation_its_day_being_the_first(tables: Tables) -> None:
    book = logged(tables, [at("2026-03-01T20:30", conversation=True), at("2026-03-07T20:00"), at("2026-03-08T09:00")])
    assert found(book, "us") == [("r1", "seven_days_after_conversation", "after a conversation")]


def test_a_contact_after_a_reply_that_asked_to_stop_or_after_the_consent_ended(tables: Tables) -> None:
    contacts = [
        at("2026-03-01T10:00", channel="sms", replied=True, reply_text="STOP"),
        at("2026-03-01T18:00", channel="sms"),  # the reply may not have come yet
        at("2026-03-03T10:00", channel="sms"),
        at("2026-03-03T11:00", channel="push"),
        at("2026-03-05T10:00", channel="email"),
    ]
    book = logged(tables, contacts, {"consent_email_until": "2026-03-04"})
    assert [row[:2] for row in found(book, "cn")] == [("r2", "opted_out"), ("r4", "no_consent")]


def test_unrelated_third_parties_are_never_contacted(tables: Tables) -> None:
    people = ["customer", "guarantor", "third_party", None]
    book = logged(tables, [at(f"2026-03-0{k + 1}T10:00", recipient=who) for k, who in enumerate(people)])
    assert found(book, "cn") == [("r2", "third_parties", "third_party")]
    assert [row[0] for row in found(book, "us")] == ["r1", "r2"]


def test_every_zone_a_customer_may_be_in_counts(tables: Tables) -> None:
    noon = [at("2026-03-01T12:00")]
    assert found(logged(tables, noon, {"timezone_other": "Europe/London"}), "in") == [("r0", "recovery_hours", "04:00")]
    assert found(logged(tables, noon), "in") == []


def test_what_the_book_holds_no_past_of_is_said(tables: Tables) -> None:
    assert not_judged(RuleBook.of(read_pack("uk"), None)) == ["stop_flag", "vulnerable"]


def test_a_log_without_contacts_has_no_breaches(tables: Tables) -> None:
    book = Book.of({**tables, "reminders": tables["reminders"].iloc[:0]})
    assert breaches(book, read_policy().rulebook).empty


def test_the_command_lists_breaches_and_leaves_with_1(tables: Tables, tmp_path: Path) -> None:
    logged(tables, [at("2026-03-01T23:00"), at("2026-03-01T12:00")]).write(tmp_path / "book")
    done = CliRunner().invoke(
        app, ["rules", "check", str(tmp_path / "book"), "--pack", "cn", "--out", str(tmp_path / "b.csv")]
    )
    assert done.exit_code == 1, done.output
    assert "quiet_hours" in done.output
    assert pd.read_csv(tmp_path / "b.csv")["reminder_id"].tolist() == ["r0"]
    logged(tables, [at("2026-03-01T12:00")]).write(tmp_path / "fine")
    assert CliRunner().invoke(app, ["rules", "check", str(tmp_path / "fine"), "--pack", "cn", "--quiet"]).exit_code == 0
    assert CliRunner().invoke(app, ["rules", "check", str(tmp_path / "fine"), "--pack", "fr"]).exit_code == 2


@pytest.mark.parametrize("pack", ["cn", "us"])
def test_the_command_shows_a_pack_with_its_sources(pack: str) -> None:
    done = CliRunner().invoke(app, ["rules", "show", "--pack", pack])
    assert done.exit_code == 0
    assert all(name in done.output for name in read_pack(pack).rules)
