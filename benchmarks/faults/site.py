"""Where a service runs: models, a nightly snapshot, tokens and settings, and the processes it is started as."""

from __future__ import annotations

import http.client
import secrets
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any

import msgspec
import psutil  # type: ignore[import-untyped]
import yaml

from benchmarks.service import free_port
from features import Book
from serving.access import SERVICE, TOKENS
from serving.access.token_file import TokenFile, write_token_file
from serving.access.tokens import SCOPES, new_token
from serving.launch import serve_command
from serving.settings import CONFIGS
from serving.snapshot import write_snapshot

PATIENCE = 90.0
"""Seconds within which whatever recovers must have recovered."""

type Status = tuple[int, Any]


class Line:
    """One connection to a service, kept while it lasts, over which each question is sent once."""

    def __init__(self, url: str, token: str, seconds: float = 40.0) -> None:
        self._connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=seconds)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, route: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Ask, post where there is a body, and return status and answer; OSError or HTTPException when none came."""
        try:
            self._connection.request("GET" if body is None else "POST", route, body, {**self._headers, **headers})
            response = self._connection.getresponse()
            return response.status, response.read()
        except (OSError, HTTPException):
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; it is opened again when something is asked."""
        self._connection.close()


@dataclass(frozen=True)
class Site:
    """What services share: ``names`` are customers of the ``snapshot``, ``token`` may be used for everything."""

    folder: Path
    snapshot: Path
    names: tuple[str, ...]
    token: str = field(repr=False)

    @classmethod
    def of(cls, book: Path, folder: Path, **settings: float) -> Site:
        """Make a site in a folder, with a snapshot of a book that stays as it is, and settings of its own."""
        folder.mkdir(parents=True, exist_ok=True)
        write_snapshot(book, folder / "snapshot")
        now = datetime.now(UTC)
        token, kept = new_token("load", SCOPES, now, now + timedelta(days=2))
        write_token_file(folder / "tokens.json", TokenFile(tokens=(kept,)))
        (folder / "service.yaml").write_text(yaml.safe_dump(_settings() | settings), encoding="utf-8")
        names = Book.read(book).customers["customer_id"].astype(str)
        return cls(folder, folder / "snapshot", tuple(names), token)

    @property
    def token_id(self) -> str:
        """The public part of the token, by which the journal knows whose an Idempotency-Key is."""
        return self.token.split("_")[1]

    def environment(self) -> dict[str, str]:
        """Return what names the settings and the tokens."""
        return {SERVICE: str(self.folder / "service.yaml"), TOKENS: str(self.folder / "tokens.json")}


class Service:
    """A service as it runs for a bank: a process that watches over another, which answers.

    Parameters
    ----------
    site
        What it serves.
    journal
        The URL of its journal.
    more
        More of its environment.
    """

    def __init__(self, site: Site, journal: str, more: Mapping[str, str] | None = None) -> None:
        self.site, self.journal, self.more = site, journal, dict(more or {})
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = site.folder / f"log-{self.port}.txt"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Service:
        """Start it; it is not awaited."""
        command, known = serve_command(self.port, self.site.snapshot, journal=self.journal)
        with self.log.open("ab") as log:
            environment = known | self.site.environment() | self.more
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        return self

    def kill(self) -> None:
        """Kill -9 every process of it at once, as a machine that stops does."""
        self._signal([self._parent, *self.workers])
        self._gone()

    def kill_parent(self) -> None:
        """Kill -9 the process that was started, and nothing else."""
        self._signal([self._parent])
        self._gone()

    def kill_worker(self) -> None:
        """Kill -9 the process that answers; the other one is to start it again."""
        self._signal(self.workers)

    def stop(self) -> None:
        """Stop it as one does, and whatever is left of it after a while."""
        if self._process is None or self._process.poll() is not None:
            return
        left = [self._parent, *self.workers]
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        self._signal(left)
        self._gone()

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that answer."""
        with suppress(psutil.NoSuchProcess):
            return list(self._parent.children(recursive=True))
        return []

    def ask(self, route: str, body: Any = None) -> Status:
        """Ask once, under a key of its own, and return status and answer; OSError or HTTPException when none came."""
        headers = {"Idempotency-Key": secrets.token_hex(8)}
        line = Line(self.url, self.site.token)
        try:
            status, content = line.ask(route, None if body is None else msgspec.json.encode(body), headers)
        finally:
            line.close()
        return status, msgspec.json.decode(content)

    def await_that(self, holds: Callable[[int, Any], bool], route: str = "/readyz", body: Any = None) -> float:
        """Return the seconds until an answer of a route is as wanted; RuntimeError when it is not within 90."""
        began, last = time.monotonic(), "nobody answers"
        while time.monotonic() - began < PATIENCE:
            with suppress(OSError, HTTPException):
                status, answer = self.ask(route, body)
                if holds(status, answer):
                    return time.monotonic() - began
                last = f"{status} {answer}"
            time.sleep(0.05)
        raise RuntimeError(f"{self.url}{route} did not come to what it must; at last: {last[:600]}")

    def await_ready(self) -> float:
        """Return the seconds until it is ready."""
        return self.await_that(lambda status, _: status == 200)

    @property
    def _parent(self) -> psutil.Process:
        if self._process is None:
            raise RuntimeError("the service was not started.")
        return psutil.Process(self._process.pid)

    def _signal(self, processes: list[psutil.Process]) -> None:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def _gone(self) -> None:
        if self._process is not None:
            self._process.wait(20)


def _settings() -> dict[str, Any]:
    """Return configs/service.yaml for load on a small disk with a snapshot of a simulated year."""
    settings: dict[str, Any] = yaml.safe_load((CONFIGS / "service.yaml").read_text(encoding="utf-8"))
    unbounded = {"per_second": 1e6, "burst": 1_000_000}
    settings["limits"] |= {"by_token": unbounded, "overall": unbounded}
    settings["health"] |= {"snapshot_age_hours": 1_000_000, "disk_free_mb": 1}
    return settings
