"""The faults of processes, databases and disks: each breaks something under load, for real, and tells how it went."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from benchmarks.faults.databases import SmallDisk
from benchmarks.faults.site import Service
from benchmarks.faults.stage import Row, Stage

HEADWAY = 25
"""Answers that must come before something is broken, and after."""


WAYS: Mapping[str, Callable[[Service], None]] = {
    "everything": Service.kill,
    "who answers": Service.kill_worker,
    "who watches": Service.kill_parent,
}
"""What of a service is killed."""


def killed(stage: Stage, rounds: int, ways: Sequence[str] = tuple(WAYS), seed: int = 7) -> Row:
    """Kill -9 in mid-load, in one way after the other.

    A service is started again as a bank's own supervisor would, by the same command; who answers is started by who
    watches.
    """
    service = stage.service
    with stage.load:
        for turn in range(rounds):
            stage.load.await_more(HEADWAY)
            time.sleep(0.05 + 0.13 * ((seed + 5 * turn) % 7))
            moment = time.monotonic()
            way = ways[turn % len(ways)]
            WAYS[way](service)
            if way != "who answers":
                service.start()
            stage.recovered(moment)
    return stage.row("service killed (kill -9)")


def taken_away(stage: Stage, rounds: int, seconds: float) -> Row:
    """Keep the database from the service for a while, and give it back."""
    with stage.load:
        for _ in range(rounds):
            stage.load.await_more(HEADWAY)
            with stage.database.taken_away():
                time.sleep(seconds)
            stage.recovered(time.monotonic())
            stage.load.await_more(HEADWAY)
    return stage.row(f"{stage.database.away}, {seconds:g} s")


def disk_filled(stage: Stage, disk: SmallDisk, rounds: int, seconds: float) -> Row:
    """Fill the disk of the database, under load, for a while."""
    went_down = 0
    with stage.load:
        for _ in range(rounds):
            stage.load.await_more(HEADWAY)
            disk.fill()
            time.sleep(seconds)
            before = len(stage.load.answered)
            time.sleep(0.5)
            still = len(stage.load.answered) - before
            disk.free()
            went_down += stage.database.mend()
            stage.recovered(time.monotonic())
            stage.load.await_more(HEADWAY)
    notes = f"the server went down {went_down} times and was started by what watches over it; " if went_down else ""
    return stage.row(f"disk full, {seconds:g} s", f"{notes}{still} answers in the last half second of it")
