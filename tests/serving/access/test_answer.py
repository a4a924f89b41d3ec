from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from serving.access.answer import Answer
from serving.access.exchange import Exchange

FAULTS = [{"loc": ["customers"], "msg": "Field required"}]


def told(status: int, *parts: bytes) -> tuple[int, dict[str, Any]]:
    """Return status and error of an answer made further in."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def run() -> None:
        answer = Answer(send, Exchange("call-0001"))
        await answer.send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"9")]})
        for k, part in enumerate(parts):
            await answer.send({"type": "http.response.body", "body": part, "more_body": k + 1 < len(parts)})
        await answer.finish()

    asyncio.run(run())
    assert dict(sent[0]["headers"])[b"content-length"] == str(len(sent[1]["body"])).encode()
    return sent[0]["status"], json.loads(sent[1]["body"])["error"]


@pytest.mark.parametrize(
    ("status", "content", "code", "message", "details"),
    [
        (400, {"error": "1 fault", "detail": FAULTS}, "invalid_request", "1 fault", {"faults": FAULTS}),
        (424, [{"error": "`duewise train` makes one."}], "no_model", "`duewise train` makes one.", None),
        (
            422,
            {"error": {"code": "no_loan", "message": "Which?", "details": {"row": 3}}},
            "no_loan",
            "Which?",
            {"row": 3},
        ),
        (409, {"error": {"message": "Again?"}}, "conflict", "Again?", None),
        (404, "nothing", "not_found", "There is nothing here.", None),
        (418, [], "invalid_request", "The request cannot be read.", None),
        (500, {"error": "KeyError: zhangsan"}, "internal_error", "Something went wrong here", None),
        (
            503,
            {"error": {"code": "x", "message": "zhangsan"}, "detail": FAULTS},
            "not_ready",
            "The service is not",
            None,
        ),
    ],
)
def test_an_error_made_further_in_gets_the_one_shape(
    status: int, content: Any, code: str, message: str, details: Any
) -> None:
    whole = json.dumps(content).encode()
    for parts in ((whole,), (whole[:5], whole[5:]), (whole, b"")):
        found, error = told(status, *parts)
        assert (found, error["code"], error.get("details")) == (status, code, details)
        assert error["message"].startswith(message)


def test_an_error_that_is_no_json_or_endless_is_told_by_its_status() -> None:
    assert told(404, b"Not Found")[1]["message"] == "There is nothing here."
    assert told(400, *[b"x" * 50_000] * 5)[1]["code"] == "invalid_request"
