"""Moments as the customer's own calendar days; daylight saving included.

A zone's offsets are found once by asking zoneinfo along the years, then any number of moments is a search.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from features.kernel.compiled import compiled
from features.kernel.windows import Ints

DAY = 86_400
_FROM, _UNTIL = -2_208_988_800, 7_258_118_400  # 1900-01-01 and 2200-01-01, in seconds UTC
_STEP = 7 * DAY


def utc_offsets(zone: str, at: Ints) -> Ints:
    """Return the UTC offset in seconds in force in ``zone`` at each moment (seconds since 1970 UTC).

    >>> utc_offsets("Europe/London", np.array([1767225600, 1782864000])).tolist()
    [0, 3600]
    """
    return _offsets_at(*offset_changes(zone), at)


@compiled
def _offsets_at(changes: Ints, offsets: Ints, at: Ints) -> Ints:
    return offsets[np.searchsorted(changes, at, side="right")]


@cache
def offset_changes(zone: str) -> tuple[Ints, Ints]:
    """Return the moments at which the offset changes, and the offsets before, between and after them."""
    info = ZoneInfo(zone)
    probes = range(_FROM, _UNTIL, _STEP)
    at_probe = [_offset(info, t) for t in probes]
    changes, offsets = [], [at_probe[0]]
    for k in range(1, len(at_probe)):
        if at_probe[k] != at_probe[k - 1]:
            changes.append(_change_between(info, probes[k - 1], probes[k]))
            offsets.append(at_probe[k])
    return np.array(changes, np.int64), np.array(offsets, np.int64)


def _change_between(info: ZoneInfo, low: int, high: int) -> int:
    before = _offset(info, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(info, middle) == before else (low, middle)
    return high


def _offset(info: ZoneInfo, at: int) -> int:
    delta = datetime.fromtimestamp(at, UTC).astimezone(info).utcoffset()
    return 0 if delta is None else int(delta.total_seconds())
