from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.book import Book
from features.ledger.ledger import Ledger
from serving.snapshot import Snapshot, write_snapshot
from serving.snapshot.cut import known_at

type Same = Callable[[Ledger, Ledger], None]

_DATED = ("loans", "instalments", "payments", "incomes", "credit", "reminders")


@dataclass(frozen=True)
class Bank:
    """A simulated bank without models: its book, the folder it lies in, and its snapshot as of its last moment."""

    book: Book
    folder: Path
    snapshot: Snapshot

    @property
    def names(self) -> list[str]:
        return self.book.customers["customer_id"].tolist()


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    from training import simulate_bank

    folder = tmp_path_factory.mktemp("bank")
    book = simulate_bank(150, 8, seed=11).book
    book.write(folder / "book")
    write_snapshot(folder / "book", folder / "snapshot", chunk=60)
    return Bank(book, folder, Snapshot.open(folder / "snapshot"))


@pytest.fixture(scope="session")
def require_same() -> Same:
    """Return a function that compares two ledgers to the bit, but for where a row stood in its table."""

    def compare(taken: Ledger, expected: Ledger) -> None:
        assert tuple(taken.ids) == tuple(expected.ids)
        for name, column in expected.customers.items():
            _require_same(taken.customers[name], column, f"customers.{name}")
        for table in _DATED:
            mine, theirs = getattr(taken, table), getattr(expected, table)
            for name in ("customer", "at", "bounds"):
                _require_same(getattr(mine, name), getattr(theirs, name), f"{table}.{name}")
            for name in set(vars(theirs)["values"]) - {"row"}:
                _require_same(mine[name], theirs[name], f"{table}.{name}")
        for codes in ("code", "other"):
            mine, theirs = (_named(ledger, codes) for ledger in (taken, expected))
            assert mine == theirs

    return compare


def _require_same(mine: Any, theirs: Any, name: str) -> None:
    assert mine.dtype == theirs.dtype, name
    np.testing.assert_array_equal(mine, theirs, err_msg=name)


def _named(ledger: Ledger, codes: str) -> list[str | None]:
    return [None if k < 0 else ledger.zones.names[k] for k in getattr(ledger.zones, codes).tolist()]


@pytest.fixture(scope="session")
def own_rows() -> Callable[[Book, str], Book]:
    """Return a function that takes one customer's rows out of a book."""

    def taken(book: Book, customer: str) -> Book:
        loans = book.loans.loc[book.loans["customer_id"] == customer, "loan_id"]
        own: dict[str, pd.DataFrame] = {}
        for name, frame in book.tables():
            is_own = frame["customer_id"] == customer if "customer_id" in frame else frame["loan_id"].isin(loans)
            own[name] = frame[is_own].reset_index(drop=True)
        return Book(**own)

    return taken


@dataclass(frozen=True)
class Split:
    """A book, what of it a snapshot knew, and the events that tell the rest, as messages hold them."""

    whole: Book
    known: Book
    events: list[dict[str, Any]]


@pytest.fixture(scope="session")
def split_of() -> Callable[[Book, pd.Timestamp, int], Split]:
    """Return a function that splits a book at a moment: later rows become events, in an order drawn by a seed.

    What became of contacts comes partly with them and partly later; consents, stop flags and signed plans of some
    customers were others when the snapshot was made; some events come twice.
    """

    def split(book: Book, as_of: pd.Timestamp, seed: int) -> Split:
        rng = np.random.default_rng(seed)
        known = known_at(book, as_of)
        loans = known.loans["loan_id"]
        paid, sent = (frame[frame["loan_id"].isin(loans)] for frame in (book.payments, book.reminders))
        signed = known.loans["plan_signed_on"].mask(rng.random(len(loans)) < 0.2, pd.Timestamp("2025-03-01"))
        whole = replace(known, payments=paid, reminders=sent, loans=known.loans.assign(plan_signed_on=signed))
        late, blank = sent["sent_at"].dt.ceil("s") > as_of, rng.random(len(sent)) < 0.5
        events = [*_payments(whole, as_of), *_contacts(sent[late], blank[late], whole), *_plans(whole, known)]
        events += _outcomes(sent[blank], as_of, whole)
        people, rights = _other_rights(known.customers, as_of, rng)
        older = sent[~late].assign(**{name: sent[name].mask(blank, value) for name, value in BLANK.items()})
        events += rights
        events += [events[k] for k in rng.integers(0, len(events), 30)]
        rng.shuffle(events)  # type: ignore[arg-type]
        return Split(whole, replace(known, customers=people, reminders=older), events)

    return split


BLANK = {"delivered": False, "read": False, "conversation": False, "replied": False, "reply_text": None}


def _cells(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as JSON holds it."""
    return {name: None if pd.isna(cell) else _cell(cell) for name, cell in row.items()}


def _cell(cell: Any) -> Any:
    if isinstance(cell, pd.Timestamp):
        return cell.isoformat() if cell.tz else f"{cell:%Y-%m-%d}"
    return cell


def _event(event_id: str, kind: str, customer: str, row: dict[str, Any], at: Any = None) -> dict[str, Any]:
    moment = None if at is None else at.isoformat()
    return {"event_id": event_id, "kind": kind, "customer_id": customer, "row": _cells(row), "at": moment}


def _payments(book: Book, as_of: pd.Timestamp) -> list[dict[str, Any]]:
    owner = book.loans.set_index("loan_id")["customer_id"]
    late = book.payments[book.payments["paid_at"].dt.ceil("s") > as_of]
    return [_event(f"p{k}", "payment", owner[row["loan_id"]], row) for k, row in enumerate(late.to_dict("records"))]


def _contacts(late: pd.DataFrame, blank: Any, book: Book) -> list[dict[str, Any]]:
    rows = zip(late.to_dict("records"), blank, strict=True)
    return [
        _event(f"c{row['reminder_id']}", "contact", row["customer_id"], row | BLANK if is_blank else row)
        for row, is_blank in rows
    ]


def _outcomes(sent: pd.DataFrame, as_of: pd.Timestamp, book: Book) -> list[dict[str, Any]]:
    events = []
    for row in sent.to_dict("records"):
        at = max(row["sent_at"], as_of) + pd.Timedelta(hours=1)
        told = {name: row[name] for name in ("reminder_id", *BLANK)}
        events.append(_event(f"o{row['reminder_id']}", "outcome", row["customer_id"], told, at))
    return events


def _plans(whole: Book, known: Book) -> list[dict[str, Any]]:
    is_new = (whole.loans["plan_signed_on"].notna() & known.loans["plan_signed_on"].isna()).to_numpy()
    at = pd.Timestamp("2025-09-01T10:00:00Z")
    return [
        _event(f"s{row['loan_id']}", "plan", row["customer_id"], {n: row[n] for n in ("loan_id", "plan_signed_on")}, at)
        for row in whole.loans[is_new].to_dict("records")
    ]


def _other_rights(people: pd.DataFrame, as_of: pd.Timestamp, rng: Any) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Return the customers' table as it was before, and the events that told of the change."""
    changed = rng.random(len(people)) < 0.4
    before = people.assign(
        consent_sms=people["consent_sms"] ^ changed,
        consent_call_until=people["consent_call_until"].mask(changed, pd.Timestamp("2024-01-01")),
        stop_flag=people["stop_flag"].mask(changed, "dispute"),
        person_asked_on=people["person_asked_on"].mask(changed, pd.Timestamp("2025-01-01")),
    )
    names = ("consent_sms", "consent_call_until", "stop_flag", "person_asked_on")
    events = []
    for row in people[changed].to_dict("records"):
        first, then = ({name: row[name] for name in part} for part in (names[:2], names[2:]))
        wrong = {"consent_sms": not row["consent_sms"], "vulnerable": not row["vulnerable"]}
        mended = {**first, "vulnerable": row["vulnerable"]}
        for k, cells in enumerate((wrong, mended, then)):
            at = as_of + pd.Timedelta(minutes=k + 1)
            events.append(_event(f"r{k}{row['customer_id']}", "right", row["customer_id"], cells, at))
    return before, events
