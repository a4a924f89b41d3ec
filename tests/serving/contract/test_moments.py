"""A request may name moments that the tables may hold, and no others."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from serving.contract import read_request
from serving.contract.posted import OutcomesRequest, PersonRequest, PlanRequest

LEGAL = ["1900-01-01T00:00:00Z", "2026-03-02T09:30:00+08:00", "2199-12-31T23:59:59Z"]
REFUSED = ["0001-01-01T00:00:00+14:00", "1899-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"]


def bodies(at: str) -> dict[str, tuple[type[Any], dict[str, Any]]]:
    outcome = {"outcome_id": "o", "decision_id": "d", "at": at}
    return {
        "plan": (PlanRequest, {"customer_id": "x", "as_of": at}),
        "person": (PersonRequest, {"request_id": "r", "customer_id": "x", "at": at}),
        "outcomes": (OutcomesRequest, {"outcomes": [outcome]}),
    }


@pytest.mark.parametrize("at", LEGAL)
def test_a_moment_of_the_tables_is_taken(at: str) -> None:
    assert read_request(json.dumps({"customers": [], "as_of": at}).encode()).as_of is not None
    for kind, body in bodies(at).values():
        assert msgspec.convert(body, kind)


@pytest.mark.parametrize("at", REFUSED)
def test_any_other_moment_is_refused_with_those_that_are_legal(at: str) -> None:
    legal = "must be between 1900-01-01 and 2199-12-31"
    for customers in ([], [{"customer_id": 7}]):
        with pytest.raises(ValidationError, match=f"as_of {legal}"):
            read_request(json.dumps({"customers": customers, "as_of": at}).encode())
    for kind, body in bodies(at).values():
        with pytest.raises(msgspec.ValidationError, match=legal):
            msgspec.json.decode(json.dumps(body).encode(), type=kind)
