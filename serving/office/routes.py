"""The routes of the service, each a thin shell: read the body, ask the office, write the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import pandas as pd
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from features.version import VERSION as DUEWISE
from serving.access import Refusal
from serving.contract import VERSION
from serving.contract.posted import (
    About,
    EventsRequest,
    OutcomesRequest,
    PersonRequest,
    PlanRequest,
    PlanResponse,
    PlanStep,
)
from serving.contract.replayed import ReplayRequest, ReplayResponse
from serving.office.office import Office
from serving.office.postbox import reading
from serving.office.posting import events, outcomes, person
from serving.office.scoring import score
from serving.programme.outlook import coming_weeks
from serving.replay import answered

type Given = Callable[[], Office]
"""Gives the office of the running service."""

type Endpoint = Callable[[Request], Awaitable[Response]]
type Endpoints = Mapping[str, tuple[str, Endpoint]]
"""The method and the endpoint of each path."""


class Routes:
    """ASGI middleware: answers the paths of ``endpoints`` itself, and hands all others on.

    A router, with its own ways of catching errors, takes longer than the gate, which has caught them already.

    Parameters
    ----------
    app
        What answers the other paths.
    endpoints
        The method and the endpoint of each path.
    """

    def __init__(self, app: ASGIApp, endpoints: Endpoints) -> None:
        self.app, self.endpoints = app, endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        found = self.endpoints.get(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            await self.app(scope, receive, send)
            return
        method, endpoint = found
        if scope["method"] != method:
            raise Refusal(405, "method_not_allowed", f"Expected {method}.", {"Allow": method})
        response = await endpoint(Request(scope, receive))
        await response(scope, receive, send)


def endpoints(office: Given) -> dict[str, tuple[str, Endpoint]]:
    """Return what answers each path of the office; ``office`` is asked at every request."""
    return {
        "/score": ("POST", _asynchronous(office, score)),
        "/plan": ("POST", told(office, PlanRequest, plan)),
        "/outcomes": ("POST", told(office, OutcomesRequest, outcomes)),
        "/events": ("POST", told(office, EventsRequest, events)),
        "/person": ("POST", told(office, PersonRequest, person)),
        "/replay": ("POST", told(office, ReplayRequest, replay)),
        "/about": ("GET", _asynchronous(office, _about)),
    }


def plan(office: Office, asked: PlanRequest) -> PlanResponse:
    """Return a customer's coming weeks; SchemaError when nobody knows the customer."""
    desk, kept, name = office.ready(), office.shelf.kept, asked.customer_id
    if kept is None or name not in kept:
        raise Refusal(404, "unknown_customer", f"{name} is not in the snapshot.")
    as_of = pd.Timestamp(asked.as_of or datetime.now(UTC))
    steps = coming_weeks(desk, kept.book([name]), as_of, name, asked.weeks)
    return PlanResponse(name, [PlanStep(step.at.to_pydatetime(warn=False), step.decision) for step in steps])


def replay(office: Office, asked: ReplayRequest) -> ReplayResponse:
    """Return a past decision made again; whether there is a champion now does not matter."""
    office.postbox.require_open()
    if office.replays is None:
        raise Refusal(503, "journal_unavailable", "The journal was not opened yet.")
    with reading():
        return answered(office.replays, asked)


def about(office: Office) -> About:
    """Return what is in service, by version."""
    with reading():
        head = str(office.postbox.journal.head())
    desk, kept = office.desk, office.shelf.kept
    versions = {} if desk is None else msgspec.structs.asdict(desk.voice.versions)
    named = ("model", "policy", "rules", "reasons", "messages", "plans", "explanations", "prices")
    return About(
        duewise=DUEWISE,
        contract=VERSION,
        snapshot=None if kept is None else kept.snapshot.version,
        snapshot_as_of=office.shelf.taken_at,
        events=0 if kept is None else len(kept.events),
        journal_head=head,
        **{name: versions.get(name) for name in named},
    )


async def _about(office: Office, _: Request) -> Response:
    return _in_json(await run_in_threadpool(about, office))


def _asynchronous(office: Given, answer: Callable[[Office, Request], Awaitable[Response]]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return await answer(office(), request)

    return endpoint


def told[Held, Asked](held: Callable[[], Held], kind: type[Asked], answer: Callable[[Held, Asked], Any]) -> Endpoint:
    """Return an endpoint that reads a body of a kind and has a thread answer it by what ``held`` gives."""
    decoder = msgspec.json.Decoder(kind)

    async def endpoint(request: Request) -> Response:
        try:
            asked = decoder.decode(await request.body())
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Refusal(400, "invalid_request", str(error)) from error
        return _in_json(await run_in_threadpool(answer, held(), asked))

    return endpoint


def _in_json(content: Any) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
