"""Does anything acknowledged get lost? ``python -m benchmarks.faults [--rounds 20] [--database both] [--folder kept]``.

A service over HTTP, with a token, under the load of four clients that ask under Idempotency-Keys and remember every
answer; then something is broken, and afterwards everything that was acknowledged is looked up in the journal.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.faults.breaking import disk_filled, killed, taken_away
from benchmarks.faults.clock import Clock, NoFaketimeError, set_back
from benchmarks.faults.databases import Database, NoSmallDiskError, database, small_disk
from benchmarks.faults.models import champion_broken, own_files_damaged
from benchmarks.faults.site import Site
from benchmarks.faults.stage import HEADER, Row, staged
from benchmarks.faults.twins import twins
from benchmarks.machine import machine_line
from benchmarks.private_postgres import NoPostgresError
from benchmarks.service import world

DISK_MB = {"sqlite": 16, "postgresql": 160}
"""Of the small file system: an empty cluster of PostgreSQL takes 40 MB."""


def on_one_journal(found: Database, site: Site, rounds: int) -> Iterator[Row]:
    """Break processes, the database and models, one after the other."""
    with staged(site, found) as stage:
        yield killed(stage, rounds)
        yield taken_away(stage, max(1, rounds // 5), 2.0)
        yield taken_away(stage, 1, 15.0)
        yield champion_broken(stage)
        yield own_files_damaged(stage)


def by_clock(found: Database, site: Site, rounds: int) -> Iterator[Row]:
    """Set the clock back."""
    clock = Clock.of(site.folder)
    with staged(site, found, more=clock.environment) as stage:
        yield set_back(stage, clock)


def by_two(found: Database, site: Site, rounds: int) -> Iterator[Row]:
    """Run two services on one journal."""
    with staged(site, found, services=2) as stage:
        yield twins(stage, rounds)[0]


def by_disk(name: str, site: Site, rounds: int) -> Iterator[Row]:
    """Fill the disk of a database of its own."""
    with small_disk(DISK_MB[name]) as disk, database(name, site.folder, disk) as found, staged(site, found) as stage:
        yield disk_filled(stage, disk, max(1, rounds // 5), 4.0)


PARTS = {"service": on_one_journal, "clock": by_clock, "two": by_two}


def faults(name: str, site: Site, rounds: int, parts: Sequence[str]) -> Iterator[Row]:
    """Break one thing after the other with the journal in a database, and yield how each was borne."""
    with database(name, site.folder) as found:
        for part in filter(parts.__contains__, PARTS):
            try:
                yield from PARTS[part](found, site, rounds)
            except NoFaketimeError as error:
                print(f"{part}: left out, {error}")
    if "disk" in parts:
        try:
            yield from by_disk(name, site, rounds)
        except NoSmallDiskError as error:
            print(f"disk: left out, {error}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; return 1 when anything was lost, doubled or told wrongly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="how often the service is killed")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--parts", default="service,clock,two,disk", help="what is broken")
    parser.add_argument("--folder", type=Path, help="keeps what was simulated and trained")
    given = parser.parse_args(arguments)
    clean = True
    with tempfile.TemporaryDirectory(prefix="duewise-faults-") as aside:
        kept = given.folder or Path(aside)
        kept.mkdir(parents=True, exist_ok=True)
        world(kept)
        site = Site.of(kept / "book", Path(aside) / "site")
        print(HEADER, flush=True)
        for name in ("sqlite", "postgresql") if given.database == "both" else (given.database,):
            try:
                for row in faults(name, site, given.rounds, given.parts.split(",")):
                    print(row, flush=True)
                    clean &= row.is_clean
            except NoPostgresError as error:
                print(f"{name}: left out, {error}")
    print(machine_line())
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
