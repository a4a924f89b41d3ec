"""A running service with a journal of its own, whose log is kept."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from serving.journal import Journal
from serving.launch import serve_command

PATIENCE = 90.0


@dataclass(frozen=True)
class Running:
    """A service that runs: its address, its journal's and the file of its log."""

    url: str
    journal_url: str
    log: Path

    def ask(self, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Ask a route; a body is posted. Returns (status, answer)."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = None if body is None else json.dumps(body).encode()
        try:
            with urlopen(
                Request(f"{self.url}{path}", content, {"Content-Type": "application/json"} | named), timeout=60
            ) as response:
                return response.status, json.load(response)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    def score(self, *customers: dict[str, Any], **more: Any) -> list[Any]:
        """Return the results of a request that is answered."""
        status, answer = self.ask("/score", {"customers": list(customers)} | more)
        assert status == 200, answer
        results: list[Any] = answer["results"]
        return results

    def journal(self) -> Journal:
        return Journal.open(self.journal_url)

    def await_status(self, path: str, status: int) -> Any:
        """Return the answer of a route once it has a status."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                found, answer = self.ask(path)
                if found == status:
                    return answer
            except (URLError, OSError):
                pass
            time.sleep(0.1)
        raise AssertionError(f"{path} did not come to {status}: {self.log.read_text()[-2000:]}")


type Start = Callable[..., AbstractContextManager[Running]]


@pytest.fixture(scope="session")
def start(world: Any) -> Start:
    """Return what runs a service on the world's book: on a port, in a folder, until the block ends."""

    @contextmanager
    def started(port: int, folder: Path, journal: str | None = None, **environment: str) -> Iterator[Running]:
        address = journal or f"sqlite:///{folder / 'journal.db'}"
        command, known = serve_command(port, world.folder, journal=address)
        log = folder / f"log-{port}.txt"
        with (
            log.open("wb") as out,
            subprocess.Popen(command, env=known | environment, stdout=out, stderr=out) as process,
        ):
            try:
                running = Running(f"http://127.0.0.1:{port}", address, log)
                running.await_status("/livez", 200)
                yield running
            finally:
                process.terminate()

    assert "DUEWISE_TOKENS" not in os.environ
    return started
