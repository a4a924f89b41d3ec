"""A decision by customer_id alone is the decision from the book, to the bit, with what was posted since and without."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from features.book import Book
from serving.answers import answers
from serving.contract import CustomerDecision
from serving.decide import decide
from serving.desk import Desk
from serving.registry import load_models
from serving.snapshot import Event, Events, Snapshot, with_events, write_snapshot


@pytest.fixture(scope="module")
def desk(world: Any) -> Desk:
    return Desk(load_models())


@pytest.fixture(scope="module")
def snapshot(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    out = tmp_path_factory.mktemp("night") / "snapshot"
    write_snapshot(world.folder, out, chunk=300)
    return Snapshot.open(out)


def told(desk: Desk, book: Book, as_of: pd.Timestamp, names: Sequence[str]) -> dict[str, CustomerDecision]:
    decisions = decide(book, as_of, desk.models, desk.settings, names, reader=desk.reader, signals=desk.signals)
    return dict(zip(names, answers(decisions, desk.voice), strict=True))


def test_all_customers_together_are_told_what_the_book_tells(world: Any, desk: Desk, snapshot: Snapshot) -> None:
    names = snapshot.ids()
    assert names == world.book.customers["customer_id"].tolist()
    assert told(desk, snapshot.book(names), world.as_of, names) == told(desk, world.book, world.as_of, names)


def test_each_customer_alone_is_told_what_the_book_tells(world: Any, desk: Desk, snapshot: Snapshot) -> None:
    expected = told(desk, world.book, world.as_of, snapshot.ids())
    for name, answer in expected.items():
        assert told(desk, snapshot.book([name]), world.as_of, [name]) == {name: answer}


def test_advice_on_the_snapshot_is_that_on_the_book(world: Any, desk: Desk, snapshot: Snapshot) -> None:
    from serving.advice import advise

    names = snapshot.ids()[:30]
    given = (desk.models.scorer, desk.settings, desk.reasons)
    advice = [
        advise(book, decide(book, world.as_of, desk.models, desk.settings, names), *given)
        for book in (snapshot.book(names), world.book)
    ]
    assert advice[0] == advice[1]


def test_what_was_posted_since_decides_as_if_it_had_always_been_there(
    world: Any, desk: Desk, split_of: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, as_of = tmp_path_factory.mktemp("since"), world.as_of - pd.Timedelta(days=20)
    split = split_of(world.book, as_of, 3)
    split.known.write(folder / "book")
    write_snapshot(folder / "book", folder / "out", as_of, chunk=300)
    snapshot = Snapshot.open(folder / "out")
    later = pd.Timestamp("2030-01-01", tz="UTC").to_pydatetime()
    events, _, set_aside = Events.rebuilt(snapshot, map(Event.of, split.events), later)
    assert not set_aside
    names = snapshot.ids()
    expected = told(desk, split.whole, world.as_of, names)
    assert told(desk, with_events(snapshot, names, events), world.as_of, names) == expected
    assert told(desk, snapshot.book(names), world.as_of, names) != expected
    for name in names[:100]:
        assert told(desk, with_events(snapshot, [name], events), world.as_of, [name]) == {name: expected[name]}


def test_who_paid_an_hour_ago_is_not_reminded_of_it(world: Any, desk: Desk, snapshot: Snapshot) -> None:
    as_of = snapshot.as_of + pd.Timedelta(hours=2)
    due = told(desk, snapshot.book(snapshot.ids()), as_of, snapshot.ids())
    name, answer = next(
        (name, one)
        for name, one in due.items()
        if one.recommendation.channel is not None and one.instalment is not None
    )
    debt = answer.instalment
    assert debt is not None
    row = {"loan_id": debt.loan_id, "instalment_no": debt.instalment_no, "amount": debt.amount_open}
    row |= {"paid_at": (as_of - pd.Timedelta(hours=1)).isoformat()}
    events = Events(snapshot)
    events.post(Event("paid", "payment", name, row), as_of.to_pydatetime())
    after = told(desk, with_events(snapshot, [name], events), as_of, [name])[name].instalment
    assert after is None or (after.loan_id, after.instalment_no) != (debt.loan_id, debt.instalment_no)
