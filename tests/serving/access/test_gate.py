from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving.access.token_file import TokenFile, write_token_file
from serving.access.tokens import new_token


def error_of(response: httpx.Response) -> dict[str, Any]:
    """Return the error of an answer, having checked its one shape."""
    error = response.json()["error"]
    assert set(response.json()) == {"error"}
    assert set(error) - {"details"} == {"code", "message", "correlation_id"}
    assert error["correlation_id"] == response.headers["x-request-id"]
    assert response.headers["content-type"] == "application/json"
    return error


def test_a_good_request_reaches_the_service_with_its_bytes(service: Any) -> None:
    response = service.post(content=b'{"customers": [{}]}')
    assert (response.status_code, response.json()) == (200, {"got": 19})
    assert service.asked == [b'{"customers": [{}]}']
    assert response.headers["cache-control"] == "no-store"
    assert len(response.headers["x-request-id"]) == 32


@pytest.mark.parametrize(
    ("path", "token", "status", "code"),
    [
        ("/score", None, 401, "missing_token"),
        ("/score", "nonsense", 401, "invalid_token"),
        ("/score", "dw_0123456789ab_" + "a" * 43, 401, "invalid_token"),
        ("/score", "outcomes", 403, "insufficient_scope"),
        ("/score/crash", "outcomes", 403, "insufficient_scope"),
        ("/outcomes", "score", 403, "insufficient_scope"),
        ("/past", "score", 403, "insufficient_scope"),
        ("/scores", "score", 403, "insufficient_scope"),
        ("/no/such/path", "score", 403, "insufficient_scope"),
        ("/no/such/path", None, 401, "missing_token"),
    ],
)
def test_who_may_not_ask_reaches_nothing(service: Any, path: str, token: str | None, status: int, code: str) -> None:
    response = service.post(path, token=token)
    assert (response.status_code, error_of(response)["code"]) == (status, code)
    assert response.headers["www-authenticate"].startswith('Bearer realm="duewise"')
    assert service.asked == []
    assert service.counted("duewise_refused_total", code=code) == 1


@pytest.mark.parametrize(("path", "token"), [("/outcomes", "outcomes"), ("/past", "review")])
def test_a_scope_opens_its_route(service: Any, path: str, token: str) -> None:
    assert service.post(path, token=token).status_code == 200


def test_an_ended_token_reaches_nothing(service: Any) -> None:
    service.clock.at += timedelta(days=31).total_seconds()
    assert error_of(service.post())["code"] == "expired_token"
    assert service.asked == []


def test_nobody_unknown_has_a_body_read(service: Any) -> None:
    async def receive() -> Any:
        raise AssertionError("the body was asked for")

    sent = raw(service, [], receive=receive)
    assert sent[0]["status"] == 401


def raw(service: Any, headers: list[tuple[bytes, bytes]], receive: Any = None, **scope: Any) -> list[dict[str, Any]]:
    """Return what is sent for a request written by hand."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def give() -> Any:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    whole = {
        "type": "http", "method": "POST", "path": "/score", "query_string": b"", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "http_version": "1.1", "scheme": "http",
    } | scope  # fmt: skip
    asyncio.run(service.gate(whole, receive or give, send))
    return sent


def authorized(service: Any) -> tuple[bytes, bytes]:
    return b"authorization", f"Bearer {service.tokens['score']}".encode()


@pytest.mark.parametrize(
    "twice", [(b"content-encoding", b"gzip"), (b"content-type", b"text/plain"), (b"authorization", b"Bearer x")]
)
def test_a_header_that_two_readers_could_read_differently_is_refused(service: Any, twice: tuple[bytes, bytes]) -> None:
    plain = (b"content-encoding", b"identity"), (b"content-type", b"application/json"), authorized(service)
    sent = raw(service, [twice, *plain])
    assert sent[0]["status"] == 400
    assert json.loads(sent[1]["body"])["error"]["code"] == "repeated_header"
    assert service.asked == []


BAD = [
    (b'{"a":1,"a":2}', 400, "duplicate_key"),
    (b"[" * 99, 400, "too_deep"),
    (b"[NaN]", 400, "not_finite"),
    (b"[9223372036854775808]", 400, "huge_integer"),
    (b'["\xff"]', 400, "not_utf8"),
    (b"nothing", 400, "invalid_json"),
    (b"", 400, "empty_body"),
    (b'"' + b"x" * 1000 + b'"', 413, "body_too_large"),
]


@pytest.mark.parametrize(("content", "status", "code"), BAD, ids=[code for _, _, code in BAD])
def test_a_bad_body_reaches_nothing(make_service: Any, content: bytes, status: int, code: str) -> None:
    service = make_service(body_bytes=500)
    response = service.post(content=content)
    assert (response.status_code, error_of(response)["code"]) == (status, code)
    assert service.asked == []


def test_a_body_that_does_not_say_its_size_is_cut_off_while_it_streams(make_service: Any) -> None:
    service, given = make_service(body_bytes=1000), []

    async def endless() -> Any:
        given.append(1)
        return {"type": "http.request", "body": b" " * 300, "more_body": True}

    sent = raw(service, [authorized(service)], receive=endless)
    assert sent[0]["status"] == 413
    assert len(given) == 4


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"9" * 30, b"abc"])
def test_a_length_that_is_no_number_is_refused(service: Any, length: bytes) -> None:
    assert raw(service, [authorized(service), (b"content-length", length)])[0]["status"] == 400


def test_an_announced_size_is_refused_before_anything_is_read(make_service: Any) -> None:
    service = make_service(body_bytes=1000)

    async def receive() -> Any:
        raise AssertionError("the body was asked for")

    assert raw(service, [authorized(service), (b"content-length", b"1001")], receive)[0]["status"] == 413


def test_a_body_in_pieces_is_put_together(service: Any) -> None:
    pieces = [b'{"custom', b"", b'ers": []}']

    async def receive() -> Any:
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    assert raw(service, [authorized(service)], receive)[0]["status"] == 200
    assert service.asked == [b'{"customers": []}']


def test_a_body_that_does_not_come_is_refused_in_time(make_service: Any) -> None:
    service = make_service(body_seconds=0.05)

    async def receive() -> Any:
        await asyncio.sleep(30)

    sent = raw(service, [authorized(service)], receive)
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    assert service.access.places.taken == 0


def test_who_goes_away_gets_nothing_and_leaves_nothing(service: Any) -> None:
    async def receive() -> Any:
        return {"type": "http.disconnect"}

    assert raw(service, [authorized(service)], receive) == []
    assert service.lines[-1]["status"] == 499
    assert service.access.places.taken == 0


def test_a_get_takes_no_body(service: Any) -> None:
    assert service.get("/score", "score").status_code == 200
    response = service.asking(
        lambda http: http.request(
            "GET", "/score", content=b"{}", headers={"Authorization": f"Bearer {service.tokens['score']}"}
        )
    )
    assert (response.status_code, error_of(response)["code"]) == (400, "unexpected_body")


@pytest.mark.parametrize(
    ("given_id", "kept"),
    [
        ("call-0001", True),
        ("a" * 64, True),
        ("a" * 65, False),
        ("short", False),
        ("two words", False),
        ("x<script>", False),
    ],
)
def test_a_correlation_id_is_kept_when_it_is_well_formed(service: Any, given_id: str, kept: bool) -> None:
    for response in (service.post(X_Request_Id=given_id), service.post(token=None, X_Request_Id=given_id)):
        assert (response.headers["x-request-id"] == given_id) == kept


def test_a_crash_tells_nothing_of_the_inside(service: Any) -> None:
    response = service.post("/score/crash", b'{"customers": ["zhangsan-C000042"]}')
    assert (response.status_code, error_of(response)["code"]) == (500, "internal_error")
    assert "zhangsan" not in response.text
    assert "KeyError" not in response.text
    crashes = [line for line in service.lines if line["event"] == "crashed"]
    assert len(crashes) == 1
    assert [cause["type"] for cause in crashes[0]["error"]] == ["KeyError", "ValueError"]
    assert crashes[0]["error"][0]["at"][0].startswith("tests/serving/access/conftest.py:")
    assert service.access.places.taken == 0


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [("/score/schema", 422, "invalid_records"), ("/score/refuse", 409, "already_told"), ("/score/none", 404, "not_found"),
     ("/score/bad", 404, "unknown_customer")],
)  # fmt: skip
def test_errors_from_further_in_have_the_one_shape(service: Any, path: str, status: int, code: str) -> None:
    response = service.post(path)
    assert (response.status_code, error_of(response)["code"]) == (status, code)


def test_a_method_that_a_route_does_not_take_is_said_with_those_it_does(service: Any) -> None:
    response = service.asking(
        lambda http: http.put("/score", content=b"{}", headers={"Authorization": f"Bearer {service.tokens['score']}"})
    )
    assert (response.status_code, error_of(response)["code"]) == (405, "method_not_allowed")
    assert "POST" in response.headers["allow"]


def test_too_many_requests_are_told_when_to_come_back(make_service: Any) -> None:
    from serving.access.settings import Rate

    service = make_service(by_token=Rate(0.5, 2))
    assert [service.post().status_code for _ in range(3)] == [200, 200, 429]
    response = service.post()
    assert (error_of(response)["code"], response.headers["retry-after"]) == ("rate_limit", "2")
    assert service.post("/outcomes", token="outcomes").status_code == 200
    service.clock.at += 2
    assert service.post().status_code == 200


def test_who_is_refused_at_the_door_spends_nobodys_share(make_service: Any) -> None:
    from serving.access.settings import Rate

    service = make_service(overall=Rate(1.0, 2))
    for _ in range(20):
        assert service.post(token="dw_0123456789ab_" + "a" * 43).status_code == 401
    assert service.post().status_code == 200
    assert len(service.access.rates.by_token) == 1


def headers_of(service: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {service.tokens['score']}"}


def test_an_answer_that_takes_too_long_is_given_up_and_its_place_freed(make_service: Any) -> None:
    service = make_service(answer_seconds=0.05)
    response = service.post("/score/slow")
    assert (response.status_code, error_of(response)["code"]) == (504, "timeout")
    assert service.access.places.taken == 0


def test_work_that_goes_on_after_its_time_keeps_its_place_until_it_ends(make_service: Any) -> None:
    service = make_service(answer_seconds=0.05, concurrent=1)

    async def block(scope: Any, receive: Any, send: Any) -> None:
        work = asyncio.ensure_future(asyncio.sleep(0.3))
        while not work.done():
            try:
                await asyncio.shield(work)
            except asyncio.CancelledError:
                continue  # as a thread, which hears of no cancelling

    service.gate.app = block

    async def talk(http: httpx.AsyncClient) -> list[int]:
        statuses = [
            (await http.post("/score", content=b"{}", headers=headers_of(service))).status_code for _ in range(2)
        ]
        await asyncio.sleep(0.35)
        return [*statuses, service.access.places.taken]

    assert service.asking(talk) == [504, 429, 0]


def test_no_more_are_worked_on_at_once_than_there_are_places(make_service: Any) -> None:
    service = make_service(concurrent=2)

    async def talk(http: httpx.AsyncClient) -> list[int]:
        asked = [http.post("/score/blocking", content=b"{}", headers=headers_of(service)) for _ in range(5)]
        return sorted(response.status_code for response in await asyncio.gather(*asked))

    assert service.asking(talk) == [200, 200, 429, 429, 429]
    assert service.access.places.taken == 0


LOCAL = ("127.0.0.1", 5000)


@pytest.mark.parametrize(
    ("client", "url", "status"),
    [
        (LOCAL, "http://127.0.0.1/score", 200),
        (LOCAL, "http://localhost:3000/score", 200),
        (("10.0.0.7", 5000), "http://127.0.0.1/score", 403),
        (LOCAL, "http://evil.example/score", 403),
        (None, "http://127.0.0.1/score", 403),
    ],
    ids=["this machine", "by name", "another machine", "a name made to point here", "nobody knows"],
)
def test_without_tokens_this_machine_alone_is_answered(make_service: Any, client: Any, url: str, status: int) -> None:
    service = make_service(tokens=False)
    host = httpx.URL(url).netloc
    headers = [(b"host", host), (b"content-type", b"application/json")]
    assert raw(service, headers, client=client)[0]["status"] == status
    assert len(service.asked) == (status == 200)


def test_without_tokens_nothing_is_answered_on_an_outer_address(make_service: Any) -> None:
    service = make_service(tokens=False)
    sent = raw(service, [(b"host", b"127.0.0.1")], server=("10.0.0.1", 3000))
    assert sent[0]["status"] == 403


def test_tokens_made_while_the_service_runs_are_taken_at_once(service: Any) -> None:
    presented, kept = new_token("late", ("score",), service.clock.now(), service.clock.now() + timedelta(days=1))
    assert service.post(token=presented).status_code == 401
    write_token_file(service.path, TokenFile(tokens=(kept,)))
    assert service.post(token=presented).status_code == 200
    assert service.post().status_code == 401


def test_probes_and_metrics_ask_for_no_token_and_take_no_posts(service: Any) -> None:
    assert service.get("/livez").json() == {"status": "alive"}
    assert service.get("/readyz").status_code == 200
    assert service.get("/metrics").status_code == 200
    assert service.post("/livez", token=None).status_code == 405


def test_metrics_can_be_off(service: Any) -> None:
    from dataclasses import replace

    service.access.settings = replace(service.access.settings, metrics=False)
    assert error_of(service.get("/metrics"))["code"] == "not_found"


def test_a_websocket_is_closed(service: Any) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    asyncio.run(service.gate({"type": "websocket", "path": "/score", "headers": []}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_a_lifespan_reaches_the_service(service: Any) -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    service.gate.app = app
    asyncio.run(service.gate({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"]


def test_an_answer_that_breaks_off_is_not_followed_by_another(service: Any) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise OSError("gone")

    service.gate.app = broken
    sent = raw(service, [authorized(service)])
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert service.lines[-1]["event"] == "crashed"


METHODS = st.sampled_from(["POST", "PUT", "PATCH", "GET", "DELETE", "BREW"])
HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "content-encoding", "x-request-id", "content-length", "accept", "expect"]),
    st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=20).map(lambda t: t.encode("latin-1"))
    | st.sampled_from([b"application/json", b"identity", b"gzip", b"5", b"call-0001"]),
    max_size=4,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=METHODS, headers=HEADERS, content=st.binary(max_size=40) | st.just(b'{"customers":[]}'), token=st.booleans()
)
def test_any_request_is_answered_and_never_with_a_fault_of_ours(
    service: Any, method: str, headers: dict[str, bytes], content: bytes, token: bool
) -> None:
    async def receive() -> Any:
        return {"type": "http.request", "body": content, "more_body": False}

    service.clock.at += 1
    before = len(service.asked)
    pairs = [(name.encode(), value) for name, value in headers.items()] + ([authorized(service)] if token else [])
    sent = raw(service, pairs, receive, method=method)
    assert sent[0]["status"] < 500
    assert token or (sent[0]["status"] == 401 and len(service.asked) == before)
    assert service.access.places.taken == 0
    if sent[0]["status"] >= 400:
        assert json.loads(sent[1]["body"])["error"]["correlation_id"]
