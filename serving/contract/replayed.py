"""What ``POST /replay`` takes and answers: a past decision made again, and where it differs."""

from __future__ import annotations

from typing import Annotated

import msgspec

from serving.contract.wire import Wire


class ReplayRequest(Wire, frozen=True):
    """The body of ``POST /replay``."""

    decision_id: Annotated[str, msgspec.Meta(min_length=1, max_length=400)]


class WireDifference(Wire, frozen=True):
    """A place where the answers differ, such as ``$.reasons[0].contribution``; both in JSON, null: nothing is there."""

    path: str
    then: str | None
    now: str | None


class ReplayResponse(Wire, frozen=True):
    """The answer of ``POST /replay``: ``then`` and ``now`` are the answers' own bytes, ``same``: equal to the bit."""

    decision_id: str
    same: bool
    then: msgspec.Raw
    now: msgspec.Raw
    differences: list[WireDifference]
