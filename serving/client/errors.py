"""What a client raises: the service's refusals with code and correlation id, and what got in the way of asking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import msgspec

from features.errors import DuewiseError

_UNKNOWN = "unknown"


class ClientError(DuewiseError):
    """A question that got no answer."""


class ConnectionLostError(ClientError):
    """The service was not reached, or did not answer in time, however often it was tried."""


class ForeignAnswerError(ClientError):
    """What came back is not what this version of the contract says; ``correlation_id`` as of ``ServiceError``."""

    def __init__(self, message: str, correlation_id: str | None) -> None:
        super().__init__(message)
        self.correlation_id = correlation_id


class ServiceError(ClientError):
    """The service refused.

    Parameters
    ----------
    status
        HTTP status, 400 to 599.
    code
        Word for programs, such as ``too_many_requests``; ``unknown`` where none came.
    message
        Sentence for people.
    correlation_id
        By which the service's log knows the request; None where none came.
    details
        What else was told.
    """

    def __init__(
        self, status: int, code: str, message: str, correlation_id: str | None, details: Mapping[str, Any]
    ) -> None:
        super().__init__(f"{status} {code}: {message} (correlation id {correlation_id})")
        self.status, self.code, self.message = status, code, message
        self.correlation_id, self.details = correlation_id, details

    @classmethod
    def of(cls, status: int, body: bytes, correlation_id: str | None) -> Self:
        """Return the error that an answer tells, whoever on the way made it.

        >>> ServiceError.of(404, b'{"error":{"code":"not_found","message":"Nothing."}}', "a1b2").code
        'not_found'
        """
        try:
            told = msgspec.json.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            told = None
        error = told.get("error") if isinstance(told, dict) else None
        if not isinstance(error, dict):
            return cls(status, _UNKNOWN, error if isinstance(error, str) else "no reason came", correlation_id, {})
        code, message = str(error.get("code", _UNKNOWN)), str(error.get("message", "no reason came"))
        details = error.get("details")
        named = error.get("correlation_id", correlation_id)
        return cls(status, code, message, named, details if isinstance(details, dict) else {})
