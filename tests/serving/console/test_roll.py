from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from serving.console.following import Following, Verdict
from serving.console.roll import Roll
from serving.journal import Entry, Journal


def rolled(journal: Journal, *entries: Entry) -> Roll:
    journal.append(entries)
    return Following().roll(journal)


@pytest.mark.parametrize(
    ("first", "second", "latest"),
    [
        ({"as_of": 100}, {"as_of": 200}, 1),
        ({"as_of": 200}, {"as_of": 100}, 0),
        ({"as_of": 100}, {"as_of": 100}, 1),
        ({"as_of": None, "written": 150}, {"as_of": 100}, 0),
        ({"as_of": None, "written": 50}, {"as_of": 100}, 1),
    ],
    ids=["later cut", "earlier cut written later", "same cut", "no cut, written later", "no cut, written earlier"],
)
@pytest.mark.parametrize("together", [True, False], ids=["read together", "read one after the other"])
def test_a_customer_stands_with_the_decision_of_the_latest_moment(
    journal: Journal, decided: Any, first: dict[str, Any], second: dict[str, Any], latest: int, together: bool
) -> None:
    entries = [decided("C1", tier="low", **first), decided("C1", tier="high", **second)]
    following = Following()
    if together:
        journal.append(entries)
    else:
        for entry in entries:
            journal.append([entry])
            following.roll(journal)
    roll = following.roll(journal)
    assert roll.decisions.tolist() == [entries[latest].key]
    assert roll.words["tier"].told(0) == ("low", "high")[latest]


def test_what_was_handed_out_stays_as_it_was(journal: Journal, decided: Any) -> None:
    following = Following()
    journal.append([decided("C1", as_of=1, amount_open=5.0)])
    before = following.roll(journal)
    journal.append([decided("C1", as_of=2, amount_open=9.0), decided("C2", as_of=1)])
    after = following.roll(journal)
    assert (len(before), before.numbers["amount_open"].tolist()) == (1, [5.0])
    assert (len(after), after.numbers["amount_open"].tolist()) == (2, [9.0, 100.0])
    assert following.roll(journal) is after


def test_nulls_are_kept(journal: Journal, decided: Any) -> None:
    roll = rolled(journal, decided("C1", stage=None, days_past_due=None, amount_open=None, blocked_by=None))
    assert roll.words["stage"].told(0) is None
    assert roll.words["escalation"].told(0) is None
    assert roll.numbers["amount_open"][0] != roll.numbers["amount_open"][0]


def test_who_was_erased_is_gone_and_the_others_stay(journal: Journal, decided: Any) -> None:
    following = Following()
    journal.append([decided("C1"), decided("C2"), decided("C3")])
    assert len(following.roll(journal)) == 3
    journal.erase("C2", datetime(2026, 3, 1, tzinfo=UTC))
    assert sorted(following.roll(journal).ids.tolist()) == ["C1", "C3"]


def test_steps_are_those_of_the_row_and_reviews_are_by_step(journal: Journal, decided: Any) -> None:
    visit = decided("C1", escalation="visit", requires_human=True)
    said = Verdict("visit", "approved", "agreed", "loopback")
    review = Entry("review", f"{visit.key}:visit", visit.at, "C1", visit.key, payload=msgspec.json.encode(said))
    roll = rolled(journal, visit, decided("C2"), review)
    assert (roll.steps(0), roll.steps(1)) == (("visit", "reminder"), ())
    assert roll.reviews[visit.key, "visit"].reason == "agreed"


def test_an_empty_journal_has_an_empty_roll(journal: Journal) -> None:
    assert len(Following().roll(journal)) == 0
