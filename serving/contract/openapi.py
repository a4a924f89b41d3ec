"""``POST /score`` as OpenAPI says it, from the declarations of the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from inspect import cleandoc
from typing import Any

import msgspec

from serving.contract.decision import CustomerDecision, CustomerError, ScoreResponse
from serving.contract.request import ScoreRequest

_REF = "#/components/schemas/"
_REFUSALS = {400: "The body is no request.", 424: "There is no model to answer with; `duewise train` makes one."}


def score_path() -> dict[str, Any]:
    """Return the path item of ``POST /score``."""
    refused = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
    return {
        "post": {
            "operationId": "duewise__score",
            "tags": ["Service APIs"],
            "description": "Decide for each customer: probability, tier, reasons, and the reminder to send, if any.",
            "requestBody": {"required": True, "content": _json({"$ref": f"{_REF}ScoreRequest"})},
            "responses": {
                "200": {"description": "An answer a customer.", "content": _json({"$ref": f"{_REF}ScoreResponse"})},
                **{str(code): {"description": why, "content": _json(refused)} for code, why in _REFUSALS.items()},
            },
        }
    }


def score_schemas() -> dict[str, Any]:
    """Return the schemas that ``score_path`` names."""
    request = ScoreRequest.model_json_schema(ref_template=f"{_REF}{{model}}")
    parts = (ScoreResponse, CustomerDecision, CustomerError)
    refs, answers = msgspec.json.schema_components(parts, ref_template=f"{_REF}{{name}}")
    answers["ScoreResponse"]["properties"]["results"]["items"] = {"anyOf": list(refs[1:])}
    return {**request.pop("$defs"), "ScoreRequest": request, **{name: _told(one) for name, one in answers.items()}}


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _told(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without the indentation of the docstring that describes it."""
    described: dict[str, Any] = json.loads(json.dumps(schema))
    return described | {"description": cleandoc(described["description"])}
