"""The service on BentoML: the gate, and behind it the routes of the office; errors become statuses at the gate alone.

Without a model the service runs, says that it is not ready, and answers 424 with the command that makes one. The
office answers before BentoML's own router is asked, whose way of reading and writing JSON takes longer than a decision.
"""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import Any

import bentoml
import msgspec
from _bentoml_sdk import Service  # type: ignore[import-untyped]
from starlette.requests import Request
from starlette.responses import Response

from serving.access import Access, Gate, Labels
from serving.console.console import Console
from serving.console.pages import page_endpoints
from serving.console.routes import console_endpoints
from serving.contract.openapi import paths, schemas
from serving.launch import WORKERS, end_with_parent
from serving.office import Office, Routes, endpoints
from serving.policy_settings import read_policy


@cache
def access() -> Access:
    """Return what stands before the routes of this process, made when it is first asked for."""
    settings = read_policy()
    rules = tuple(settings.rulebook.rules)
    return Access.opened(Labels(tuple(settings.tiers), settings.action_ids, rules))


def office() -> Office:
    """Return the office of the running service."""
    service: Any = bentoml.get_current_service()
    found: Office = service.office
    return found


def console() -> Console:
    """Return what the page is answered with."""
    service: Any = bentoml.get_current_service()
    found: Console = service.console
    return found


async def described(_: Request) -> Response:
    """Answer ``GET /docs.json``: BentoML's own description with the routes of the office in it."""
    service: Any = Duewise
    spec: dict[str, Any] = service.openapi_spec.asdict()
    components = spec["components"] | {"schemas": {**spec["components"]["schemas"], **schemas()}}
    whole = spec | {"components": components, "paths": {**paths(), **spec["paths"]}}
    return Response(msgspec.json.encode(whole), media_type="application/json")


class Gated(Service[Any]):  # type: ignore[misc]
    """A service whose gate and office stand before BentoML's own middleware.

    BentoML's takes a third of a millisecond a request, and keeps a timer of each for as long as a request may take.
    """

    __slots__ = ()

    def to_asgi(self, is_main: bool = True) -> Any:
        """Return what answers requests."""
        pages = page_endpoints()
        own = endpoints(office) | console_endpoints(console) | {"/docs.json": ("GET", described)} | pages
        return Gate(Routes(super().to_asgi(is_main), own), access, pages=pages)


@bentoml.service(
    name="duewise",
    service_class=Gated,
    logging={"access": {"enabled": False}},
    workers=int(os.environ.get(WORKERS, "1")),
)
class Duewise:
    """Default probability, reasons and a recommended reminder for each customer asked about."""

    def __init__(self) -> None:
        if bentoml.server_context.worker_index is not None:
            end_with_parent()
        logging.getLogger("bentoml").setLevel(logging.CRITICAL)  # it logs bodies and errors that quote them
        self.office = Office(access())
        self.office.open()
        self.console = Console(self.office)
        self.console.warm()

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]
    def close(self) -> None:
        """Settle what waits for the journal."""
        self.office.close()
