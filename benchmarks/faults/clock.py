"""The clock of a service set back while it runs, by libfaketime: every part of the process sees the same wrong time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.faults.breaking import HEADWAY
from benchmarks.faults.stage import Row, Stage

_LIBRARY = "faketime/libfaketimeMT.so.1"
_SEEN_AFTER = 1
"""Seconds for which a process does not look at the file again, since it asks for the time very often."""


class NoFaketimeError(Exception):
    """libfaketime is not installed; the text says how it would be."""


@dataclass(frozen=True)
class Clock:
    """A clock for processes started in ``environment``; it runs as far from the true one as it was ``set``."""

    file: Path
    library: Path

    @classmethod
    def of(cls, folder: Path) -> Clock:
        """Return a clock that is right, which is kept in a folder; NoFaketimeError where there cannot be one."""
        found = sorted(Path("/usr/lib").glob(f"*/{_LIBRARY}"))
        if not found:
            raise NoFaketimeError("libfaketime is not installed: `make faketime`")
        clock = cls(folder / "clock", found[0])
        clock._write(0)
        return clock

    @property
    def environment(self) -> Mapping[str, str]:
        """What has a process see this clock; the seconds that never go back stay true."""
        return {
            "LD_PRELOAD": str(self.library),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": str(_SEEN_AFTER),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, seconds: int) -> None:
        """Set it so many seconds from the true one, and wait until every process has seen it."""
        self._write(seconds)
        time.sleep(_SEEN_AFTER + 0.5)

    def _write(self, seconds: int) -> None:
        aside = self.file.with_suffix(".new")
        aside.write_text(f"{seconds:+d}")
        aside.replace(self.file)


def set_back(stage: Stage, clock: Clock, seconds: int = 7_200) -> Row:
    """Set the clock back under load, kill the service, and set the clock right again."""
    service = stage.service
    with stage.load:
        stage.load.await_more(HEADWAY)
        held = service.ask("/about")[1]["events"]
        clock.set(-seconds)
        stage.recovered(time.monotonic())
        stage.load.await_more(HEADWAY)
        moment = time.monotonic()
        service.kill()
        service.start()
        stage.recovered(moment)
        after = service.ask("/about")[1]["events"]
        clock.set(0)
        stage.recovered(time.monotonic())
        stage.load.await_more(HEADWAY)
    if after < held:
        raise RuntimeError(f"{held} events were held before the clock was set back, {after} after a restart")
    row = stage.row(f"clock set back {seconds / 3600:g} h, kill, set right")
    if row.audit.set_back < 0.9 * seconds:
        raise RuntimeError(f"the clock was not set back: {row.audit.set_back:g} s at {datetime.now(UTC)}")
    return row
