"""The client: typed answers, errors with code and correlation id, and questions sent again that are the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from serving.client import Client, ConnectionLostError, ForeignAnswerError, Patience, ServiceError
from serving.contract import CustomerDecision, CustomerError

from .conftest import DROP, Scripted

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FINE = (200, {}, {"as_of": "2026-03-02T09:30:00Z", "results": []})
QUICK = Patience(answer=5, tries=3, first_pause=0.0, longest_pause=1.5)


def refused(status: int, code: str = "not_ready", **headers: str) -> tuple[int, dict[str, str], Any]:
    told = {"error": {"code": code, "message": "Not now.", "correlation_id": "corr-1234", "details": {"rows": 3}}}
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, told


@pytest.mark.parametrize(
    "before",
    [
        [],
        [DROP],
        [DROP, DROP],
        [refused(503)],
        [refused(409, "conflict")],
        [refused(429, Retry_After="0")],
        [refused(503), DROP],
    ],
    ids=["at once", "lost", "lost twice", "503", "still asked", "429", "503 and lost"],
)
def test_what_is_sent_again_is_the_same_to_the_byte_under_the_same_key(scripted: Scripted, before: list[Any]) -> None:
    scripted.script += [*before, FINE, FINE]
    moments = iter([NOW, NOW + timedelta(seconds=1)])
    with Client(scripted.url, "dw_1_secret", QUICK, now=lambda: next(moments, NOW)) as client:
        assert client.score(["C1"]).results == []
        first = list(scripted.asked)
        client.score(["C1"])
    assert len(first) == len(before) + 1
    assert len({one["body"] for one in first}) == 1
    assert len({one["headers"]["idempotency-key"] for one in first}) == 1
    assert scripted.keys()[-1] not in scripted.keys()[:-1]
    assert {one["headers"]["authorization"] for one in first} == {"Bearer dw_1_secret"}
    assert json.loads(first[0]["body"])["as_of"] == "2026-03-02T09:30:00Z"


@pytest.mark.parametrize("said", ["1", "Mon, 02 Mar 2026 09:30:01 GMT"], ids=["seconds", "a date"])
def test_the_pause_that_the_service_asks_for_is_kept(scripted: Scripted, said: str) -> None:
    scripted.script += [refused(429, "too_many_requests", Retry_After=said), FINE]
    slept: list[float] = []
    client = Client(scripted.url, patience=QUICK, now=lambda: NOW)
    client._transport._sleep = slept.append
    client.score([])
    client.close()
    assert slept == [1.0]


@pytest.mark.parametrize(
    ("script", "tries"),
    [
        ([refused(503)] * 3, 3),
        ([refused(429, Retry_After="60")], 1),
        ([refused(400, "invalid_request")], 1),
        ([refused(409, "idempotency_key_reused")], 1),
        ([refused(500, "internal_error")], 1),
        ([refused(504, "timeout")], 1),
    ],
    ids=["three times", "a minute is too long", "400", "409", "500", "504"],
)
def test_a_refusal_that_stands_is_an_error_with_code_and_correlation_id(
    scripted: Scripted, script: list[Any], tries: int
) -> None:
    scripted.script += script
    with Client(scripted.url, patience=QUICK) as client, pytest.raises(ServiceError, match=r"Not now\.") as error:
        client.score(["C1"])
    status, _, told = script[0]
    assert (error.value.status, error.value.code) == (status, told["error"]["code"])
    assert (error.value.correlation_id, error.value.details) == ("corr-1234", {"rows": 3})
    assert len(scripted.asked) == tries


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b"<html>", "unknown", "no reason came"),
        (b'{"error":"a sentence"}', "unknown", "a sentence"),
        (b"[1]", "unknown", "no reason came"),
        (b'{"error":{"code":"x"}}', "x", "no reason came"),
        (b"", "unknown", "no reason came"),
    ],
    ids=["a proxy's page", "a sentence", "a list", "no message", "nothing"],
)
def test_a_refusal_by_somebody_on_the_way_is_told_as_well(
    scripted: Scripted, body: bytes, code: str, message: str
) -> None:
    scripted.script += [(502, {}, body)]
    with Client(scripted.url, patience=QUICK) as client, pytest.raises(ServiceError, match=message) as error:
        client.about()
    assert (error.value.code, error.value.correlation_id) == (code, "corr-1234")


def test_a_service_that_is_not_there_is_tried_and_then_said_so(unused_port: int) -> None:
    with (
        Client(f"http://127.0.0.1:{unused_port}", patience=QUICK) as client,
        pytest.raises(ConnectionLostError, match="POST /score got no answer in 3 tries: ConnectionRefusedError"),
    ):
        client.score([])


@pytest.mark.parametrize(
    "content",
    [b"not JSON", {"as_of": "2026-03-02T09:30:00Z"}, {"as_of": "2026-03-02T09:30:00Z", "results": [{"new": 1}]}],
    ids=["not JSON", "no results", "a result of another contract"],
)
def test_an_answer_of_another_contract_is_no_answer(scripted: Scripted, content: Any) -> None:
    scripted.script += [(200, {}, content)]
    with Client(scripted.url, patience=QUICK) as client, pytest.raises(ForeignAnswerError, match="corr-1234"):
        client.score([])


@pytest.mark.parametrize(
    ("ask", "method", "path", "body"),
    [
        (lambda c: c.outcomes([{"decision_id": "d1"}]), "POST", "/outcomes", {"outcomes": [{"decision_id": "d1"}]}),
        (lambda c: c.events([{"event_id": "e1"}]), "POST", "/events", {"events": [{"event_id": "e1"}]}),
        (lambda c: c.person("r1", "C1", NOW), "POST", "/person", {"request_id": "r1", "customer_id": "C1", "at": "2026-03-02T09:30:00Z", "decision_id": None}),
        (lambda c: c.plan("C1", NOW), "POST", "/plan", {"customer_id": "C1", "as_of": "2026-03-02T09:30:00Z", "weeks": 6}),
        (lambda c: c.about(), "GET", "/about", None),
    ],
    ids=["outcomes", "events", "person", "plan", "about"],
)  # fmt: skip
def test_every_route_has_its_method(scripted: Scripted, ask: Any, method: str, path: str, body: Any) -> None:
    scripted.script += [(200, {}, {"fine": True})]
    with Client(f"{scripted.url}/api/", patience=QUICK) as client:
        assert ask(client) == {"fine": True}
    (asked,) = scripted.asked
    assert (asked["method"], asked["path"]) == (method, f"/api{path}")
    assert (json.loads(asked["body"]) if asked["body"] else None) == body
    assert ("idempotency-key" in asked["headers"]) == (method == "POST")


def test_a_replay_comes_with_the_bytes_of_both_answers(scripted: Scripted) -> None:
    told = b'{"decision_id":"d1","same":false,"then":{"a": 1.0},"now":{"a":2},"differences":[{"path":"$.a","then":"1.0","now":"2"}]}'
    scripted.script += [(200, {}, told)]
    with Client(scripted.url, patience=QUICK) as client:
        found = client.replay("d1")
    assert (found.same, bytes(found.then), bytes(found.now)) == (False, b'{"a": 1.0}', b'{"a":2}')
    assert found.differences[0].path == "$.a"
    assert json.loads(scripted.asked[0]["body"]) == {"decision_id": "d1"}


@pytest.mark.parametrize("url", ["", "ftp://x", "127.0.0.1:3000", "http://"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="url must be http://host:port or https://host, got"):
        Client(url)


@pytest.mark.parametrize(
    ("parts", "said"),
    [({"tries": 0}, "tries must be 1 or more, got 0"), ({"answer": 0}, "answer must be above 0"), ({"first_pause": 99}, "first_pause in")],
    ids=["no try", "no time", "longer than the longest"],
)  # fmt: skip
def test_patience_that_is_none_is_refused(parts: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Patience(**parts)


def test_the_service_answers_in_the_records_of_the_contract(world: Any, service: str) -> None:
    name = str(world.book.customers["customer_id"].iloc[3])
    with Client(service) as client:
        known, unknown = client.score([name, "nobody"], as_of=world.as_of.to_pydatetime()).results
        again = client.score([name], as_of=world.as_of.to_pydatetime(), explain=False).results[0]
        with pytest.raises(ServiceError) as refusal:
            client.score(["x"] * 10_001)
    assert isinstance(known, CustomerDecision)
    assert isinstance(unknown, CustomerError)
    assert (known.customer_id, unknown.error.code) == (name, "unknown_customer")
    assert known.reasons
    assert again.reasons == []
    assert again.default_probability == known.default_probability
    assert refusal.value.status in (400, 413)
