"""Starting the service as a process of its own, and waiting until it is ready."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.error import URLError
from urllib.request import urlopen

from features.errors import ModelError
from serving.journal import JOURNAL
from serving.registry import tracking_uri

SNAPSHOT = "DUEWISE_SNAPSHOT"
"""Environment variable with the folder of the book in which customers without records are looked up."""

PRICES = "DUEWISE_PRICES"
"""Environment variable with the file of the prices of capacity by which to decide."""

WORKERS = "DUEWISE_WORKERS"
"""Environment variable with the number of processes that answer, each with a snapshot of its own; by default 1."""

REPORTS = "DUEWISE_REPORTS"
"""Environment variable with the folder of the reports that the page shows; nothing beyond it is ever read."""

_PATIENCE = 60.0

_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of Linux's prctl."""


def end_with_parent() -> None:
    """Have this process killed when the one that started it dies, where the system can do that (Linux).

    A worker whose watcher was killed would answer on, watched by nobody, and hold the port: the service started in its
    place could not listen. Killed at any moment nothing acknowledged is lost.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)


def serve_command(
    port: int,
    snapshot: Path | None = None,
    prices: Path | None = None,
    workers: int = 1,
    journal: str | None = None,
    reports: Path | None = None,
) -> tuple[list[str], dict[str, str]]:
    """Return the command that serves on 127.0.0.1:``port``, and its environment.

    ``journal`` is the URL of its database; None: the environment's, or a file of SQLite beside the snapshot, or in the
    working folder where there is none. ``reports`` None: the environment's.
    """
    command = [sys.executable, "-m", "bentoml", "serve", "serving.service:Duewise", "--host", "127.0.0.1"]
    environment = os.environ | {"MLFLOW_TRACKING_URI": tracking_uri(), "BENTOML_DO_NOT_TRACK": "True"}
    environment[WORKERS] = str(workers)
    if snapshot is not None:
        environment[SNAPSHOT] = str(snapshot.resolve())
        environment.setdefault(JOURNAL, f"sqlite:///{snapshot.resolve().parent / 'duewise-journal.db'}")
    if prices is not None:
        environment[PRICES] = str(prices.resolve())
    if journal is not None:
        environment[JOURNAL] = journal
    if reports is not None:
        environment[REPORTS] = str(reports.resolve())
    return [*command, "--port", str(port)], environment


@contextmanager
def running_service(
    port: int, snapshot: Path | None = None, prices: Path | None = None, workers: int = 1, journal: str | None = None
) -> Iterator[str]:
    """Run the service while the block lasts and give its address.

    Raises
    ------
    ModelError
        When it is not ready within a minute; with what it printed last.
    """
    command, environment = serve_command(port, snapshot, prices, workers, journal)
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile() as log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:
        try:
            _await_ready(url, process, log)
            yield url
        finally:
            process.terminate()


def _await_ready(url: str, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"{url}/readyz", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    log.seek(0)
    printed = log.read().decode(errors="replace").splitlines()
    raise ModelError(f"the service at {url} did not become ready: {printed[-1] if printed else 'it printed nothing'}")
