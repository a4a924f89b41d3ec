"""A snapshot and what was posted since are the book that had it all; what does not fit is refused with the reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import SchemaError
from features.matrix import build_features
from serving.snapshot import Event, Events, Letter, Snapshot, with_events, write_snapshot

LATER = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def posted(bank: Any, split_of: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a split of the bank's book 40 days before its end, and the snapshot of the first part."""
    folder, as_of = tmp_path_factory.mktemp("split"), bank.snapshot.as_of - pd.Timedelta(days=40)
    split = split_of(bank.book, as_of, 1)
    split.known.write(folder / "book")
    write_snapshot(folder / "book", folder / "out", as_of, chunk=60)
    return split, Snapshot.open(folder / "out")


def held(snapshot: Snapshot, messages: list[dict[str, Any]]) -> Events:
    events, covered, set_aside = Events.rebuilt(snapshot, map(Event.of, messages), LATER)
    assert (covered, dict(set_aside)) == (0, {})
    return events


def test_events_in_any_order_make_the_ledger_of_the_whole_book(posted: Any, require_same: Any, own_rows: Any) -> None:
    split, snapshot = posted
    events = held(snapshot, split.events)
    names = split.whole.customers["customer_id"].tolist()
    require_same(with_events(snapshot, names, events).ledger, split.whole.ledger)
    for name in names:
        require_same(with_events(snapshot, [name], events).ledger, own_rows(split.whole, name).ledger)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1), days=st.integers(1, 120))
def test_any_split_at_any_moment_makes_the_same_ledger_and_features(
    bank: Any, split_of: Any, require_same: Any, tmp_path_factory: pytest.TempPathFactory, seed: int, days: int
) -> None:
    folder, as_of = tmp_path_factory.mktemp("split"), bank.snapshot.as_of - pd.Timedelta(days=days)
    split = split_of(bank.book, as_of, seed)
    split.known.write(folder / "book")
    write_snapshot(folder / "book", folder / "out", as_of, chunk=60)
    snapshot = Snapshot.open(folder / "out")
    names = split.whole.customers["customer_id"].tolist()
    book = with_events(snapshot, names, held(snapshot, split.events))
    require_same(book.ledger, split.whole.ledger)
    at = bank.snapshot.as_of + pd.Timedelta(days=1)
    pd.testing.assert_frame_equal(build_features(book, at), build_features(split.whole, at), check_exact=True)


def test_posting_one_by_one_is_as_holding_all_at_once(posted: Any, require_same: Any, own_rows: Any) -> None:
    split, snapshot = posted
    events, late, names = Events(snapshot), [], split.whole.customers["customer_id"].tolist()[:30]
    for message in (one for one in split.events if one["customer_id"] in names):
        try:
            events.post(Event.of(message), LATER)
        except SchemaError:  # the contact it is about comes later
            late.append(message)
    assert {message["kind"] for message in late} == {"outcome"}
    for message in late:
        events.post(Event.of(message), LATER)
    for name in names:
        require_same(with_events(snapshot, [name], events).ledger, own_rows(split.whole, name).ledger)


def test_letters_read_when_somebody_asks_make_the_same_ledger_in_any_order(
    posted: Any, require_same: Any, own_rows: Any
) -> None:
    split, snapshot = posted
    letters = [Letter.of(event) for event in map(Event.of, split.events)]
    events, whole = Events.unread(snapshot, letters, LATER), split.whole
    waiting, names = len(events), whole.customers["customer_id"].tolist()
    for name in names[::7]:
        require_same(with_events(snapshot, [name], events).ledger, own_rows(whole, name).ledger)
    assert events.settle_some(20)
    require_same(with_events(snapshot, names, events).ledger, whole.ledger)
    assert not events.settle_some(1)
    assert (len(events), events.set_aside) == (waiting, {})


def test_a_letter_that_is_no_event_is_set_aside_alone(bank: Any, payment: Any, now: datetime) -> None:
    customer = payment["customer_id"]
    letters = [Letter("torn", customer, b'{"event_id"'), Letter("odd", customer, b"[1]"), Letter.of(Event.of(payment))]
    events = Events.unread(bank.snapshot, letters, now)
    assert [read.event.event_id for read in events.of(customer)] == ["pay-1"]
    assert "is no JSON" in events.set_aside["torn"]
    assert "expected its parts by name" in events.set_aside["odd"]


def test_an_event_that_nobody_read_yet_is_known_when_it_comes_again(bank: Any, payment: Any, now: datetime) -> None:
    events = Events.unread(bank.snapshot, [Letter.of(Event.of(payment))], now)
    other = next(name for name in bank.names if name != payment["customer_id"])
    taken = Event("pay-1", "right", other, {"vulnerable": True}, now.isoformat())
    with pytest.raises(SchemaError, match="event pay-1 was posted before and said something else"):
        events.post(taken, now)
    assert not events.post(Event.of(payment), now)
    fresh = Events.unread(bank.snapshot, [Letter.of(Event.of(payment))], now)
    with pytest.raises(SchemaError, match="expected one row a"):
        fresh.read(changed(payment, event_id="pay-2"), now)


def test_the_cells_of_added_rows_are_those_of_the_whole_book(posted: Any) -> None:
    split, snapshot = posted
    book = with_events(snapshot, split.whole.customers["customer_id"].tolist(), held(snapshot, split.events))
    for name, key in {"reminders": ["reminder_id"], "loans": ["loan_id"], "customers": ["customer_id"]}.items():
        made, whole = (getattr(one, name).sort_values(key, ignore_index=True) for one in (book, split.whole))
        pd.testing.assert_frame_equal(made, whole.assign(**_seconds(whole)), check_exact=True)


def _seconds(frame: pd.DataFrame) -> dict[str, Any]:
    moments = [name for name in frame if isinstance(frame[name].dtype, pd.DatetimeTZDtype)]
    return {name: frame[name].dt.ceil("s") for name in moments}


def test_a_customer_without_events_is_taken_as_they_are(posted: Any) -> None:
    split, snapshot = posted
    (busy, *_) = [message["customer_id"] for message in split.events]
    events = held(snapshot, [message for message in split.events if message["customer_id"] == busy])
    other = next(name for name in snapshot.ids() if name != busy)
    assert events.of(other) == ()
    assert with_events(snapshot, [other], events).ledger.payments.at.base is None
    assert len(with_events(snapshot, [other], None).ledger.ids) == 1


@pytest.fixture
def open_debt(bank: Any) -> dict[str, Any]:
    """Return a customer's loan and an instalment of it."""
    row = bank.book.instalments.iloc[0]
    loan = bank.book.loans.set_index("loan_id").loc[row["loan_id"]]
    return {
        "customer_id": loan["customer_id"], "loan_id": row["loan_id"], "instalment_no": int(row["instalment_no"]),
    }  # fmt: skip


@pytest.fixture
def now(bank: Any) -> datetime:
    return bank.snapshot.as_of.to_pydatetime() + timedelta(hours=2)


@pytest.fixture
def payment(open_debt: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "event_id": "pay-1",
        "kind": "payment",
        "customer_id": open_debt["customer_id"],
        "row": {
            "loan_id": open_debt["loan_id"],
            "instalment_no": open_debt["instalment_no"],
            "paid_at": (now - timedelta(hours=1)).isoformat(),
            "amount": 10.0,
        },
    }


@pytest.fixture
def contact(open_debt: dict[str, Any], now: datetime) -> dict[str, Any]:
    fate = {"delivered": True, "read": False, "conversation": False, "replied": False}
    row = {"reminder_id": "new-1", "loan_id": open_debt["loan_id"], "instalment_no": open_debt["instalment_no"]}
    row |= {"sent_at": (now - timedelta(hours=1)).isoformat(), "channel": "sms", "intensity": "gentle", "cost": 0.05}
    return {"event_id": "con-1", "kind": "contact", "customer_id": open_debt["customer_id"], "row": {**row, **fate}}


def changed(message: dict[str, Any], **parts: Any) -> Event:
    """Return the event of a message with other parts; cells of the row by name."""
    own = {name: value for name, value in parts.items() if name in ("event_id", "kind", "customer_id", "at", "row")}
    cells = {name: value for name, value in parts.items() if name not in own}
    return Event.of(message | own | ({"row": message["row"] | cells} if cells else {}))


def test_the_same_event_twice_changes_nothing(bank: Any, payment: dict[str, Any], now: datetime) -> None:
    events = Events(bank.snapshot)
    assert events.post(Event.of(payment), now)
    assert not events.post(Event.of(payment), now)
    assert not events.post(changed(payment, amount="10"), now)  # another form of the same
    assert len(events) == len(events.of(payment["customer_id"])) == 1


def test_the_same_event_is_none_of_the_future_when_it_comes_again(bank: Any, payment: Any, now: datetime) -> None:
    events = Events(bank.snapshot)
    assert events.post(Event.of(payment), now)
    assert not events.post(Event.of(payment), now - timedelta(days=1))


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"amount": 11.0}, r"event pay-1 was posted before and said something else"),
        (
            {"event_id": "pay-2"},
            r"row\.paid_at: event pay-2: .* expected one row a \(loan_id, instalment_no, paid_at\)",
        ),
    ],
    ids=["same id", "same key"],
)
def test_a_conflict_is_refused(bank: Any, payment: Any, now: datetime, cells: Any, words: str) -> None:
    events = Events(bank.snapshot)
    events.post(Event.of(payment), now)
    with pytest.raises(SchemaError, match=words):
        events.post(changed(payment, **cells), now)
    assert len(events) == 1


PAYMENTS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown customer": ({"customer_id": "nobody"}, r"customer_id: event pay-1: got 'nobody'; expected a customer of"),
    "unknown instalment": (
        {"instalment_no": 9_999},
        r"instalment_no: event pay-1: got \(.*, 9999\); expected an instal",
    ),
    "unknown loan": ({"loan_id": "L-none"}, r"got \('L-none', .*\); expected an instalment of the customer's"),
    "older": ({"paid_at": "2020-01-01T00:00:00Z"}, r"row\.paid_at: .*got '2020-01-01T00:00:00\+00:00'; expected a mom"),
    "future": ({"paid_at": "2031-01-01T00:00:00Z"}, r"row\.paid_at: .*got '2031-.*; expected no moment after 20"),
    "negative": ({"amount": -5}, r"row\.amount: event pay-1: got -5; expected a number in \[0\.01, 1e\+12\]"),
    "no number": ({"amount": "much"}, r"row\.amount: event pay-1: got 'much'; expected a number"),
    "null": ({"amount": None}, r"row\.amount: event pay-1: got None; expected a number"),
    "no offset": ({"paid_at": "2026-01-01T00:00:00"}, r"row\.paid_at: .*expected a time with its UTC offset"),
    "half a number": (
        {"instalment_no": 1.5},
        r"row\.instalment_no: .*got 1\.5; expected a whole number in \[1, 100000\]",
    ),
    "stranger": ({"colour": "red"}, r"row\.colour: event pay-1: got 'red'; expected only columns of a payment"),
    "another's": ({"row": {"customer_id": "x"}}, r"row\.customer_id: event pay-1: got 'x'; expected C"),
    "absent": ({"row": {"amount": 5}}, r"row\.instalment_no: event pay-1: got None; expected a whole number"),
    "no cells": ({"row": [1]}, r"event\.row: event pay-1: got \[1\]; expected cells by column"),
    "kind": ({"kind": "gift"}, r"event\.kind: event pay-1: got 'gift'; expected one of payment, contact, outcome"),
    "no id": ({"event_id": " "}, r"event\.event_id: got ' '; expected a text that is not empty"),
    "moment twice": ({"at": "2026-01-01T00:00:00Z"}, r"event\.at: event pay-1: .*; expected null, since the row says"),
}


@pytest.mark.parametrize(("parts", "words"), PAYMENTS.values(), ids=PAYMENTS)
def test_a_payment_that_does_not_fit_is_refused(
    bank: Any, payment: Any, now: datetime, parts: dict[str, Any], words: str
) -> None:
    events = Events(bank.snapshot)
    with pytest.raises(SchemaError, match=words):
        events.post(changed(payment, **parts), now)
    assert (len(events), len(events.of(payment["customer_id"]))) == (0, 0)


def test_a_payment_towards_anothers_instalment_is_refused(bank: Any, payment: Any, now: datetime) -> None:
    other = next(name for name in bank.names if name != payment["customer_id"])
    with pytest.raises(SchemaError, match=r"expected an instalment of the customer's in the snapshot"):
        Events(bank.snapshot).post(changed(payment, customer_id=other), now)


def test_a_message_with_a_part_nobody_knows_is_refused(payment: Any) -> None:
    with pytest.raises(SchemaError, match=r"event\.secret: there is no such part; expected event_id, kind"):
        Event.of(payment | {"secret": 1})
    with pytest.raises(SchemaError, match=r"event: got 7; expected its parts by name"):
        Event.of(7)  # type: ignore[arg-type]


def test_a_clock_a_little_ahead_is_forgiven(bank: Any, payment: Any, now: datetime) -> None:
    ahead = (now + timedelta(seconds=90)).isoformat()
    assert Events(bank.snapshot).post(changed(payment, paid_at=ahead), now)
    with pytest.raises(SchemaError, match="expected no moment after"):
        Events(bank.snapshot, skew=timedelta(seconds=30)).post(changed(payment, paid_at=ahead), now)


def test_reading_alone_holds_nothing_and_adding_looks_again(bank: Any, payment: Any, now: datetime) -> None:
    events = Events(bank.snapshot)
    first = events.read(Event.of(payment), now)
    second = events.read(changed(payment, event_id="pay-2"), now)
    assert len(events) == 0
    assert events.add(first, now)
    assert not events.add(first, now)
    with pytest.raises(SchemaError, match="expected one row a"):
        events.add(second, now)


def test_an_outcome_needs_its_contact(bank: Any, contact: Any, now: datetime) -> None:
    outcome = {
        "event_id": "out-1", "kind": "outcome", "customer_id": contact["customer_id"], "at": now.isoformat(),
        "row": {"reminder_id": "new-1", "replied": True, "reply_text": "Money is tight"},
    }  # fmt: skip
    events = Events(bank.snapshot)
    with pytest.raises(SchemaError, match=r"row\.reminder_id: .*'new-1'; expected a contact of the customer that was"):
        events.post(Event.of(outcome), now)
    events.post(Event.of(contact), now)
    early = (now - timedelta(minutes=90)).isoformat()
    with pytest.raises(SchemaError, match=r"event\.at: .*; expected no moment before the contact"):
        events.post(changed(outcome, at=early), now)
    events.post(Event.of(outcome), now)
    book = with_events(bank.snapshot, [contact["customer_id"]], events)
    added = book.reminders.set_index("reminder_id").loc["new-1"]
    assert (added["replied"], added["reply_text"], added["delivered"]) == (True, "Money is tight", True)
    assert book.ledger.reminders["causes"][-1] > 0


def test_a_contact_is_posted_once(bank: Any, contact: Any, now: datetime) -> None:
    known = bank.book.reminders.loc[bank.book.reminders["customer_id"] == contact["customer_id"], "reminder_id"]
    events = Events(bank.snapshot)
    events.post(Event.of(contact), now)
    for name in ("new-1", known.iloc[0]):
        with pytest.raises(SchemaError, match=r"expected one row a \(customer_id, reminder_id\)"):
            events.post(changed(contact, event_id="con-2", reminder_id=name), now)


CONTACTS: dict[str, tuple[dict[str, Any], str]] = {
    "channel": ({"channel": "pigeon"}, r"row\.channel: event con-1: got 'pigeon'; expected one of none, sms"),
    "propensity": ({"propensity": 1.5}, r"row\.propensity: event con-1: got 1\.5; expected a number in \[1e-09, 1\]"),
    "flag": ({"read": "maybe"}, r"row\.read: event con-1: got 'maybe'; expected true or false"),
    "answered": ({"answered_at": "soon"}, r"row\.answered_at: .*got 'soon'; expected a time .*, or null"),
}


@pytest.mark.parametrize(("cells", "words"), CONTACTS.values(), ids=CONTACTS)
def test_a_contact_that_does_not_fit_is_refused(
    bank: Any, contact: Any, now: datetime, cells: dict[str, Any], words: str
) -> None:
    with pytest.raises(SchemaError, match=words):
        Events(bank.snapshot).post(changed(contact, **cells), now)


RIGHTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "no right": ("right", {"region": "here"}, r"row\.region: .*expected only columns of a right: consent_call"),
    "nothing": ("right", {}, r"event\.row: .*expected at least one column of a right"),
    "stop flag": ("right", {"stop_flag": "angry"}, r"row\.stop_flag: .*'angry'; expected one of dispute, .*, or null"),
    "day": ("right", {"person_asked_on": "31/12/2025"}, r"row\.person_asked_on: .*expected a date YYYY-MM-DD"),
    "plan": (
        "plan",
        {"loan_id": "L-none", "plan_signed_on": "2025-01-01"},
        r"'L-none'; expected one of the customer's",
    ),
}


@pytest.mark.parametrize(("kind", "row", "words"), RIGHTS.values(), ids=RIGHTS)
def test_a_right_or_plan_that_does_not_fit_is_refused(
    bank: Any, now: datetime, kind: str, row: dict[str, Any], words: str
) -> None:
    message = {"event_id": "r-1", "kind": kind, "customer_id": bank.names[0], "row": row, "at": now.isoformat()}
    with pytest.raises(SchemaError, match=words):
        Events(bank.snapshot).post(Event.of(message), now)


def test_a_right_says_when_it_changed(bank: Any) -> None:
    with pytest.raises(SchemaError, match=r"event\.at: event r-1: got None; expected the moment at which it happened"):
        Event("r-1", "right", bank.names[0], {"vulnerable": True})


def test_the_latest_right_counts_whatever_the_order(bank: Any, now: datetime) -> None:
    first, then = (
        Event(
            f"r-{k}", "right", bank.names[0], {"consent_sms": bool(k)}, (now - timedelta(hours=1 - k / 2)).isoformat()
        )
        for k in (0, 1)
    )
    for order in ((first, then), (then, first)):
        events = Events(bank.snapshot)
        for event in order:
            events.post(event, now)
        assert with_events(bank.snapshot, bank.names[:1], events).customers["consent_sms"].tolist() == [True]


def test_a_newer_snapshot_drops_what_it_covers(
    bank: Any, payment: Any, contact: Any, now: datetime, tmp_path: Path
) -> None:
    events = Events(bank.snapshot)
    events.post(changed(payment, paid_at=(now - timedelta(minutes=90)).isoformat()), now)
    events.post(Event.of(contact), now)
    newer = Snapshot.open(newer_snapshot(bank, now - timedelta(minutes=75), tmp_path))
    waiting = Events.unread(bank.snapshot, [Letter.of(one.event) for one in events.of(contact["customer_id"])], now)
    assert waiting.moved(newer, now).covered == 1
    moved = events.moved(newer, now)
    assert (len(moved.events), moved.covered, dict(moved.set_aside)) == (1, 1, {})
    assert [one.event.event_id for one in moved.events.of(contact["customer_id"])] == ["con-1"]


def newer_snapshot(bank: Any, as_of: datetime, folder: Path, without: str | None = None) -> Path:
    book = replace(bank.book, **{name: frame[frame["customer_id"] != without] if name == "customers" else frame
                                 for name, frame in bank.book.tables()})  # fmt: skip
    book.write(folder / "book")
    return write_snapshot(folder / "book", folder / "out", pd.Timestamp(as_of)).folder


def test_an_event_of_who_left_is_set_aside_when_moved(bank: Any, payment: Any, now: datetime, tmp_path: Path) -> None:
    events = Events(bank.snapshot)
    events.post(Event.of(payment), now)
    gone = newer_snapshot(bank, now - timedelta(minutes=75), tmp_path, without=payment["customer_id"])
    moved = events.moved(Snapshot.open(gone), now)
    assert len(moved.events) == 0
    assert "expected a customer of the snapshot" in moved.set_aside["pay-1"]


def test_what_cannot_be_read_is_set_aside_and_the_rest_is_held(bank: Any, payment: Any, now: datetime) -> None:
    sent = [changed(payment, event_id=f"p{k}", amount=k) for k in (0, 1)]
    old = changed(payment, event_id="old", paid_at="2020-01-01T00:00:00Z")
    events, covered, set_aside = Events.rebuilt(bank.snapshot, [*sent, old], now)
    assert (len(events), covered, list(set_aside)) == (1, 1, ["p0"])


def test_an_event_tells_itself_as_it_was_sent(payment: Any, contact: Any) -> None:
    for message in (payment, contact):
        assert Event.of(Event.of(message).told()) == Event.of(message)


def test_nothing_of_a_customer_is_in_a_repr(bank: Any, payment: Any, now: datetime) -> None:
    event = Event.of(payment)
    for told in (repr(event), repr(Events(bank.snapshot).read(event, now))):
        assert "pay-1" in told
        assert payment["customer_id"] not in told
        assert payment["row"]["loan_id"] not in told
