"""A customer's coming weeks: each later stage is decided as it begins, on what was planned before."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from features import Book, SchemaError
from serving.contract import CustomerRequest, ScoreRequest
from serving.desk import Desk
from serving.policy_settings import read_policy
from serving.programme.outlook import Step, coming_weeks
from serving.registry import load_models


@pytest.fixture(scope="module")
def desk(world: Any) -> Desk:
    return Desk(load_models(), snapshot=world.book)


@pytest.fixture(scope="module")
def ahead(world: Any, desk: Desk) -> tuple[str, tuple[Step, ...]]:
    """Return the coming weeks of a customer more than a week before the due date, and who they are."""
    names = world.book.customers["customer_id"].astype(str).head(80)
    asked = [CustomerRequest(customer_id=name) for name in names]
    results = desk.score(ScoreRequest(as_of=world.as_of.to_pydatetime(), customers=asked, explain=False)).results
    early = [r for r in results if r.instalment is not None and -20 < r.instalment.days_past_due < -7]  # type: ignore[union-attr]
    name = str(early[0].customer_id)
    return name, coming_weeks(desk, world.book, world.as_of, name, weeks=8)


def test_a_reminder_is_decided_as_each_stage_begins(ahead: tuple[str, tuple[Step, ...]]) -> None:
    _, steps = ahead
    due = [step.decision.instalment for step in steps]
    begins = read_policy().stages
    assert [one.stage for one in due if one] == list(begins)
    assert [one.days_past_due for one in due if one][1:] == list(begins.values())[1:]
    assert {(one.loan_id, one.instalment_no) for one in due if one} == {(due[0].loan_id, due[0].instalment_no)}  # type: ignore[union-attr]
    assert [step.at.date() for step in steps[1:]] == [
        (pd.Timestamp(one.due_date) + pd.Timedelta(days=one.days_past_due)).date() for one in due[1:] if one
    ]


def test_the_first_step_is_what_the_service_answers_now(world: Any, desk: Desk, ahead: Any) -> None:
    name, steps = ahead
    asked = ScoreRequest(as_of=world.as_of.to_pydatetime(), customers=[CustomerRequest(customer_id=name)])
    (answer,) = desk.score(asked).results
    assert steps[0].decision.model_dump() == answer.model_dump()


def test_no_later_row_of_the_book_changes_the_weeks(world: Any, desk: Desk, ahead: Any) -> None:
    name, steps = ahead
    book = world.book
    later = {
        "payments": book.payments[book.payments["paid_at"] <= world.as_of],
        "incomes": book.incomes[book.incomes["received_on"] <= pd.Timestamp(world.as_of.date())],
        "reminders": book.reminders[book.reminders["sent_at"] <= world.as_of],
    }
    cut = Book.of({**dict(book.tables()), **later})
    again = coming_weeks(desk, cut, world.as_of, name, weeks=8)
    assert [step.decision.decision_id for step in again] == [step.decision.decision_id for step in steps]
    assert [step.decision.recommendation for step in again] == [step.decision.recommendation for step in steps]


def test_what_is_planned_counts_as_a_contact_of_the_later_steps(world: Any, desk: Desk, ahead: Any) -> None:
    name, steps = ahead
    sent = [step for step in steps if step.decision.recommendation.channel is not None]
    assert sent, "nothing is planned for this customer, so nothing is shown"
    last = steps[-1].decision
    alone = coming_weeks(desk, world.book, steps[-1].at, name, weeks=0)[0].decision
    assert last.default_probability != alone.default_probability


def test_fewer_weeks_are_fewer_steps(world: Any, desk: Desk, ahead: Any) -> None:
    name, steps = ahead
    assert len(coming_weeks(desk, world.book, world.as_of, name, weeks=0)) == 1
    assert len(steps) == len(read_policy().stages)


def test_a_stranger_is_refused(world: Any, desk: Desk) -> None:
    with pytest.raises(SchemaError, match="'nobody' is not in the book"):
        coming_weeks(desk, world.book, world.as_of, "nobody")
