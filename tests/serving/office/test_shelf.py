"""What was posted is held again from the journal: after a restart, by another process, and to a newer snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features.book import Book
from serving.journal import Entry, Journal
from serving.journal.recording import person_request_entry
from serving.office.shelf import POSTED, Shelf
from serving.snapshot import Event, write_snapshot

CUT = pd.Timestamp("2026-01-20T00:00:00Z")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def night(book: Book, tmp_path: Path) -> Path:
    book.write(tmp_path / "book")
    write_snapshot(tmp_path / "book", tmp_path / "snapshot", CUT)
    return tmp_path / "snapshot"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(f"sqlite:///{tmp_path / 'journal.db'}") as opened:
        yield opened


def shelf_of(night: Path, journal: Journal) -> Shelf:
    shelf = Shelf(night)
    shelf.open()
    shelf.rebuild(journal)
    return shelf


def ask_for_person(journal: Journal, customer: str, at: datetime) -> None:
    told = f'{{"request_id":"r1","customer_id":"{customer}","at":"{at.isoformat()}"}}'
    journal.append([person_request_entry("r1", customer, at, told.encode())])


def post(journal: Journal, event: Event) -> None:
    import msgspec

    payload = msgspec.json.encode(event.told())
    journal.append([Entry("event", POSTED + event.event_id, NOW, event.customer_id, payload=payload)])


def asked_on(shelf: Shelf, customer: str) -> Any:
    assert shelf.kept is not None
    return shelf.kept.book([customer]).customers["person_asked_on"].iloc[0]


def test_another_process_learns_of_what_was_posted(night: Path, journal: Journal, book: Book) -> None:
    customer = str(book.customers["customer_id"].iloc[0])
    shelf = shelf_of(night, journal)
    ask_for_person(journal, customer, NOW)
    shelf.follow(journal)
    assert shelf.persons == {customer: NOW.date()}
    assert asked_on(shelf, customer) == pd.Timestamp(NOW.date())
    assert asked_on(shelf_of(night, journal), customer) == pd.Timestamp(NOW.date())


def test_a_newer_snapshot_that_lacks_it_forgets_no_request_for_a_person(
    night: Path, journal: Journal, book: Book
) -> None:
    customer = str(book.customers["customer_id"].iloc[0])
    asked_at = CUT.to_pydatetime() + timedelta(hours=1)
    ask_for_person(journal, customer, asked_at)
    shelf = shelf_of(night, journal)
    assert not shelf.is_stale()
    write_snapshot(night.parent / "book", night, CUT + pd.Timedelta(days=3))
    assert shelf.is_stale()
    shelf.renew(journal)
    assert not shelf.is_stale()
    assert asked_on(shelf, customer) == pd.Timestamp(asked_at.date())


def test_what_was_posted_before_the_clock_was_set_back_is_held(night: Path, journal: Journal, book: Book) -> None:
    customer = str(book.customers["customer_id"].iloc[0])
    shelf = shelf_of(night, journal)
    post(journal, Event("e1", "right", customer, {"person_asked_on": NOW.date().isoformat()}, NOW.isoformat()))
    set_back = NOW - timedelta(hours=2)
    shelf.follow(journal)
    started = Shelf(night)
    started.open()
    started.rebuild(journal)
    for held in (shelf, started):
        assert asked_on(held, customer) == pd.Timestamp(NOW.date())
        assert held.kept is not None
        assert held.kept.events.set_aside == {}
        assert held.behind(set_back) == 7_200


def test_a_request_for_a_person_ends_when_the_customer_says_so(night: Path, journal: Journal, book: Book) -> None:
    customer = str(book.customers["customer_id"].iloc[0])
    ask_for_person(journal, customer, NOW)
    shelf = shelf_of(night, journal)
    at = (NOW + timedelta(minutes=1)).isoformat()
    post(journal, Event("e1", "right", customer, {"person_asked_on": None}, at))
    for held in (shelf, shelf_of(night, journal)):
        held.follow(journal)
        assert held.persons == {}
        assert pd.isna(asked_on(held, customer))


def test_who_wanted_no_person_any_more_before_the_snapshot_wants_none_now(
    night: Path, journal: Journal, book: Book
) -> None:
    customer, other = book.customers["customer_id"].astype(str)[:2]
    ask_for_person(journal, customer, CUT.to_pydatetime() - timedelta(days=3))
    old = Entry("event", f"{POSTED}e1", CUT.to_pydatetime() - timedelta(days=2), customer, payload=lifting(customer))
    journal.append([old])
    assert shelf_of(night, journal).persons == {}
    assert [key for key, _, _ in journal.posted("event", NOW - timedelta(days=9))] == []
    assert journal.of_customers("event", [other]) == []


def lifting(customer: str) -> bytes:
    import msgspec

    at = CUT.to_pydatetime() - timedelta(days=2)
    return msgspec.json.encode(Event("e1", "right", customer, {"person_asked_on": None}, at.isoformat()).told())


def test_a_restart_reads_what_was_posted_little_by_little(night: Path, journal: Journal, book: Book) -> None:
    names = book.customers["customer_id"].astype(str).tolist()
    for name in names:
        post(journal, Event(f"e-{name}", "right", name, {"consent_sms": False}, NOW.isoformat()))
    shelf = shelf_of(night, journal)
    assert shelf.kept is not None
    shelf.settle(lambda: False)
    assert not shelf.kept.events.settle_some(1)
    assert not shelf.kept.book(names).customers["consent_sms"].any()
