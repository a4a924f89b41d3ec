"""The newest monitoring among the reports, as its JSON tells it: no number of it is made here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

_DEPTH = 4
_FORMAT = 1
_LONGEST = 64 * 2**20


class Raised(msgspec.Struct, frozen=True):
    """A warning or an alarm: what was found, how large it is, and what to do; ``also`` is what else it is about."""

    level: str
    rule: str
    about: str
    size: float | None
    evidence: str
    to_do: str
    also: tuple[str, ...] = ()


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


type _Told = tuple[tuple[int, int], Watched | None]
"""What a file of a change time and a size was read as."""

_DECODER = msgspec.json.Decoder(Watched)


class Watches:
    """The monitoring below a folder; a file is read again only when it has changed."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._read: dict[Path, _Told] = {}

    def newest(self) -> Watched | None:
        """Return the monitoring with the latest end, None where there is none."""
        if self.folder is None:
            return None
        home = self.folder.resolve()
        self._read = dict(self._looked(home))
        found = (watched for _, watched in self._read.values() if watched is not None)
        return max(found, key=lambda one: datetime.fromisoformat(one.until), default=None)

    def _looked(self, home: Path) -> Iterator[tuple[Path, _Told]]:
        for depth in range(_DEPTH):
            for file in home.glob("*/" * depth + "*.json"):
                told = self._told(file) if file.resolve().is_relative_to(home) else None
                if told is not None:
                    yield file, told

    def _told(self, file: Path) -> _Told | None:
        try:
            stands = file.stat()
            known = self._read.get(file)
            state = stands.st_mtime_ns, stands.st_size
            if known is not None and known[0] == state:
                return known
            return state, _watched(file.read_bytes()) if stands.st_size <= _LONGEST else None
        except OSError:
            return None


def _watched(content: bytes) -> Watched | None:
    """Return the monitoring of a file's content; other JSON is none."""
    try:
        found = _DECODER.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return found if found.format == _FORMAT and _is_moment(found.until) else None


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
