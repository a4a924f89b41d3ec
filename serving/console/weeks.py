"""``POST /console/weeks``: what would be decided in the weeks that follow a decision, if nothing is paid."""

from __future__ import annotations

import pandas as pd

from features.book import Book
from features.errors import SchemaError
from serving.console.console import Console
from serving.console.wire import WeeksRequest
from serving.contract.posted import PlanResponse, PlanStep
from serving.journal import Payload
from serving.programme.outlook import coming_weeks
from serving.sent import read_sent


def weeks(console: Console, asked: WeeksRequest) -> PlanResponse:
    """Return the coming weeks as they were seen at a decision, by what is in service now."""
    desk, payload = console.office.ready(), console.payload(asked.decision_id)
    steps = coming_weeks(desk, book_of(payload), pd.Timestamp(payload.as_of), payload.customer_id, asked.weeks)
    told = [PlanStep(step.at.to_pydatetime(warn=False), step.decision) for step in steps]
    return PlanResponse(payload.customer_id, told)


def book_of(payload: Payload) -> Book:
    """Return what a decision was made from as a book; SchemaError when it can no longer be read."""
    sent = read_sent({payload.customer_id: payload.rows}, as_book=True)
    if not sent.posted or not isinstance(sent.posted[0][1], Book):
        raise SchemaError(sent.faults[payload.customer_id].message)
    return sent.posted[0][1]
