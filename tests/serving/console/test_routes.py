from __future__ import annotations

import json
from math import exp
from typing import Any

import pytest

ROUTES = [
    "portfolio", "customers", "customer", "explained", "weeks", "evidence", "review", "verdict", "reports", "report",
]  # fmt: skip


def lines(served: Any, **asked: Any) -> list[Any]:
    found: list[Any] = served.told("customers", **asked)["lines"]
    return found


@pytest.fixture(scope="module")
def reminded(served: Any) -> Any:
    """Return the line of somebody to be sent a message."""
    return lines(served, action="sms_gentle", most=1)[0]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(("scope", "status"), [(None, 401), ("score", 403)], ids=["no token", "a token to score"])
def test_numbers_are_for_reviewers_alone(served: Any, route: str, scope: str | None, status: int) -> None:
    assert served.ask(f"/console/{route}", {}, scope)[0] == status


@pytest.mark.parametrize("route", sorted(set(ROUTES) - {"portfolio", "customers", "review", "reports"}))
def test_what_is_no_request_is_refused(served: Any, route: str) -> None:
    status, answer = served.ask(f"/console/{route}", {"nonsense": 1})
    assert (status, answer["error"]["code"]) == (400, "invalid_request")


def test_the_portfolio_counts_every_customer_once(served: Any) -> None:
    told = served.told("portfolio")
    portfolio = told["portfolio"]
    assert portfolio["whole"]["customers"] == 1_000
    assert portfolio["newest"] == "2025-05-20T02:00:00Z"
    assert {check["name"] for check in told["checks"]} >= {"model", "journal", "snapshot"}
    assert told["watched"]["alarms"]["raised"][0]["rule"] == "score_shift"


@pytest.mark.parametrize(
    "asked", [{"tier": "high"}, {"stage": "overdue 30"}, {"blocked_by": "no_consent"}, {"search": "c00000"}]
)
def test_a_search_finds_those_who_fit_the_most_at_risk_first(served: Any, asked: dict[str, str]) -> None:
    found = served.told("customers", **asked, most=200)
    risks = [line["amount_at_risk"] for line in found["lines"]]
    assert risks == sorted(risks, reverse=True)
    assert found["total"] >= len(risks) > 0
    for side in asked.keys() & {"tier", "stage"}:
        assert {line[side] for line in found["lines"]} == {asked[side]}
    for part in asked.get("search", "") and [asked["search"]]:
        assert all(part in line["customer_id"].lower() for line in found["lines"])


def test_pages_of_a_search_follow_each_other(served: Any) -> None:
    whole = [line["customer_id"] for line in lines(served, tier="low", most=20)]
    halves = [line["customer_id"] for first in (0, 10) for line in lines(served, tier="low", first=first, most=10)]
    assert whole == halves


def test_a_customer_is_told_as_the_answer_was(served: Any, reminded: Any) -> None:
    told = served.told("customer", customer_id=reminded["customer_id"])
    assert told["decision"]["decision_id"] == told["decision_id"] == reminded["decision_id"]
    assert len(told["past"]) == 2
    sent = [row["sent_at"] for row in told["contacts"]]
    assert sent == sorted(sent, reverse=True)
    assert all(at < "2025-05-20T02:00:00" for at in sent if at.endswith(("Z", "+00:00")))
    before = told["past"][1]["decision_id"]
    earlier = served.told("customer", customer_id=reminded["customer_id"], decision_id=before)
    assert earlier["decision"]["decision_id"] == before


def test_another_customers_decision_is_not_told_under_a_customers_name(served: Any) -> None:
    one, other = lines(served, most=2)
    asked = {"customer_id": one["customer_id"], "decision_id": other["decision_id"]}
    status, answer = served.ask("/console/customer", asked)
    assert (status, answer["error"]["code"]) == (404, "unknown_decision")


def test_the_waterfall_ends_at_the_probability(served: Any, reminded: Any) -> None:
    told = served.told("explained", decision_id=reminded["decision_id"])
    whole = told["base"] + sum(reason["contribution"] for reason in told["reasons"]) + told["others"]
    assert told["same"]
    assert 1 / (1 + exp(-whole)) == pytest.approx(reminded["default_probability"], abs=1e-6)
    answer = served.told("customer", customer_id=reminded["customer_id"])["decision"]
    assert told["reasons"][: len(answer["reasons"])] == answer["reasons"]


def test_the_message_in_the_customers_language_is_the_one_of_the_answer(served: Any, reminded: Any) -> None:
    content = served.told("customer", customer_id=reminded["customer_id"])["decision"]["recommendation"]["content"]
    messages = served.told("explained", decision_id=reminded["decision_id"])["messages"]
    other = {"en": "zh", "zh": "en"}[content["language"]]
    assert messages[content["language"]] == content
    assert messages[other]["language"] == other
    assert messages[other]["body"] != content["body"]


def test_the_coming_weeks_begin_with_the_decision(served: Any, reminded: Any) -> None:
    steps = served.told("weeks", decision_id=reminded["decision_id"])["steps"]
    assert steps[0]["decision"]["recommendation"]["action"] == reminded["action"]
    assert [step["at"] for step in steps] == sorted(step["at"] for step in steps)


def test_the_pack_has_the_digest_of_its_numbers(served: Any) -> None:
    from hashlib import sha256

    item = next(item for item in served.told("review")["items"] if item["step"] in ("visit", "letter"))
    pack = served.told("evidence", decision_id=item["line"]["decision_id"])
    assert sha256(pack["twin"].encode()).hexdigest() == pack["digest"]
    assert pack["digest"] in pack["page"]
    content = json.loads(pack["twin"])
    assert content["customer_id"] == item["line"]["customer_id"]
    assert content["decision"]["escalation"] == item["step"]


def test_a_verdict_is_kept_once_with_its_reason(served: Any) -> None:
    before = served.told("review")
    item = before["items"][-1]
    asked = {
        "decision_id": item["line"]["decision_id"],
        "step": item["step"],
        "verdict": "declined",
        "reason": "too early",
    }
    assert served.told("verdict", **asked)["status"] == "written"
    assert served.told("verdict", **asked)["status"] == "repeated"
    status, answer = served.ask("/console/verdict", asked | {"verdict": "approved"})
    assert (status, answer["error"]["code"]) == (409, "decided_before")
    with served.journal() as journal:
        entries = [record.entry for record in journal.records("review") if record.entry.about == asked["decision_id"]]
        assert journal.verify().fault is None
    (entry,) = entries
    assert entry.customer == item["line"]["customer_id"]
    assert json.loads(entry.payload) == {
        "step": item["step"], "verdict": "declined", "reason": "too early", "by": served.tokens["review"].split("_")[1],
    }  # fmt: skip
    assert served.told("review")["total"] == before["total"] - 1
    assert served.told("review", decided=True)["decided"][0]["reason"] == "too early"


def test_a_step_that_a_decision_does_not_put_to_a_person_cannot_be_decided(served: Any, reminded: Any) -> None:
    asked = {"decision_id": reminded["decision_id"], "step": "visit", "verdict": "approved", "reason": "because"}
    status, answer = served.ask("/console/verdict", asked)
    assert (status, answer["error"]["code"]) == (409, "no_such_step")


@pytest.mark.parametrize("route", ["explained", "weeks", "evidence"])
def test_a_decision_that_never_was_is_not_found(served: Any, route: str) -> None:
    status, answer = served.ask(f"/console/{route}", {"decision_id": "never"})
    assert (status, answer["error"]["code"]) == (404, "unknown_decision")


def test_reports_are_listed_with_their_titles_and_kinds(served: Any) -> None:
    told = served.told("reports")
    assert {(one["kind"], one["title"]) for one in told["reports"]} == {
        ("review", "Model review: duewise-default, version 1"),
        ("weekly", "Weekly report"),
        ("drift", "Drift of the features"),
    }
    assert {one["name"]: one["twin"] for one in told["reports"]}["model/report.html"] == "model/report.json"


def test_a_report_is_read_and_nothing_beside_the_folder(served: Any) -> None:
    assert "The body of weekly/2025-05-20." in served.told("report", name="weekly/2025-05-20.html")["text"]
    status, answer = served.ask("/console/report", {"name": "../tokens.json"})
    assert (status, answer["error"]["code"]) == (404, "unknown_report")


def test_no_log_holds_a_customer_or_a_reason(served: Any, reminded: Any) -> None:
    log = served.log.read_text()
    assert reminded["customer_id"] not in log
    assert reminded["decision_id"] not in log
    assert "too early" not in log
