"""The gate: the ASGI middleware that stands before every route.

In order: who asks (token and scope), how often, how many at once, the body off the wire and checked, and only then
the service, within its time. Nothing of a body is built before it passed, and nobody unknown has a body read.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from types import MappingProxyType

import anyio.to_thread
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.access.access import OPEN, Access, require_loopback
from serving.access.answer import Answer
from serving.access.body import checked, checked_aside, received, require_json
from serving.access.exchange import Exchange, correlation_id_of, enter, method_of
from serving.access.refusal import Refusal, refusal_of
from serving.access.tokens import Scope as TokenScope

ROUTES: Mapping[str, TokenScope] = MappingProxyType(
    {
        "/score": "score",
        "/plan": "score",
        "/outcomes": "outcomes",
        "/events": "outcomes",
        "/person": "outcomes",
        "/about": "review",
        "/console": "review",
    }
)
"""What a token needs for a route and what lies below it; all other paths are for reviewers."""

_PROBES = ("/livez", "/healthz", "/readyz")
_METRICS = "/metrics"
_SINGLE = frozenset({b"authorization", b"content-type", b"content-encoding", b"content-length", b"host"})
_READING = frozenset({"GET", "HEAD"})
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})


class Gate:
    """ASGI middleware.

    Parameters
    ----------
    app
        The service.
    access
        Gives what the gate needs; asked when the gate is made, not when a module is imported.
    routes
        Scope by route.
    pages
        Paths of files that hold nothing of the bank: anybody may read them.
    """

    def __init__(
        self,
        app: ASGIApp,
        access: Callable[[], Access] = Access.opened,
        routes: Mapping[str, TokenScope] = ROUTES,
        pages: Collection[str] = (),
    ) -> None:
        self.app, self.access, self.routes, self.pages = app, access(), routes, frozenset(pages)
        self._unfinished: set[asyncio.Task[None]] = set()
        checked(b"{}", self.access.settings.limits)  # compiles what checks bodies, before anybody waits for it

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or say why not."""
        if scope["type"] != "http":
            await self._not_http(scope, receive, send)
            return
        headers = dict(scope["headers"])
        exchange = Exchange(correlation_id_of(headers), self._route(scope["path"]), method_of(scope["method"]))
        enter(exchange)
        answer = Answer(send, exchange)
        try:
            _require_single(scope)
            await self._answered(scope, headers, receive, answer)
            await answer.finish()
        except Exception as error:
            refusal = refusal_of(error)
            if refusal.status >= 500 and not isinstance(error, Refusal):
                exchange.crash = error
            await answer.refuse(refusal)
        finally:
            self._note(exchange)

    async def _answered(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, answer: Answer) -> None:
        path, exchange = scope["path"], answer.exchange
        if path in _PROBES or path == _METRICS:
            await self._probed(scope, receive, answer)
            return
        if path in self.pages and scope["method"] in _READING:
            await self.app(scope, _replayed(b"", receive), answer.send)
            return
        exchange.token = self._who(scope, headers)
        self.access.rates.take(exchange.token)
        self.access.places.take()
        working: asyncio.Task[None] | None = None
        try:
            content = await self._body(scope, headers, receive, exchange)
            if content is not None:
                working = asyncio.create_task(self.app(scope, _replayed(content, receive), answer.send))  # type: ignore[arg-type]
        finally:
            if working is None:
                self.access.places.give_back()
        if working is not None:
            await self._awaited(working, answer)

    async def _body(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, exchange: Exchange
    ) -> bytes | None:
        """Return the body once it passed; None when who asked went away."""
        limits = self.access.settings.limits
        bare = scope["method"] in _WITHOUT_BODY
        if not bare:
            require_json(headers)
        content = await received(receive, headers, limits)
        if content is None:
            return None
        exchange.bytes_in = len(content)
        if bare:
            if content:
                raise Refusal(400, "unexpected_body", f"{exchange.method} takes no body.")
            return content
        body = await checked_aside(content, limits)
        exchange.customers = body.customers
        return content

    async def _awaited(self, working: asyncio.Task[None], answer: Answer) -> None:
        """Wait for the service within its time; its place is free again only when its work has really ended."""
        self._unfinished.add(working)
        working.add_done_callback(self._finished)
        seconds = self.access.settings.limits.answer_seconds
        try:
            done, _ = await asyncio.wait({working}, timeout=seconds)
        except asyncio.CancelledError:
            working.cancel()
            raise
        if not done:
            working.cancel()
            raise Refusal(504, "timeout", f"The answer took longer than {seconds:g} seconds.")
        working.result()

    def _finished(self, working: asyncio.Task[None]) -> None:
        self._unfinished.discard(working)
        self.access.places.give_back()
        with suppress(asyncio.CancelledError):
            working.exception()

    def _who(self, scope: Scope, headers: Mapping[bytes, bytes]) -> str:
        """Return the public part of the token that asks; Refusal 401 or 403."""
        keyring = self.access.keyring
        if keyring is None:
            client, server = scope.get("client"), scope.get("server")
            require_loopback(client and client[0], server and server[0], headers.get(b"host", b""))
            return OPEN
        return keyring.admitted(headers.get(b"authorization"), self._scope(scope["path"])).id

    def _scope(self, path: str) -> TokenScope:
        return self.routes.get(self._route(path), "review")

    def _route(self, path: str) -> str:
        """Return the route that a path is or lies below, "other" when there is none."""
        if path in self.routes or path in _PROBES or path == _METRICS:
            return path
        return next((route for route in self.routes if path.startswith(f"{route}/")), "other")

    async def _probed(self, scope: Scope, receive: Receive, answer: Answer) -> None:
        if scope["method"] not in _READING:
            raise Refusal(405, "method_not_allowed", "Expected GET.", {"Allow": "GET, HEAD"})
        if scope["path"] == "/readyz":
            await answer.json(*await anyio.to_thread.run_sync(self.access.health.readyz))
        elif scope["path"] != _METRICS:
            await answer.json(*self.access.health.livez())
        elif self.access.settings.metrics:
            await self.app(scope, receive, answer.send)
        else:
            raise Refusal(404, "not_found", "Metrics are off.")

    def _note(self, exchange: Exchange) -> None:
        """Count and log an exchange; where nothing was answered who asked had gone away, which is 499 by custom."""
        exchange.status = exchange.status or 499
        probe = exchange.route in _PROBES or exchange.route == _METRICS
        if not probe:
            self.access.metrics.observe_stage("whole", exchange.seconds)
        if exchange.code is not None:
            self.access.metrics.refused(exchange.code)
        level = logging.ERROR if exchange.crash is not None else logging.DEBUG if probe else logging.INFO
        event = "crashed" if exchange.crash is not None else "answered"
        self.access.logger.log(level, event, exc_info=exchange.crash, extra={"exchange": exchange})

    async def _not_http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})


def _require_single(scope: Scope) -> None:
    """Refuse a header given twice of which two readers could each believe another."""
    names = [name for name, _ in scope["headers"] if name in _SINGLE]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1).decode()
        raise Refusal(400, "repeated_header", f"{twice} is given twice; expected once.")


def _replayed(content: bytes, receive: Receive) -> Receive:
    """Return a receiver that gives the body once and then what comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": content, "more_body": False}]

    async def give() -> Message:
        return waiting.pop() if waiting else await receive()

    return give
