"""A service under load with its journal on a small disk, in either database, started once and broken in many ways."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from benchmarks.faults.clock import Clock, NoFaketimeError
from benchmarks.faults.databases import NoSmallDiskError, SmallDisk, database, small_disk
from benchmarks.faults.site import Site
from benchmarks.faults.stage import Stage, staged
from benchmarks.private_postgres import NoPostgresError

DISK_MB = {"sqlite": 64, "postgresql": 160}


@pytest.fixture(scope="module")
def site(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site.of(world.folder, tmp_path_factory.mktemp("site"), watch_seconds=1)


@pytest.fixture
def clock(site: Site) -> Clock:
    try:
        return Clock.of(site.folder)
    except NoFaketimeError as error:
        refuse = pytest.fail if os.environ.get("CI") else pytest.skip
        refuse(str(error))
        raise


@pytest.fixture
def by_clock(site: Site, clock: Clock, tmp_path: Path) -> Iterator[Stage]:
    """Run a service by a clock that may be set, which makes it slow."""
    with database("sqlite", tmp_path) as found, staged(site, found, more=clock.environment) as given:
        given.by_command = False
        yield given


@pytest.fixture(scope="module")
def disks() -> dict[str, SmallDisk]:
    """Hold the small disk of each database, where one can be made."""
    return {}


@pytest.fixture(scope="module")
def stage(request: pytest.FixtureRequest, site: Site, disks: dict[str, SmallDisk]) -> Iterator[Stage]:
    """Run the service, on SQLite twice; the database is the fixture's parameter."""
    name = request.param
    with ExitStack() as stack:
        try:
            disks[name] = stack.enter_context(small_disk(DISK_MB[name]))
        except NoSmallDiskError:
            disks.pop(name, None)
        try:
            found = stack.enter_context(database(name, site.folder, disks.get(name)))
        except NoPostgresError as error:
            refuse = pytest.fail if os.environ.get("CI") else pytest.skip
            refuse(str(error))
        given = stack.enter_context(staged(site, found, services=2 if name == "sqlite" else 1))
        given.by_command = False
        yield given
