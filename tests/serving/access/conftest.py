"""A tiny service behind the gate, and a client that asks it without a network."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from features.errors import SchemaError
from serving.access import (
    Access,
    Finding,
    Gate,
    Labels,
    Metrics,
    Refusal,
    ServiceSettings,
    current,
    read_service_settings,
)
from serving.access.keyring import Keyring
from serving.access.log import configured
from serving.access.token_file import TokenFile, write_token_file
from serving.access.tokens import Scope, StoredToken, new_token

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LABELS = Labels(("low", "high"), ("none", "sms_gentle"), ("cn-hours",))
SECRET_TEXTS = ("zhangsan-C000042", "6222021234567890123", "失业了，晚点还")
"""A customer id, an account number and a reply: what no log may hold."""


@dataclass
class Clock:
    """Time that moves when told."""

    at: float = 1000.0

    def __call__(self) -> float:
        return self.at

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.at - 1000.0)


@dataclass
class Service:
    """The gate before a tiny service; ``asked`` counts how often a model was reached."""

    clock: Clock
    access: Access
    log: io.StringIO
    path: Path
    tokens: dict[str, str]
    asked: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate = Gate(self.starlette(), lambda: self.access, {"/score": "score", "/outcomes": "outcomes"})

    def starlette(self) -> Starlette:
        routes = [
            Route(path, handler, methods=["GET", "POST"])
            for path, handler in {
                "/score": self.score, "/outcomes": self.score, "/past": self.score, "/score/crash": self.crash,
                "/score/schema": self.schema, "/score/refuse": self.refuse, "/score/slow": self.slow,
                "/score/blocking": self.blocking, "/score/bad": self.bad, "/metrics": self.score,
            }.items()
        ]  # fmt: skip
        return Starlette(routes=routes)

    async def score(self, request: Request) -> Response:
        content = await request.body()
        self.asked.append(content)
        exchange = current()
        exchange.decided, exchange.refused = 1, 0
        return JSONResponse({"got": len(content)})

    async def crash(self, request: Request) -> Response:
        customer = json.loads(await request.body())["customers"]
        raise KeyError(f"cannot decide for {customer}") from ValueError(str(customer))

    async def schema(self, request: Request) -> Response:
        raise SchemaError(f"customers.birth_date: got {SECRET_TEXTS[0]}; expected a date.")

    async def refuse(self, request: Request) -> Response:
        raise Refusal(409, "already_told", f"{SECRET_TEXTS[0]} was told before.")

    async def slow(self, request: Request) -> Response:
        await asyncio.sleep(30)
        return Response()

    async def blocking(self, request: Request) -> Response:
        await asyncio.to_thread(time.sleep, 0.2)
        return Response()

    async def bad(self, request: Request) -> Response:
        return JSONResponse({"error": {"code": "unknown_customer", "message": "Who?"}}, 404)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def counted(self, name: str, **labels: str) -> float:
        value = self.access.metrics.registry.get_sample_value(name, labels)
        return 0.0 if value is None else value

    def asking(
        self, talk: Callable[[httpx.AsyncClient], Awaitable[Any]], client: tuple[str, int] = ("127.0.0.1", 5000)
    ) -> Any:
        """Return what comes of a talk with the service."""

        async def run() -> Any:
            transport = httpx.ASGITransport(self.gate, client=client)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
                return await talk(http)

        return asyncio.run(run())

    def post(
        self, path: str = "/score", content: bytes = b'{"customers":[]}', token: str | None = "score", **headers: str
    ) -> httpx.Response:
        sent = {"Content-Type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
        if token is not None:
            sent["Authorization"] = f"Bearer {self.tokens.get(token, token)}"
        return self.asking(lambda http: http.post(path, content=content, headers=sent))

    def get(self, path: str, token: str | None = None) -> httpx.Response:
        sent = {} if token is None else {"Authorization": f"Bearer {self.tokens[token]}"}
        return self.asking(lambda http: http.get(path, headers=sent))

    def kept(self, token: str) -> StoredToken:
        assert self.access.keyring is not None
        return self.access.keyring.tokens[self.tokens[token].split("_")[1]]


type MakeService = Callable[..., Service]


def changed(settings: ServiceSettings, **limits: Any) -> ServiceSettings:
    return replace(settings, limits=replace(settings.limits, **limits))


@pytest.fixture
def make_service(tmp_path: Path) -> MakeService:
    """Return a function that makes a service with other limits; ``tokens`` False: without tokens."""

    def make(tokens: bool = True, **limits: Any) -> Service:
        clock, log, path = Clock(), io.StringIO(), tmp_path / "tokens.json"
        settings = changed(read_service_settings(), **limits)
        metrics = Metrics(LABELS, CollectorRegistry())
        secrets: dict[str, str] = {}
        keyring = None
        if tokens:
            scopes: tuple[Scope, ...] = ("score", "outcomes", "review")
            made = {scope: new_token(scope, (scope,), NOW, NOW + timedelta(days=30)) for scope in scopes}
            secrets = {name: presented for name, (presented, _) in made.items()}
            write_token_file(path, TokenFile(tokens=tuple(kept for _, kept in made.values())))
            keyring = Keyring(path, clock.now, metrics.token_reload_failed)
        access = Access(settings, metrics, keyring, now=clock.now, clock=clock, logger=configured("debug", log))
        access.health.add("model", lambda: Finding(True, "7"))
        return Service(clock, access, log, path, secrets)

    return make


@pytest.fixture
def service(make_service: MakeService) -> Service:
    return make_service()
