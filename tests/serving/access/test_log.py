from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest

from serving.access.exchange import Exchange, current
from serving.access.log import FIELDS, configured, told

PERSONAL = ("zhangsan-C000042", "6222021234567890123", "失业了，晚点还")


@pytest.fixture
def personal() -> bytes:
    name, account, reply = PERSONAL
    records = {"loans": [{"account_masked": account}], "reminders": [{"reply_text": reply}]}
    return json.dumps({"customers": [{"customer_id": name, "records": records}]}, ensure_ascii=False).encode()


def twice(body: bytes) -> bytes:
    return body[:-1] + b',"zhangsan-C000042": 1,"zhangsan-C000042": 2}'


@pytest.mark.parametrize(
    ("path", "damage", "status"),
    [
        ("/score", bytes, 200),
        ("/score/crash", bytes, 500),
        ("/score/schema", bytes, 422),
        ("/score/refuse", bytes, 409),
        ("/score/bad", bytes, 404),
        ("/score/zhangsan-C000042", bytes, 404),
        ("/score?customer=zhangsan-C000042", bytes, 200),
        ("/score", twice, 400),
        ("/score", lambda body: body[:-1], 400),
        ("/score", lambda body: body + b"zhangsan-C000042", 400),
    ],
    ids=["success", "crash", "schema", "refusal", "error answer", "path", "query", "key twice", "cut", "trailing"],
)
def test_nothing_of_a_customer_is_logged(service: Any, personal: bytes, path: str, damage: Any, status: int) -> None:
    response = service.post(path, damage(personal))
    assert response.status_code == status
    logged = service.log.getvalue()
    assert len(service.lines) == 1
    for text in (*PERSONAL, "zhangsan", json.dumps(PERSONAL[2])[1:-1], service.tokens["score"][16:]):
        assert text not in logged


def test_a_path_or_method_that_somebody_made_up_is_not_logged(service: Any) -> None:
    service.post("/customers/zhangsan-C000042", token="review")
    service.asking(lambda http: http.request("ZHANGSAN", "/score"))
    assert [(line["route"], line["method"]) for line in service.lines] == [("other", "POST"), ("/score", "other")]


def test_a_request_is_one_line_with_the_fields_that_were_promised(service: Any) -> None:
    service.post(content=b'{"customers":[{},{}]}', X_Request_Id="call-0001")
    (line,) = service.lines
    assert set(line) == {"time", "level", "event", *FIELDS} - {"code"}
    assert line["correlation_id"] == "call-0001"
    assert (line["route"], line["method"], line["status"], line["level"]) == ("/score", "POST", 200, "info")
    assert (line["customers"], line["decided"], line["refused"]) == (2, 1, 0)
    assert (line["bytes_in"], line["bytes_out"]) == (21, 10)
    assert line["token"] == service.tokens["score"].split("_")[1]
    assert 0 < line["ms"] < 10_000


def test_a_refused_request_is_one_line_with_its_code(service: Any) -> None:
    service.post(token=None)
    (line,) = service.lines
    assert (line["status"], line["code"]) == (401, "missing_token")
    assert "token" not in line


def test_a_probe_is_a_line_for_debugging_only(service: Any) -> None:
    service.get("/livez")
    assert service.lines[0]["level"] == "debug"
    service.access.logger.setLevel("INFO")
    service.get("/livez")
    assert len(service.lines) == 1


def test_arguments_and_texts_of_exceptions_are_left_out_of_any_line() -> None:
    stream = io.StringIO()
    logger = configured("info", stream)
    try:
        raise ValueError(PERSONAL[0]) from KeyError(PERSONAL[1])
    except ValueError:
        logger.exception("cannot decide for %s", PERSONAL[0], extra={"customer_id": PERSONAL[0]})
    logger.error(ValueError(PERSONAL[0]))
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first["event"] == "cannot decide for %s"
    assert [cause["type"] for cause in first["error"]] == ["ValueError", "KeyError"]
    assert second["event"] == "ValueError"
    assert not any(text in stream.getvalue() for text in PERSONAL)


def test_lines_go_to_the_one_stream_however_often_it_is_configured(capsys: pytest.CaptureFixture[str]) -> None:
    one, other = io.StringIO(), io.StringIO()
    configured("info", one)
    configured("warning", other).warning("here")
    logging.getLogger("duewise").info("not this")
    assert (one.getvalue(), len(other.getvalue().splitlines())) == ("", 1)
    assert capsys.readouterr().err == ""


def test_a_cause_that_causes_itself_comes_to_an_end() -> None:
    error = ValueError("a")
    error.__cause__ = error
    assert len(told(error)) == 5


def test_outside_a_request_there_is_an_exchange_that_nobody_reads() -> None:
    current().decided = 5
    assert current().decided is None
    assert Exchange("x").route == "other"
