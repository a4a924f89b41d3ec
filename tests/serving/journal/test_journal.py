"""Writing and reading: each entry once, whole, in order, for whoever asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pytest
from sqlalchemy.exc import DBAPIError

from features.errors import SchemaError
from serving.journal import ConflictError, DecisionRow, Entry, Journal, JournalError, OutcomeRow, encoded_row
from serving.journal.entry import LONGEST
from serving.journal.tables import PAYLOADS

NOW = datetime(2026, 3, 2, 9, 30, 0, 123_456, tzinfo=timezone(timedelta(hours=8)))
DECIDED = DecisionRow(
    0.125, "medium", "willing", "standard", None, None, None, "sms_gentle", 0.9, 0.02, 1.5, False, "7", "p", "r"
)


def test_an_entry_is_read_as_it_was_written(journal: Journal) -> None:
    written = Entry("decision", "d1", NOW, "顾客 1", None, b"\0row", b"\0" * 5_000)
    assert [(r.seq, r.repeated) for r in journal.append([written])] == [(1, False)]
    record = journal.decision("d1")
    assert record is not None
    assert record.entry == written
    assert journal.decision("d2") is None


def test_the_same_entry_again_changes_nothing(journal: Journal, entry: Any) -> None:
    journal.append([entry("a"), entry("b")])
    before = journal.head()
    again = journal.append([entry("b", at=NOW + timedelta(days=1)), entry("a")])
    assert [(r.seq, r.repeated) for r in again] == [(2, True), (1, True)]
    assert journal.head() == before


def test_the_same_entry_twice_in_one_append_is_there_once(journal: Journal, entry: Any) -> None:
    assert [(r.seq, r.repeated) for r in journal.append([entry("a"), entry("a")])] == [(1, False), (1, True)]
    assert journal.head().seq == 1


@pytest.mark.parametrize(
    "other", [{"payload": b"other"}, {"customer": "C2"}, {"about": "d"}, {"row": b"other"}], ids=lambda o: next(iter(o))
)
def test_a_key_with_other_content_is_a_conflict_and_nothing_is_written(
    journal: Journal, entry: Any, other: Any
) -> None:
    journal.append([entry("a")])
    with pytest.raises(ConflictError, match=r"decision a is in the journal with other content; expected") as refused:
        journal.append([entry("new"), entry("a", **other)])
    assert refused.value.keys == (("decision", "a"),)
    assert (journal.head().seq, journal.decision("new")) == (1, None)


def test_two_contents_for_a_key_in_one_append_are_a_conflict(journal: Journal, entry: Any) -> None:
    with pytest.raises(ConflictError, match=r"decision a is in the journal"):
        journal.append([entry("a"), entry("a", payload=b"other")])
    assert journal.head().seq == 0


def test_what_is_printed_of_an_entry_is_not_personal(entry: Any) -> None:
    shown = repr(entry("a", customer="somebody", payload=b"said this", row=b"earns that"))
    assert "'a'" in shown
    assert not any(part in shown for part in ("somebody", "said", "earns"))


def test_kinds_have_keys_of_their_own(journal: Journal, entry: Any) -> None:
    journal.append([entry("a"), entry("a", kind="outcome", payload=b"other")])
    assert journal.head().seq == 2


def test_many_entries_are_looked_up_and_written_at_once(journal: Journal, entry: Any) -> None:
    many = [entry(f"k{n}") for n in range(2_500)]
    assert [r.seq for r in journal.append(many)] == list(range(1, 2_501))
    assert all(r.repeated for r in journal.append(many))
    assert journal.verify().fault is None


def test_what_belongs_to_a_decision_is_found_in_order(journal: Journal, entry: Any) -> None:
    journal.append([entry("d1"), entry("d2"), entry("o2", kind="outcome", about="d2")])
    journal.append([entry("o1", kind="outcome", about="d1"), entry("o3", kind="outcome", about="d2", customer="C2")])
    journal.append([entry("p", kind="person_request", about="d2")])
    assert [r.entry.key for r in journal.outcomes_of("d2")] == ["o2", "o3"]
    assert [r.entry.key for r in journal.person_requests()] == ["p"]
    assert journal.person_requests(after=6) == []
    assert [r.entry.key for r in journal.of_customer("C2")] == ["o3"]
    assert journal.customers_of(["d1", "none", "o1", *map(str, range(1_200)), "d2"]) == {"d1": "C1", "d2": "C1"}


def test_all_of_a_kind_is_read_chunk_by_chunk(journal: Journal, entry: Any) -> None:
    journal.append([entry(f"d{n}", kind="decision" if n % 2 else "outcome") for n in range(20)])
    assert [r.seq for r in journal.records("decision", rows=3)] == list(range(2, 21, 2))


def test_decisions_and_outcomes_come_in_columns(journal: Journal, entry: Any) -> None:
    journal.append([entry(f"d{n}", row=encoded_row(DECIDED), customer=None) for n in range(5)])
    journal.append([entry("o", kind="outcome", about="d1", row=encoded_row(OutcomeRow(paid=2.5))), entry("x", row=b"")])
    frames = list(journal.frames("decision", rows=2))
    assert [len(frame) for frame in frames] == [2, 2, 1]
    every = pd.concat(frames)
    assert every["key"].tolist() == [f"d{n}" for n in range(5)]
    assert set(every["default_probability"]) == {0.125}
    assert every["at"].iloc[0] == pd.Timestamp("2026-03-02 09:30", tz="UTC")
    outcome = next(journal.frames("outcome")).iloc[0]
    assert (outcome["about"], outcome["paid"], outcome["read"]) == ("d1", 2.5, None)


def test_a_clock_set_back_leaves_the_order_and_is_told(journal: Journal, entry: Any) -> None:
    moments = [NOW, NOW - timedelta(days=2), NOW - timedelta(days=1)]
    for n, at in enumerate(moments):
        journal.append([entry(f"d{n}", at=at)])
    assert [r.entry.at for r in journal.records("decision")] == moments
    found = journal.verify()
    assert (found.fault, found.set_back) == (None, 2 * 86_400)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"kind": "gossip"}, "kind must be one of decision, outcome"),
        ({"key": ""}, "key must have 1 to 400 characters and no NUL, got 0"),
        ({"key": "k" * (LONGEST + 1)}, "key must have 1 to 400 characters and no NUL, got 401"),
        ({"key": None}, "key must be an id, got None"),
        ({"customer": "C\0"}, "customer must have 1 to 400 characters and no NUL"),
        ({"about": "\ud800"}, "about must be text that UTF-8 can write"),
        ({"at": datetime(2026, 3, 2)}, "at must have a time zone, got 2026-03-02T00:00:00"),
    ],
    ids=["kind", "no key", "long key", "key none", "NUL", "surrogate", "no zone"],
)
def test_what_cannot_be_kept_is_refused(part: Any, said: str) -> None:
    with pytest.raises(SchemaError, match=said):
        Entry(**({"kind": "decision", "key": "a", "at": datetime.now(UTC)} | part))


@pytest.mark.parametrize("table", ["journal_chain", "journal_entries", "journal_payloads"])
def test_the_database_refuses_to_change_what_was_written(journal: Journal, entry: Any, table: str) -> None:
    journal.append([entry("a")])
    with (
        pytest.raises((DBAPIError, JournalError), match="append-only: UPDATE of"),
        journal.database.writing() as connection,
    ):
        connection.exec_driver_sql(f"UPDATE {table} SET seq = 5")


def test_the_database_refuses_to_remove_a_link(journal: Journal, entry: Any) -> None:
    journal.append([entry("a")])
    with (
        pytest.raises((DBAPIError, JournalError), match="append-only: DELETE of"),
        journal.database.writing() as connection,
    ):
        connection.exec_driver_sql("DELETE FROM journal_chain")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("journal.db", "must be a URL such as sqlite:///journal.db"),
        ("sqlite://", "a journal in memory would be lost"),
        ("mysql://host/name", "kept in sqlite or postgresql, got mysql"),
        ("sqlite:////nowhere/at/all/journal.db", "unable to open database file"),
        ("postgresql://nobody@127.0.0.1:1/none", "Connection refused"),
    ],
    ids=["no URL", "memory", "another database", "no folder", "no server"],
)
def test_an_address_of_no_journal_is_refused(address: str, said: str) -> None:
    with pytest.raises(JournalError, match=said):
        Journal.open(address)


def test_a_password_is_in_no_error() -> None:
    with pytest.raises(JournalError, match=r"postgresql\+psycopg://u:\*\*\*@") as refused:
        Journal.open("postgresql://u:secret@127.0.0.1:1/none")
    assert "secret" not in str(refused.value)


def test_what_was_posted_is_found_by_its_moment_and_without_looking_through_decisions(
    journal: Journal, entry: Any
) -> None:
    journal.append([entry("d", payload=b"x" * 999)])
    journal.append([entry(f"e{k}", kind="event", at=NOW + timedelta(hours=k), payload=b"p" * 300) for k in range(3)])
    journal.append([entry("p", kind="person_request")])
    found = sorted(journal.posted("event", NOW + timedelta(hours=1)))
    assert found == [("e1", "C1", b"p" * 300), ("e2", "C1", b"p" * 300)]
    assert [key for key, _, _ in journal.posted("person_request")] == ["p"]
    assert {r.entry.key for r in journal.of_customers("event", ["C1", "C2"])} == {"e0", "e1", "e2"}
    if journal.database.on_sqlite:
        with journal.database.reading() as connection:
            plan = "EXPLAIN QUERY PLAN SELECT key FROM journal_entries WHERE kind IN ('event', 'person_request')"
            told = connection.exec_driver_sql(f"{plan} AND kind = 'event' AND at >= 5").all()
        assert "journal_posted (kind=? AND at>?)" in str(told)


def test_damaged_content_that_was_posted_is_told_by_its_key(journal: Journal, entry: Any) -> None:
    journal.append([entry("e", kind="event", payload=b"long" * 500)])
    with journal.database.writing() as connection:
        names = connection.exec_driver_sql("SELECT seq, payload FROM journal_payloads").one()
        connection.exec_driver_sql("DELETE FROM journal_payloads")
        connection.execute(PAYLOADS.insert(), {"seq": names.seq, "payload": bytes(names.payload)[:40]})
    with pytest.raises(JournalError, match=r"event e is damaged .*see `duewise journal verify`"):
        list(journal.posted("event"))
