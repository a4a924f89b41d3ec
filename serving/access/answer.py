"""The way out: every answer carries the correlation id, and every error has the one shape, whoever made it."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.types import Message, Send

from serving.access.exchange import Exchange
from serving.access.refusal import Refusal, error_body, refusal_by_status

_KEPT = frozenset({b"allow", b"retry-after", b"www-authenticate"})
"""Headers of an error made elsewhere that stay."""

_CLOSING = frozenset({401, 408, 413})
"""After these the rest of the body is not waited for."""

_MOST = 65_536
"""Bytes of an error made elsewhere that are looked at."""


class Answer:
    """Sends an answer; an error from further in is held back until it is whole, and then told in our shape."""

    def __init__(self, send: Send, exchange: Exchange) -> None:
        self._send, self.exchange = send, exchange
        self.started = False
        self._error: Message | None = None
        self._content = b""
        self._closed = False

    async def send(self, message: Message) -> None:
        """Pass on what the service sends."""
        if self._closed:
            return
        if message["type"] == "http.response.start":
            await self._start(message)
        elif self._error is None:
            self.exchange.bytes_out += len(message.get("body", b""))
            await self._send(message)
        else:
            await self._error_part(message)

    async def refuse(self, refusal: Refusal) -> None:
        """Answer with a refusal, if nothing was answered yet; what comes from further in is dropped from now on."""
        self.exchange.code = refusal.code
        self._closed = True
        if not self.started:
            headers = [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
            if refusal.status in _CLOSING:
                headers.append((b"connection", b"close"))
            await self._whole(refusal.status, error_body(refusal, self.exchange.correlation_id), headers)

    async def finish(self) -> None:
        """Send a fault of ours that was held back: what raised it has not come this far, so nothing better is known."""
        if self._error is not None and not self.started:
            await self.refuse(_made_elsewhere(self._error["status"], self._content))

    async def json(self, status: int, content: Any) -> None:
        """Answer with JSON of our own."""
        await self._whole(status, msgspec.json.encode(content), [])

    async def _start(self, message: Message) -> None:
        if message["status"] >= 400:
            self._error = message
            return
        self.started = True
        self.exchange.status = message["status"]
        headers = [pair for pair in message.get("headers", ()) if pair[0].lower() != b"x-request-id"]
        if not any(name.lower() == b"cache-control" for name, _ in headers):
            headers.append((b"cache-control", b"no-store"))
        await self._send({**message, "headers": [*headers, self._id_header()]})

    async def _error_part(self, message: Message) -> None:
        self._content += message.get("body", b"")[: _MOST - len(self._content)]
        if message.get("more_body", False) or self._error is None or self._error["status"] >= 500:
            return
        refusal = _made_elsewhere(self._error["status"], self._content)
        kept = [pair for pair in self._error.get("headers", ()) if pair[0].lower() in _KEPT]
        self.exchange.code = refusal.code
        self._closed = True
        await self._whole(refusal.status, error_body(refusal, self.exchange.correlation_id), kept)

    async def _whole(self, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self.started, self._closed = True, True
        self.exchange.status, self.exchange.bytes_out = status, len(body)
        about = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            self._id_header(),
        ]
        await self._send({"type": "http.response.start", "status": status, "headers": [*about, *headers]})
        await self._send({"type": "http.response.body", "body": body})

    def _id_header(self) -> tuple[bytes, bytes]:
        return b"x-request-id", self.exchange.correlation_id.encode()


def _made_elsewhere(status: int, content: bytes) -> Refusal:
    """Return what an error made further in says: its own code and sentence where it has them.

    BentoML writes ``[{"error": sentence}]``, and ``{"error": sentence, "detail": faults}`` of what pydantic refuses.
    """
    told = _read(content)
    error = told.get("error")
    if status >= 500 or not isinstance(error, dict):
        refusal = refusal_by_status(status, error if isinstance(error, str) else None)
        faults = told.get("detail")
        refusal.details = {"faults": faults} if status < 500 and isinstance(faults, list) else None
        return refusal
    refusal, code, details = (
        refusal_by_status(status, str(error.get("message", ""))),
        error.get("code"),
        error.get("details"),
    )
    code = code if isinstance(code, str) else refusal.code
    return Refusal(status, code, refusal.message, details=details if isinstance(details, dict) else None)


def _read(content: bytes) -> dict[str, Any]:
    try:
        told = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return {}
    if isinstance(told, list) and len(told) == 1:
        told = told[0]
    return told if isinstance(told, dict) else {}
