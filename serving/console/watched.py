"""The newest monitoring among the reports, as its JSON tells it: no number of it is made here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

_DEPTH = 4
_FORMAT = 1


class Raised(msgspec.Struct, frozen=True):
    """A warning or an alarm: what was found, how large it is, and what to do."""

    level: str
    rule: str
    about: str
    size: float | None
    evidence: str
    to_do: str


class Alarms(msgspec.Struct, frozen=True):
    """What was raised, alarms first."""

    raised: tuple[Raised, ...]


class Watched(msgspec.Struct, frozen=True):
    """A window from ``since`` to ``until`` (ISO): counts of its ``volume``, the ``drift``, and what was raised."""

    format: int
    since: str
    until: str
    model: str
    volume: dict[str, Any]
    drift: dict[str, Any]
    alarms: Alarms


_DECODER = msgspec.json.Decoder(Watched)


def newest_watch(folder: Path | None) -> Watched | None:
    """Return the monitoring with the latest end among the reports, None where there is none."""
    found = [] if folder is None else list(_watches(folder))
    return max(found, key=lambda one: one.until, default=None)


def _watches(folder: Path) -> Iterator[Watched]:
    home = folder.resolve()
    for depth in range(_DEPTH):
        for file in home.glob("*/" * depth + "*.json"):
            if file.resolve().is_relative_to(home):
                yield from _read(file)


def _read(file: Path) -> Iterator[Watched]:
    """Yield the monitoring of a file; other JSON is none."""
    try:
        found = _DECODER.decode(file.read_bytes())
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return
    if found.format == _FORMAT:
        yield found
