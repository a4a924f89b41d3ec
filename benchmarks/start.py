"""How long does a cold start take? ``python -m benchmarks.start [--folder kept] [--events 130000] [--rounds 3]``.

A service is started in a process of its own as BentoML starts it, with a champion, a nightly snapshot, and what was
posted since in its journal; then with a book in place of the snapshot. Printed are the stages, in seconds of the wall
and of the processor, medians of so many rounds; then the same over HTTP from the command to ready, and the first
answers, which wait for nothing more than the second does. Machine code of the kernels is on disk, as after the first
start on a machine.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import batched
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import pandas as pd
import psutil  # type: ignore[import-untyped]
from msgspec.json import encode as json_encode

from benchmarks.machine import machine_line
from benchmarks.service import Client, Fresh, awaited, free_port, records_of, typical, world
from serving.journal import JOURNAL, Entry, Journal
from serving.launch import SNAPSHOT, serve_command
from serving.office.shelf import POSTED
from serving.snapshot import Event, Snapshot, write_snapshot

STAGES = ("imports", "settings", "model", "snapshot", "journal", "the rest", "imports to ready")
FIRST = ("first answer, records", "again", "first answer, id", "another, id")

type Seconds = tuple[float, float]
"""Of the wall and of the processor."""


class Stages:
    """Adds up the seconds that functions take, by stage; one that is called by another counts for itself alone."""

    def __init__(self) -> None:
        self.taken: dict[str, Seconds] = dict.fromkeys(STAGES, (0.0, 0.0))

    def add(self, stage: str, seconds: Seconds) -> None:
        """Add to a stage."""
        wall, processor = self.taken[stage]
        self.taken[stage] = wall + seconds[0], processor + seconds[1]

    @contextmanager
    def measured(self, stage: str) -> Iterator[None]:
        """Add what the block takes to a stage."""
        began = now()
        try:
            yield
        finally:
            self.add(stage, since(began))

    def around(self, stage: str, owner: Any, name: str) -> Any:
        """Return a patch by which a function counts for a stage."""
        function = getattr(owner, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.measured(stage):
                return function(*args, **kwargs)

        return mock.patch.object(owner, name, timed)


def now() -> Seconds:
    """Return the clocks of the wall and of this process."""
    return time.perf_counter(), time.process_time()


def since(began: Seconds) -> Seconds:
    """Return what passed since."""
    return time.perf_counter() - began[0], time.process_time() - began[1]


def started() -> None:
    """Start the office as the service does, and print what every stage took as JSON."""
    stages = Stages()
    import serving.service as service
    from serving.office import office as room
    from serving.office.postbox import Postbox
    from serving.office.shelf import Shelf

    stages.add("imports", (time.time() - psutil.Process().create_time(), time.process_time()))
    began = now()
    with (
        stages.around("model", room, "loaded"),
        stages.around("model", room, "tried"),
        stages.around("settings", room, "desk_from"),
        stages.around("settings", room, "archive_of"),
        stages.around("snapshot", Shelf, "open"),
        stages.around("journal", Postbox, "open"),
    ):
        with stages.measured("settings"):
            access = service.access()
        office = room.Office(access)
        office.open()
        if access.health.readyz()[0] != 200:
            raise RuntimeError(f"not ready: {access.health.readyz()[1]}")
    whole = since(began)
    stages.add("imports to ready", whole)
    told = [sum(parts) for parts in zip(*(stages.taken[name] for name in STAGES[1:-2]), strict=True)]
    stages.add("the rest", (whole[0] - told[0], whole[1] - told[1]))
    office.close()
    print(json.dumps(stages.taken))


def over_http(folder: Path, bodies: Sequence[bytes]) -> dict[str, Seconds]:
    """Return what it takes from the command to ready, and what each body's answer takes, one after the other."""
    command, environment = serve_command(free_port(), folder)
    url, began = f"http://127.0.0.1:{command[-1]}", time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            awaited(url)
            services = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            found = {"command to ready": (time.perf_counter() - began, busy(services))}
            client = Client(url, "/score")
            for name, body in zip(FIRST, bodies, strict=True):
                asked, before = time.perf_counter(), busy(services)
                client.post(body)
                found[name] = time.perf_counter() - asked, busy(services) - before
        finally:
            process.terminate()
    return found


def busy(processes: Sequence[psutil.Process]) -> float:
    """Return the processor seconds that processes have taken."""
    return float(sum(sum(one.cpu_times()[:2]) for one in processes))


def post_events(snapshot: Path, url: str, count: int) -> None:
    """Fill a journal with payments since a snapshot, as many a customer as there are."""
    opened = Snapshot.open(snapshot)
    names, taken = opened.ids(), opened.as_of.to_pydatetime(warn=False)
    with Journal.open(url) as journal:
        for some in batched(range(count), 2_000):
            events = [payment(opened, names, k, taken + timedelta(seconds=1 + k // len(names))) for k in some]
            journal.append(
                [
                    Entry("event", POSTED + one.event_id, taken, one.customer_id, payload=json_encode(one.told()))
                    for one in events
                ]
            )


def payment(snapshot: Snapshot, names: Sequence[str], number: int, at: datetime) -> Event:
    """Return a payment towards a customer's first instalment."""
    place = number % len(names)
    row = snapshot.rows.tables["instalments"][snapshot.rows.place(place, "instalments")][0]
    loan = snapshot.loan_ids(place)[int(row["loan"])]
    told = {"loan_id": loan, "instalment_no": int(row["instalment_no"]), "paid_at": at.isoformat(), "amount": 5.0}
    return Event(f"payment-{number}", "payment", names[place], told)


def in_process(folder: Path) -> dict[str, Seconds]:
    """Return the stages of a start in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.start", "--stages"]
    done = subprocess.run(command, env=os.environ | {SNAPSHOT: str(folder)}, check=True, stdout=subprocess.PIPE)
    return {name: tuple(seconds) for name, seconds in json.loads(done.stdout.splitlines()[-1]).items()}


def compared(rounds: int, ways: Mapping[str, Callable[[], dict[str, Seconds]]]) -> None:
    """Print the medians of each way, taken in turn."""
    found: dict[str, list[dict[str, Seconds]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].append(way())
    print(f"{'seconds: wall / processor':28} " + " ".join(f"{name:>20}" for name in ways))
    for stage in next(iter(found.values()))[0]:
        told = (" / ".join(f"{median(one[stage][k] for one in taken):.3f}" for k in (0, 1)) for taken in found.values())
        print(f"{stage:28} " + " ".join(f"{one:>20}" for one in told), flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the stages and the first answers with each kind of folder, and the machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="keeps what was simulated and trained")
    parser.add_argument("--events", type=int, default=130_000, help="posted since the snapshot")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stages", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.stages:
        started()
        return
    with tempfile.TemporaryDirectory() as aside:
        kept = given.folder or Path(aside)
        kept.mkdir(parents=True, exist_ok=True)
        book, journal = world(kept), f"sqlite:///{Path(aside) / 'journal.db'}"
        taken = pd.Timestamp.now("UTC").floor("s") - pd.Timedelta(hours=1)
        night = write_snapshot(kept / "book", Path(aside) / "snapshot", taken).folder
        post_events(night, journal, given.events)
        os.environ[JOURNAL] = journal
        folders = {"nightly snapshot": night, "book": kept / "book"}
        compared(given.rounds, {name: partial(in_process, folder) for name, folder in folders.items()})
        name = typical(book)
        other = next(one for one in book.customers["customer_id"] if one != name)
        inline = Fresh(book, {"customer_id": name, "records": records_of(book, name)})
        bodies = [inline(), inline(), *(Fresh(book, {"customer_id": one})() for one in (name, other))]
        compared(given.rounds, {name: partial(over_http, folder, bodies) for name, folder in folders.items()})
    print(f"{given.events:,} payments in the journal since the snapshot\n{machine_line()}")


if __name__ == "__main__":
    main()
