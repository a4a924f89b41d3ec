"""The wire over real HTTP."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import urlopen

import pytest

from serving.messages import read_messages
from serving.reason_settings import read_reasons

APPROVALS = read_messages().settings.approvals

CUSTOMER = {
    "timezone": "Asia/Shanghai", "language": "en", "vulnerable": False,
    "consent_sms": True, "consent_call": True, "consent_email": True, "consent_push": True,
}  # fmt: skip
LOAN = {"loan_id": "new-1", "product": "consumer", "opened_on": "2025-01-10", "principal": 9000, "annual_rate": 0.1}
SCHEDULE = [
    {"loan_id": "new-1", "instalment_no": k, "due_date": f"2025-{k + 1:02d}-18", "amount_due": 800} for k in range(1, 8)
]
PAID = [{"loan_id": "new-1", "instalment_no": 1, "paid_at": "2025-02-18T10:00:00+08:00", "amount": 800}]


def request_for(world: Any, *customers: dict[str, Any]) -> dict[str, Any]:
    return {"as_of": world.as_of.isoformat(), "customers": list(customers)}


def new_customer(name: str, **changes: Any) -> dict[str, Any]:
    records = {"customers": [CUSTOMER], "loans": [LOAN], "instalments": SCHEDULE, "payments": PAID}
    return {"customer_id": name, "records": records | changes}


def test_one_bad_customer_among_three_gets_an_error_and_the_others_answers(world: Any, ask: Any) -> None:
    bad = new_customer("bad", payments=[PAID[0] | {"amount": -800}])
    bad["records"]["loans"] = [LOAN | {"loan_id": "bad-1"}]
    bad["records"]["instalments"] = [row | {"loan_id": "bad-1"} for row in SCHEDULE]
    bad["records"]["payments"] = [PAID[0] | {"loan_id": "bad-1", "amount": -800}]
    known = {"customer_id": str(world.book.customers["customer_id"].iloc[3])}
    status, body = ask(request_for(world, known, bad, new_customer("new")))
    assert status == 200
    first, second, third = body["results"]
    assert 0 < first["default_probability"] < 1
    assert second["error"]["field"] == "payments.amount"
    assert second["error"]["message"] == (
        "payments.amount: 1 row, such as row 0: got -800.0; expected a number in [0.01, 1e+12]."
    )
    assert third["customer_id"] == "new"
    assert third["instalment"]["days_past_due"] == 63


def test_an_answer_carries_everything_the_contract_promises(world: Any, ask: Any) -> None:
    _, body = ask(request_for(world, new_customer("new")))
    answer = body["results"][0]
    assert {"decision_id", "tier", "stance", "reasons", "recommendation", "alternatives", "blocked", "versions"} <= set(
        answer
    )
    chosen = answer["recommendation"]
    allowed = {chosen["action"], *(other["action"] for other in answer["alternatives"])}
    assert "none" in allowed
    assert allowed.isdisjoint(blocked["action"] for blocked in answer["blocked"])
    assert all(blocked["rule_id"] and blocked["citation"] for blocked in answer["blocked"])
    assert 0 < chosen["propensity"] <= 1
    effect = chosen["expected_effect"]
    assert effect["low"] <= effect["effect"] <= effect["high"]
    reason = answer["reasons"][0]
    assert set(reason["words"]) == {"en", "zh"}
    assert reason["feature"] in {share["feature"] for share in reason["features"]}
    assert sum(share["contribution"] for share in reason["features"]) == pytest.approx(reason["contribution"])
    assert answer["would_change"] is None
    assert answer["versions"]["reasons"] == read_reasons().named_version


def test_a_message_comes_with_all_that_is_needed_to_send_it(world: Any, ask: Any) -> None:
    names = [{"customer_id": name} for name in world.book.customers["customer_id"].astype(str).head(400)]
    _, body = ask(request_for(world, *names))
    languages = dict(zip(world.book.customers["customer_id"], world.book.customers["language"], strict=True))
    sent = [answer for answer in body["results"] if answer["recommendation"]["content"] is not None]
    assert {answer["recommendation"]["channel"] for answer in sent} >= {"sms", "push"}
    for answer in body["results"]:
        assert (answer["recommendation"]["content"] is None) == (answer["recommendation"]["action"] == "none")
    for answer in sent:
        chosen, due = answer["recommendation"], answer["instalment"]
        content, amount = chosen["content"], f"{due['amount_open']:,.2f}"
        assert chosen["message"] == content["body"]
        assert content["language"] == languages[answer["customer_id"]]
        template = f"{content['language']}/{chosen['channel']}.j2"
        assert content["templates"][0] == f"{template} version {APPROVALS[template].version}"
        if chosen["channel"] == "sms":
            assert amount in content["body"]
            assert 1 <= content["length"]["segments"] <= 2
        if chosen["channel"] == "push":
            payload = content["payload"]
            assert payload["amount_open"] == amount.replace(",", "")
            assert payload["instalment_no"] == due["instalment_no"]
            shown = [*payload["account"]["history"], *payload["account"]["repayment_plan"]]
            assert payload["amount_open"] in [x["amount_open"] for x in shown if x["due_date"] == due["due_date"]]


def test_what_would_change_the_tier_is_told_when_asked_for(world: Any, ask: Any) -> None:
    _, body = ask(request_for(world, new_customer("new")) | {"counterfactual": True})
    answer = body["results"][0]
    told = answer["would_change"]
    assert set(told["words"]) == {"en", "zh"}
    assert answer["tier"] in told["words"]["en"]
    assert all(led["default_probability"] < answer["default_probability"] for led in told["alone"])


def test_a_stop_flag_leaves_nothing_but_none(world: Any, ask: Any) -> None:
    _, body = ask(request_for(world, new_customer("new", customers=[CUSTOMER | {"stop_flag": "dispute"}])))
    answer = body["results"][0]
    assert answer["recommendation"]["action"] == "none"
    assert answer["recommendation"]["propensity"] == 1
    assert {blocked["rule_id"] for blocked in answer["blocked"]} == {"stop_flag"}


def test_a_channel_without_consent_is_blocked(world: Any, ask: Any) -> None:
    _, body = ask(request_for(world, new_customer("new", customers=[CUSTOMER | {"consent_call": False}])))
    blocked = {b["action"]: b["rule_id"] for b in body["results"][0]["blocked"]}
    assert {rule for action, rule in blocked.items() if action.startswith("call")} == {"no_consent"}


@pytest.mark.parametrize(
    ("customer", "code", "field", "message"),
    [
        ({"customer_id": "nobody"}, "unknown_customer", "customer_id", "nobody is not in the snapshot; send the customer's records."),
        ({"customer_id": 7}, "invalid_request", "customer_id", "customer_id: Input should be a valid string; got int."),
        ("text", "invalid_request", "customer", "customer: Input should be a valid dictionary or instance of CustomerRequest; got str."),
        (new_customer("x", customers=[]), "invalid_records", "customers", "customers: got 0 rows; expected 1, of x."),
        (new_customer("x", bills=[]), "invalid_records", "bills", "bills: there is no such table; expected customers, loans"),
        (new_customer("x", loans=[LOAN | {"colour": "red"}]), "invalid_records", "loans.colour", "loans.colour: row 0: got 'red'; expected a column of loans"),
        (new_customer("x", loans=[LOAN | {"principal": [1]}]), "invalid_records", "loans.principal", "loans.principal: row 0: got [1]; expected a number"),
        (new_customer("x", loans=[LOAN | {"customer_id": "y"}]), "invalid_records", "loans.customer_id", "loans.customer_id: row 0: got 'y'; expected x, whose records these are."),
    ],
    ids=["unknown", "number as id", "no object", "no customer row", "unknown table", "unknown column", "list as value", "another's row"],
)  # fmt: skip
def test_a_customer_that_cannot_be_read_is_an_error_in_its_place(
    world: Any, ask: Any, customer: Any, code: str, field: str, message: str
) -> None:
    status, body = ask(request_for(world, customer))
    assert status == 200
    error = body["results"][0]["error"]
    assert (error["code"], error["field"]) == (code, field)
    assert error["message"].startswith(message)


def test_a_customer_asked_about_twice_is_answered_once(world: Any, ask: Any) -> None:
    _, body = ask(request_for(world, new_customer("new"), new_customer("new")))
    assert "default_probability" in body["results"][0]
    assert body["results"][1]["error"]["message"] == "new appears twice in the request."


@pytest.mark.parametrize(
    "raw",
    [b"{", b"[]", b'{"customers": 3}', b'{"customers": [], "more": 1}', b'{"customers": [], "as_of": "2025-01-01T00:00:00"}', b"\xff\xfe"],
    ids=["not JSON", "no object", "no list", "unknown field", "no offset", "not UTF-8"],
)  # fmt: skip
def test_a_malformed_body_is_a_400_with_the_reason(ask: Any, raw: bytes) -> None:
    status, body = ask(None, raw=raw)
    assert status == 400
    assert body["error"]


def test_asking_again_gives_the_same_answer_to_the_bit(world: Any, ask: Any) -> None:
    first, second = (ask(request_for(world, new_customer("new"))) for _ in range(2))
    assert first == second


def test_the_service_says_it_is_ready_and_describes_itself(service: str) -> None:
    with urlopen(f"{service}/readyz", timeout=10) as response:
        assert response.status == 200
    with urlopen(f"{service}/docs.json", timeout=10) as response:
        assert "/score" in json.load(response)["paths"]
