"""The two databases a journal may be in, each with what can be done to it: taken away, locked, its disk filled."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol

from benchmarks.private_postgres import Cluster, private_postgres

_numbers = count()


class NoSmallDiskError(Exception):
    """No small file system can be made here; the text says why."""


class Database(Protocol):
    """A database that journals are made in.

    Attributes
    ----------
    name
        ``sqlite`` or ``postgresql``.
    away
        What ``taken_away`` does, in words.
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def away(self) -> str: ...  # noqa: D102

    def journal(self) -> str:
        """Return the URL of a journal that is not there yet."""
        ...

    def taken_away(self) -> AbstractContextManager[None]:
        """Keep the database from everybody while the block lasts."""
        ...

    def mend(self) -> bool:
        """Start it again where it went down by itself, as what watches over it does; return whether it had."""
        ...


@dataclass(frozen=True)
class Sqlite:
    """Files of SQLite in a folder."""

    folder: Path
    name: str = "sqlite"
    away: str = "file locked by another process"

    def journal(self) -> str:
        """Return the URL of a file that is not there yet."""
        return f"sqlite:///{self.folder / f'journal-{next(_numbers)}.db'}"

    @contextmanager
    def taken_away(self) -> Iterator[None]:
        """Lock every journal there is, as a copy made by hand would."""
        held = [sqlite3.connect(file, isolation_level=None) for file in self.folder.glob("journal-*.db")]
        try:
            for connection in held:
                connection.execute("PRAGMA busy_timeout = 30000")
                connection.execute("BEGIN IMMEDIATE")
            yield
        finally:
            for connection in held:
                with closing(connection):
                    connection.rollback()

    def mend(self) -> bool:
        """Return that it cannot go down."""
        return False


@dataclass(frozen=True)
class Postgres:
    """A cluster of PostgreSQL."""

    cluster: Cluster
    name: str = "postgresql"
    away: str = "server stopped and started"

    def journal(self) -> str:
        """Return the URL of a schema without tables."""
        return self.cluster.create(f"journal_{next(_numbers)}")

    @contextmanager
    def taken_away(self) -> Iterator[None]:
        """Stop the server and start it again."""
        self.cluster.stop()
        try:
            yield
        finally:
            self.cluster.start()

    def mend(self) -> bool:
        """Start the server if it went down."""
        if self.cluster.is_running():
            return False
        self.cluster.start()
        return True


@dataclass(frozen=True)
class SmallDisk:
    """A file system of its own, so small that it is soon full."""

    folder: Path

    def fill(self) -> None:
        """Leave no byte of it free."""
        with (self.folder / "filler").open("ab", buffering=0) as filler:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while filler.write(b"\1" * size) == size:
                        pass
                except OSError:
                    continue

    def free(self) -> None:
        """Give the room back."""
        (self.folder / "filler").unlink(missing_ok=True)


@contextmanager
def database(name: str, folder: Path, disk: SmallDisk | None = None) -> Iterator[Database]:
    """Give a database of a name, in a folder or on a small disk; NoPostgresError where PostgreSQL is not installed."""
    if name == "sqlite":
        yield Sqlite(folder if disk is None else disk.folder)
    else:
        with private_postgres(None if disk is None else disk.folder) as cluster:
            yield Postgres(cluster)


@contextmanager
def small_disk(megabytes: int) -> Iterator[SmallDisk]:
    """Mount a small file system in memory while the block lasts; NoSmallDiskError where this may not be done."""
    if os.geteuid() != 0:
        raise NoSmallDiskError("a small file system is mounted by root alone")
    with tempfile.TemporaryDirectory(prefix="duewise-disk-") as place:
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", place]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NoSmallDiskError(f"a small file system cannot be mounted: {done.stderr.strip()}")
        try:
            yield SmallDisk(Path(place))
        finally:
            _unmounted(place)


def _unmounted(place: str) -> None:
    """Unmount; who was killed a moment ago may still hold a file."""
    for _ in range(50):
        if subprocess.run(["umount", place], capture_output=True, check=False).returncode == 0:
            return
        time.sleep(0.1)
    subprocess.run(["umount", "--lazy", place], check=True)
