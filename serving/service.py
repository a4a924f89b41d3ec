"""The scoring service on BentoML: parse, decide, answer; errors become statuses here and nowhere else.

``POST /score`` takes the contract's ScoreRequest. Without a model the service runs, says that it is not
ready, and answers 424 with the command that makes one. The route is mounted beside BentoML's own, whose way of
reading and writing JSON takes longer than a decision.
"""

from __future__ import annotations

import gc
import os
from http import HTTPStatus
from typing import Any

import bentoml
import msgspec
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from features.book import Book
from features.errors import DuewiseError
from serving.allocation.prices import read_prices
from serving.contract import ScoreRequest, read_request
from serving.contract.openapi import score_path, score_schemas
from serving.desk import Desk
from serving.launch import PRICES, SNAPSHOT, WORKERS
from serving.policy_settings import read_policy
from serving.registry import load_models

_FEW = 8
"""How many customers are decided for on the event loop: handing them to a thread would take longer."""

_ENCODER = msgspec.json.Encoder()


def open_desk() -> Desk:
    """Load the champion models, and the snapshot and the prices named in the environment.

    Raises
    ------
    DuewiseError
        When there is no champion, or the snapshot or the prices cannot be read.
    """
    folder, file = os.environ.get(SNAPSHOT), os.environ.get(PRICES)
    settings = read_policy()
    prices = read_prices(file, settings) if file else None
    snapshot = Book.read(folder) if folder else None
    if snapshot is not None:
        _ = snapshot.ledger.places, snapshot.texts  # posted now, and not while the first customer waits
    gc.collect()
    gc.freeze()  # what is there to stay need not be looked through again and again
    return Desk(load_models(), settings, snapshot=snapshot, prices=prices)


async def score(request: Request) -> Response:
    """Answer ``POST /score``."""
    service: Any = bentoml.get_current_service()
    if service.desk is None:
        return _refused(HTTPStatus.FAILED_DEPENDENCY, service.refusal)
    try:
        asked = read_request(await request.body())
    except ValidationError as error:
        return _refused(HTTPStatus.BAD_REQUEST, str(error))
    if len(asked.customers) <= _FEW:
        return _answered(service.desk, asked)
    return await run_in_threadpool(_answered, service.desk, asked)


def _answered(desk: Desk, asked: ScoreRequest) -> Response:
    return _in_json(desk.score(asked))


def _refused(status: HTTPStatus, why: str) -> Response:
    return _in_json({"error": why}, status)


def _in_json(content: Any, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(_ENCODER.encode(content), status, media_type="application/json")


async def described(_: Request) -> Response:
    """Answer ``GET /docs.json``: BentoML's own description with ``/score`` in it."""
    service: Any = Duewise
    spec: dict[str, Any] = service.openapi_spec.asdict()
    schemas = {**spec["components"]["schemas"], **score_schemas()}
    paths = {"/score": score_path(), **spec["paths"]}
    return _in_json(spec | {"components": spec["components"] | {"schemas": schemas}, "paths": paths})


@bentoml.asgi_app(
    Starlette(routes=[Route("/score", score, methods=["POST"]), Route("/docs.json", described)]), path="/"
)
@bentoml.service(name="duewise", traffic={"timeout": 60}, workers=int(os.environ.get(WORKERS, "1")))
class Duewise:
    """Default probability, reasons and a recommended reminder for each customer asked about."""

    def __init__(self) -> None:
        self.desk: Desk | None = None
        self.refusal = ""
        try:
            self.desk = open_desk()
        except DuewiseError as error:
            self.refusal = str(error)

    def __is_ready__(self) -> bool:
        """Tell BentoML's /readyz whether there is a model to answer with."""
        return self.desk is not None
