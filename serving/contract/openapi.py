"""The routes as OpenAPI says them, from the declarations of the wire, with an example and the shape of errors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from inspect import cleandoc
from typing import Any, NamedTuple

import msgspec

from serving.contract.decision import CustomerDecision, CustomerError, ScoreResponse
from serving.contract.posted import (
    About,
    EventsRequest,
    OutcomesRequest,
    PersonRequest,
    PlanRequest,
    PlanResponse,
    PostedResponse,
)
from serving.contract.replayed import ReplayRequest, ReplayResponse
from serving.contract.request import ScoreRequest

_REF = "#/components/schemas/"
_REFUSALS = {
    400: "The body is no request.",
    401: "There is no token, or none that is good.",
    403: "The token is not for this route.",
    409: "It contradicts what is known.",
    413: "The body is too large.",
    422: "The request cannot be understood.",
    424: "There is no model to answer with; `duewise train` makes one.",
    429: "There are too many requests; Retry-After says when to ask again.",
    503: "The journal did not confirm: nothing is acknowledged; ask again.",
    504: "The answer took too long.",
}
_AT = "2026-03-02T09:30:00+08:00"
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "correlation_id"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "correlation_id": {"type": "string"},
                "details": {"type": "object"},
            },
        }
    },
    "example": {"error": {"code": "no_model", "message": "There is no model.", "correlation_id": "a1b2c3d4e5f60718"}},
}


class _Path(NamedTuple):
    """A route: what it does, what it takes with an example (None: nothing), and what it answers."""

    method: str
    does: str
    takes: str | None
    example: Any
    answers: str


_PATHS: Mapping[str, _Path] = {
    "/score": _Path(
        "post",
        "Decide for each customer: probability, tier, reasons, and the reminder to send, if any. Each decision is in "
        "the journal before it is answered; with the same Idempotency-Key the same request is answered as before.",
        "ScoreRequest",
        {"as_of": _AT, "customers": [{"customer_id": "C000042"}]},
        "ScoreResponse",
    ),
    "/plan": _Path(
        "post",
        "A customer's coming weeks, if nothing is paid and nobody answers.",
        "PlanRequest",
        {"customer_id": "C000042", "weeks": 6},
        "PlanResponse",
    ),
    "/outcomes": _Path(
        "post",
        "What happened to decisions; posted again it changes nothing.",
        "OutcomesRequest",
        {"outcomes": [{"outcome_id": "o-1", "decision_id": "8c1f", "at": _AT, "delivered": True, "paid": 120.5}]},
        "PostedResponse",
    ),
    "/events": _Path(
        "post",
        "Payments, contacts, their outcomes, rights and plans since the snapshot; posted again they change nothing.",
        "EventsRequest",
        {
            "events": [
                {
                    "event_id": "e-1",
                    "kind": "payment",
                    "customer_id": "C000042",
                    "row": {"loan_id": "L000042", "instalment_no": 3, "paid_at": _AT, "amount": 800.0},
                }
            ]
        },
        "PostedResponse",
    ),
    "/person": _Path(
        "post",
        "A customer wants a person to decide; honoured from the next decision on.",
        "PersonRequest",
        {"request_id": "p-1", "customer_id": "C000042", "at": _AT},
        "PostedResponse",
    ),
    "/replay": _Path(
        "post",
        "A past decision made again by the rows, the models and the settings of then, and compared to the bit.",
        "ReplayRequest",
        {"decision_id": "8c1f"},
        "ReplayResponse",
    ),
    "/about": _Path("get", "What is in service, by version.", None, None, "About"),
}


def paths() -> dict[str, Any]:
    """Return the path items of the routes."""
    return {name: {path.method: _operation(name, path)} for name, path in _PATHS.items()}


def schemas() -> dict[str, Any]:
    """Return the schemas that ``paths`` names."""
    request = ScoreRequest.model_json_schema(ref_template=f"{_REF}{{model}}")
    refs, answers = _of((ScoreResponse, CustomerDecision, CustomerError))
    answers["ScoreResponse"]["properties"]["results"]["items"] = {"anyOf": list(refs[1:])}
    _, others = _of((OutcomesRequest, EventsRequest, PersonRequest, PlanRequest, PostedResponse, PlanResponse, About))
    _, replayed = _of((ReplayRequest, ReplayResponse))
    told = {name: _told(one) for name, one in (others | replayed | answers).items()}
    return {**request.pop("$defs"), "ScoreRequest": request, "Error": _ERROR, **told}


def _of(kinds: Sequence[type]) -> tuple[tuple[dict[str, Any], ...], dict[str, Any]]:
    return msgspec.json.schema_components(kinds, ref_template=f"{_REF}{{name}}")


def _operation(name: str, path: _Path) -> dict[str, Any]:
    refused = {"$ref": f"{_REF}Error"}
    operation: dict[str, Any] = {
        "operationId": f"duewise__{name.removeprefix('/')}",
        "tags": ["Service APIs"],
        "description": path.does,
        "responses": {
            "200": {"description": "The answer.", "content": _json({"$ref": f"{_REF}{path.answers}"})},
            **{str(code): {"description": why, "content": _json(refused)} for code, why in _REFUSALS.items()},
        },
    }
    if path.takes is not None:
        taken = _json({"$ref": f"{_REF}{path.takes}"}, path.example)
        operation["requestBody"] = {"required": True, "content": taken}
    return operation


def _json(schema: Mapping[str, Any], example: Any = None) -> dict[str, Any]:
    told: dict[str, Any] = {"schema": schema}
    return {"application/json": told if example is None else told | {"example": example}}


def _told(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without the indentation of the docstring that describes it."""
    described: dict[str, Any] = json.loads(json.dumps(schema))
    return described | {"description": cleandoc(described.get("description", ""))}
