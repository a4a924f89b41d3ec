"""What replay needs: the same bytes for the same content, every bit of it back, and the snapshot's rows as sent."""

from __future__ import annotations

import math
import struct
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.contract import Versions
from serving.journal import DecisionRow, JournalError, OutcomeRow, Payload
from serving.journal.recording import Question, decision_entry, outcome_entry, person_request_entry
from serving.journal.rows import columns_of

AS_OF = datetime(2026, 3, 2, 9, 30, 0, 7, tzinfo=timezone(timedelta(hours=8)))
CELLS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text()
RECORDS = st.dictionaries(st.text(max_size=9), st.lists(st.dictionaries(st.text(max_size=5), CELLS), max_size=3))


def payload(**parts: Any) -> Payload:
    given_parts = {
        "customer_id": "C1",
        "as_of": AS_OF,
        "records": {"loans": [{"loan_id": "L1", "principal": 0.1}]},
        "from_snapshot": False,
        "asked": {"explain": True},
        "versions": {"model": "7", "prices": None},
        "answer": b'{"tier":"low"}',
    }
    return Payload(**(given_parts | parts))


def same_bits(one: Any, other: Any) -> bool:
    """Tell whether two values are alike: NaN like NaN, 0.0 unlike -0.0, 1 unlike 1.0 and True."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return math.isnan(one) == math.isnan(other) and (
            math.isnan(one) or struct.pack("d", one) == struct.pack("d", other)
        )
    if isinstance(one, dict):
        return set(one) == set(other) and all(same_bits(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same_bits, one, other))
    return bool(one == other)


@given(records=RECORDS, answer=st.binary(max_size=50))
def test_every_bit_comes_back_and_the_bytes_are_canonical(records: Any, answer: bytes) -> None:
    written = payload(records=records, answer=answer)
    read = Payload.from_bytes(written.to_bytes())
    assert same_bits(read.records, records)
    assert (read.answer, read.as_of, read.versions, read.asked) == (answer, AS_OF, written.versions, written.asked)
    assert read.to_bytes() == written.to_bytes()
    assert read.inputs_hash == written.inputs_hash
    turned = {name: [dict(reversed(row.items())) for row in rows] for name, rows in reversed(records.items())}
    assert payload(records=turned, answer=answer).to_bytes() == written.to_bytes()


def test_the_form_of_the_bytes_does_not_change_unseen() -> None:
    assert payload().inputs_hash == "525d2f8b7be6b9d6fbd9db70cbd0963ad84683857fb54b4ac0e3127a2d8d8257"


@pytest.mark.parametrize(
    "parts",
    [
        {"customer_id": "C2"},
        {"records": {}},
        {"as_of": AS_OF + timedelta(microseconds=1)},
        {"asked": {}},
        {"from_snapshot": True},
    ],
    ids=lambda parts: next(iter(parts)),
)
def test_the_inputs_hash_is_of_all_inputs(parts: Any) -> None:
    assert payload(**parts).inputs_hash != payload().inputs_hash


def test_the_inputs_hash_is_of_nothing_else() -> None:
    assert payload(answer=b"", versions={}).inputs_hash == payload().inputs_hash


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (b"", "no decision's payload"),
        (b"\x01", "no decision's payload"),
        (b"\x92\x03\x01", "a payload of format 3; this Duewise reads format 2"),
        (b"\x92\x02\x01", "no decision's payload"),
        (payload().to_bytes().replace(b"L1", b"L2"), "the inputs' hash is .*, the payload says"),
    ],
    ids=["nothing", "a number", "a later format", "too short", "another loan"],
)
def test_other_bytes_are_refused(stored: bytes, said: str) -> None:
    with pytest.raises(JournalError, match=said):
        Payload.from_bytes(stored)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"as_of": datetime(2026, 3, 2)}, "as_of must have a time zone, got 2026-03-02T00:00:00"),
        ({"records": {"loans": [{"x": object()}]}}, "a payload holds what JSON does"),
        ({"records": {"loans": [{"x": 2**70}]}}, "a payload holds what JSON does"),
    ],
    ids=["no zone", "an object", "a huge number"],
)
def test_what_json_does_not_know_is_refused(parts: Any, said: str) -> None:
    with pytest.raises(JournalError, match=said):
        payload(**parts).to_bytes()


def answer_of(instalment: Any) -> Any:
    """Return what stands for a CustomerDecision."""
    effect = SimpleNamespace(effect=0.02)
    own = dict.fromkeys(("contract", "policy", "rules", "reasons", "messages", "plans", "explanations"), "1")
    chosen = {"action": "sms_gentle", "propensity": 0.9, "expected_value": 1.5, "requires_human": False}
    return SimpleNamespace(
        customer_id="C1", decision_id="d1", default_probability=0.1, tier="low", stance="able", programme="standard",
        instalment=instalment, recommendation=SimpleNamespace(expected_effect=effect, **chosen),
        versions=Versions(model="7", prices=None, **own),
        blocked=[SimpleNamespace(rule_id=name) for name in ("stop_flag", "ladder", "ladder")],
        escalation=None if instalment is None else SimpleNamespace(action="visit"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "due",
    [None, SimpleNamespace(stage="T-3", days_past_due=-3, amount_open=9.5, loan_id="L1", instalment_no=4)],
    ids=["none", "due"],
)
def test_a_decision_is_written_with_what_replay_and_monitoring_need(due: Any) -> None:
    question = Question({"loans": []}, True, AS_OF, {"explain": True, "counterfactual": False})
    entry = decision_entry(answer_of(due), b"said", question, datetime.now(UTC))
    assert (entry.kind, entry.customer, entry.about) == ("decision", "C1", "d1")
    assert entry.key.startswith("d1:")
    kept = Payload.from_bytes(entry.payload)
    assert (kept.answer, kept.from_snapshot, kept.versions["model"]) == (b"said", True, "7")
    row = columns_of(DecisionRow, [entry.row])
    assert (row["expected_effect"], row["stage"]) == ([0.02], [None if due is None else "T-3"])
    assert (row["as_of"], row["blocked_by"]) == ([int(AS_OF.timestamp())], ["ladder,stop_flag"])
    assert row["escalation"] == [None if due is None else "visit"]
    assert (row["loan_id"], row["instalment_no"]) == (([None], [None]) if due is None else (["L1"], [4]))


def test_a_row_of_before_a_field_was_added_is_read_with_null_in_it() -> None:
    old = msgspec.msgpack.encode(
        [0.1, "low", "able", "x", None, None, None, "none", 1.0, 0.0, 0.0, False, "7", "p", "r"]
    )
    assert columns_of(DecisionRow, [old])["as_of"] == [None]


def test_outcomes_and_requests_belong_to_their_decision() -> None:
    outcome = outcome_entry("o1", "d1", "C1", AS_OF, OutcomeRow(paid=12.5), b"{}")
    request = person_request_entry("p1", "C1", AS_OF, b"{}", "d1")
    assert (outcome.kind, outcome.about, request.kind, request.about) == ("outcome", "d1", "person_request", "d1")


def test_no_rows_are_columns_without_rows() -> None:
    assert columns_of(OutcomeRow, [])["paid"] == []
