"""``POST /replay`` without its HTTP: the request answered, or refused with the status that fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from types import MappingProxyType

from msgspec import Raw

from serving.access import Refusal
from serving.contract.replayed import ReplayRequest, ReplayResponse, WireDifference
from serving.replay.errors import Obstacle, ReplayError
from serving.replay.replaying import Replays

_STATUS: Mapping[Obstacle, HTTPStatus] = MappingProxyType(
    {
        "unknown_decision": HTTPStatus.NOT_FOUND,
        "erased_or_unknown": HTTPStatus.GONE,
        "altered": HTTPStatus.CONFLICT,
        "other_format": HTTPStatus.CONFLICT,
        "settings_missing": HTTPStatus.CONFLICT,
        "model_missing": HTTPStatus.CONFLICT,
    }
)


@contextmanager
def obstacles() -> Iterator[None]:
    """Turn what is in the way of a replay into a refusal: 404, 410 or 409, with the code of the ``ReplayError``."""
    try:
        yield
    except ReplayError as error:
        raise Refusal(_STATUS[error.code], error.code, str(error)) from error


def answered(replays: Replays, asked: ReplayRequest) -> ReplayResponse:
    """Return the decision made again.

    Raises
    ------
    Refusal
        404, 410 or 409, with the code of the ``ReplayError``.
    UnavailableError
        When the journal's database does not answer.
    """
    with obstacles():
        found = replays.of(asked.decision_id)
    places = [WireDifference(one.path, one.then, one.now) for one in found.differences]
    return ReplayResponse(found.decision_id, found.same, Raw(found.then), Raw(found.now), places)
