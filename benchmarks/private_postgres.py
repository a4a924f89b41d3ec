"""A PostgreSQL of one's own for a benchmark or a test: a cluster in a temporary folder, on a port of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text

ACCOUNT = "postgres"
"""Whom root runs it as, since PostgreSQL refuses to run as root."""


class NoPostgresError(Exception):
    """PostgreSQL is not installed; the text says how it would be."""


@dataclass(frozen=True)
class Cluster:
    """A cluster that may be stopped and started; ``bin`` holds its programs."""

    bin: Path
    folder: Path
    port: int

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-w", "-o", options, "start"
        )

    def stop(self, mode: str = "fast") -> None:
        """Stop it: ``fast`` breaks connections off, ``immediate`` is a crash."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")

    def is_running(self) -> bool:
        """Tell whether it runs, or is about to."""
        return self._ran("pg_ctl", "-D", str(self.folder / "data"), "status") == ""

    def create(self, name: str) -> str:
        """Create a schema, which is cheaper than a database, and return the URL that works in it."""
        at = f"://duewise@127.0.0.1:{self.port}/postgres"
        engine = create_engine(f"postgresql+psycopg{at}", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f'CREATE SCHEMA "{name}"'))
        engine.dispose()
        return f"postgresql{at}?options=-csearch_path%3D{name}"

    def _run(self, program: str, *arguments: str) -> None:
        if refused := self._ran(program, *arguments):
            raise RuntimeError(f"{program}: {refused}")

    def _ran(self, program: str, *arguments: str) -> str:
        """Return what a program said where it failed, else nothing."""
        account = {"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []} if os.geteuid() == 0 else {}
        command = [str(self.bin / program), *arguments]
        with tempfile.TemporaryFile("w+") as said:  # a pipe would stay open in the server that pg_ctl leaves
            done = subprocess.run(command, cwd=self.folder, stdout=said, stderr=said, check=False, **account)  # type: ignore[call-overload]
            said.seek(0)
            return (said.read() or "it failed") if done.returncode else ""


@contextmanager
def private_postgres(within: Path | None = None) -> Iterator[Cluster]:
    """Run a cluster while the block lasts, in a folder of its own: ``within`` another, None: where temporary ones are.

    Raises
    ------
    NoPostgresError
        When PostgreSQL is not installed.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="duewise-postgres-", dir=within))
    if os.geteuid() == 0:
        shutil.chown(folder, ACCOUNT, ACCOUNT)
    cluster = Cluster(programs, folder, _free_port())
    try:
        cluster._run("initdb", "-D", str(folder / "data"), "-U", "duewise", "-A", "trust", "-E", "UTF8", "--locale=C")
        cluster.start()
        yield cluster
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            cluster.stop("immediate")
        shutil.rmtree(folder)


def _programs() -> Path:
    """Return where initdb lies: on the path, or where Debian puts the newest."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
    if not places:
        raise NoPostgresError("PostgreSQL is not installed: `make postgres`")
    return places[0]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
