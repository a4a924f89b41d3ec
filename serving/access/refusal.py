"""A refused request: its status, its code and its sentence; and the one JSON shape in which all errors are told.

The sentence is for who asked and may name what they sent; logs and metrics hold the code alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from features.errors import DuewiseError, ModelError, SchemaError

NOTHING: Mapping[str, str] = MappingProxyType({})

_MEANINGS = MappingProxyType(
    {
        400: ("invalid_request", "The request cannot be read."),
        401: ("missing_token", "A bearer token is needed."),
        403: ("forbidden", "This is not permitted."),
        404: ("not_found", "There is nothing here."),
        405: ("method_not_allowed", "This route does not take this method."),
        408: ("body_too_slow", "The body did not arrive in time."),
        409: ("conflict", "The request contradicts what is known."),
        413: ("body_too_large", "The body is too large."),
        415: ("unsupported_media_type", "The body must be JSON."),
        422: ("invalid_request", "The request cannot be understood."),
        424: ("no_model", "There is no model to answer with."),
        429: ("too_many_requests", "There are too many requests."),
        503: ("not_ready", "The service is not ready."),
        504: ("timeout", "The answer took too long."),
    }
)
_INTERNAL = ("internal_error", "Something went wrong here; the correlation id tells us where to look.")


class Refusal(DuewiseError):
    """A request that is not answered.

    Parameters
    ----------
    status
        HTTP status, 400 to 599.
    code
        Word for programs, logs and metrics; snake_case.
    message
        Sentence for people: what was received and what was expected.
    headers
        Headers that the status asks for.
    details
        What the error's ``details`` hold, None: there are none.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: Mapping[str, str] = NOTHING,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.headers, self.details = headers, details


def refusal_by_status(status: int, message: str | None = None) -> Refusal:
    """Return what is told of a status that came without more; of a fault of ours nothing but that it is one.

    Examples
    --------
    >>> refusal_by_status(405).code, refusal_by_status(500, "KeyError: 'bo'").message
    ('method_not_allowed', 'Something went wrong here; the correlation id tells us where to look.')
    """
    code, meaning = _MEANINGS.get(status, _INTERNAL if status >= 500 else _MEANINGS[400])
    return Refusal(status, code, message if message and status < 500 else meaning)


def refusal_of(error: Exception) -> Refusal:
    """Return what is told of an error: a refusal as it is, the bank's mistake with its sentence, else nothing."""
    match error:
        case Refusal():
            return error
        case SchemaError():
            return Refusal(422, "invalid_records", str(error))
        case ModelError():
            return refusal_by_status(503)
        case _:
            return refusal_by_status(500)


def try_again(code: str, message: str, seconds: float) -> Refusal:
    """Return a 429 that says after how many seconds to ask again."""
    return Refusal(429, code, message, {"Retry-After": str(max(1, math.ceil(seconds)))})


def error_body(refusal: Refusal, correlation_id: str) -> bytes:
    """Return the JSON of an error.

    Examples
    --------
    >>> error_body(Refusal(404, "not_found", "There is nothing here."), "a1b2c3d4")
    b'{"error":{"code":"not_found","message":"There is nothing here.","correlation_id":"a1b2c3d4"}}'
    """
    error: dict[str, Any] = {
        "code": refusal.code,
        "message": refusal.message,
        "correlation_id": correlation_id,
    }
    if refusal.details is not None:
        error["details"] = dict(refusal.details)
    return msgspec.json.encode({"error": error})
