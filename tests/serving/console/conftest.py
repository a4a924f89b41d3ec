"""A service with a page: tokens, a journal of two rounds of decisions, and a folder of reports."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import batched, count
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import msgspec
import pytest

from serving.access.access import TOKENS
from serving.access.token_file import TokenFile, write_token_file
from serving.access.tokens import new_token
from serving.journal import DecisionRow, Entry, Journal, encoded_row
from serving.launch import REPORTS, serve_command

EARLIER, NOW = "2025-04-21T10:00:00+08:00", "2025-05-20T10:00:00+08:00"
REPORT = "<!doctype html><html lang='en'><head><title>{title}</title><style>p {{ color: #123456 }}</style></head><body><h1>{title}</h1><p>{body}</p>{more}</body></html>"
DRAWN = "<script>document.querySelector('p').textContent = 'drawn by itself'; try { localStorage.x } catch { document.title = 'kept apart' }</script>"
WATCH = {
    "format": 1,
    "since": "2025-04-20T10:00:00+08:00",
    "until": NOW,
    "zone": "Asia/Shanghai",
    "model": "duewise-default/1",
    "volume": {"decisions": 2000, "customers": 1000, "expected_value": 1234.5},
    "drift": {"score": {"psi": 0.31}},
    "alarms": {
        "raised": [
            {
                "level": "alarm",
                "rule": "score_shift",
                "about": "score",
                "size": 0.31,
                "chance": 1e-9,
                "evidence": "the index of stability is 0.31",
                "to_do": "Compare the features that moved most.",
            }
        ],
        "tests": 40,
        "chance_asked": 0.001,
    },
}


FIELDS = {name: place for place, name in enumerate(DecisionRow.__struct_fields__)}
LATEST = """
WITH told AS (
  SELECT customer, seq, row, coalesce(cell(row, {as_of}), at / 1000000) AS moment
  FROM journal_entries WHERE kind = 'decision'),
latest AS (
  SELECT *, row_number() OVER (PARTITION BY customer ORDER BY moment DESC, seq DESC) AS place FROM told)
SELECT {side} AS name, count(*), avg(cell(row, {default_probability})),
  sum(coalesce(cell(row, {amount_open}), 0)),
  sum(coalesce(cell(row, {amount_open}), 0) * cell(row, {default_probability})),
  sum(cell(row, {expected_value})), sum(cell(row, {action}) <> 'none')
FROM latest WHERE place = 1 AND {side} IS NOT NULL GROUP BY name ORDER BY name
"""
"""The figures of the portfolio in SQL over the journal, for any side of it."""


@dataclass(frozen=True)
class Served:
    """A running service, its journal, and a token of each scope."""

    url: str
    journal_url: str
    reports: Path
    tokens: dict[str, str]
    log: Path

    def ask(self, path: str, body: Any = None, scope: str | None = "review") -> tuple[int, Any]:
        """Ask a route; a body is posted. Returns (status, answer)."""
        headers = {"Content-Type": "application/json"}
        if scope is not None:
            headers["Authorization"] = f"Bearer {self.tokens[scope]}"
        content = None if body is None else json.dumps(body).encode()
        try:
            with urlopen(Request(f"{self.url}{path}", content, headers), timeout=60) as response:
                return response.status, json.load(response)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    def told(self, path: str, **body: Any) -> Any:
        """Return the answer of a route of the page."""
        status, answer = self.ask(f"/console/{path}", body)
        assert status == 200, answer
        return answer

    def journal(self) -> Journal:
        return Journal.open(self.journal_url)


@pytest.fixture(scope="session")
def served(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run the service with tokens on the world, whose customers were all decided for twice."""
    folder = tmp_path_factory.mktemp("page")
    tokens = _tokens(folder / "tokens.json")
    journal, reports = f"sqlite:///{folder / 'journal.db'}", _reports(folder / "reports")
    environment = {TOKENS: str(folder / "tokens.json"), REPORTS: str(reports)}
    with _running(folder, journal, world.folder, environment) as url:
        running = Served(url, journal, reports, tokens, folder / "log.txt")
        ids = world.book.customers["customer_id"].tolist()
        for at in (EARLIER, NOW):
            for first in range(0, len(ids), 200):
                asked = [{"customer_id": name} for name in ids[first : first + 200]]
                status, answer = running.ask("/score", {"as_of": at, "customers": asked}, "score")
                assert status == 200, answer
        yield running


@pytest.fixture(scope="session")
def serving_at() -> Callable[[Path, str], AbstractContextManager[str]]:
    """Return what runs the service without tokens on a journal, in a folder, and gives its address."""
    return _running


@contextmanager
def _running(
    folder: Path, journal: str, snapshot: Path | None = None, environment: Mapping[str, str] = MappingProxyType({})
) -> Iterator[str]:
    command, known = serve_command(_free_port(), snapshot, journal=journal)
    url, log = f"http://127.0.0.1:{command[-1]}", folder / "log.txt"
    with log.open("wb") as out, subprocess.Popen(command, env=known | environment, stdout=out, stderr=out) as process:
        try:
            _await(f"{url}/readyz", log)
            yield url
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return where Chromium is; without it CI fails and others skip."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        refuse = pytest.fail if os.environ.get("CI") else pytest.skip
        refuse("chromium not found; `make browser` installs it")
    return str(found)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """Run Chromium, and no longer than a module's tests: Playwright's event loop is in the way of others."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(f"sqlite:///{tmp_path / 'journal.db'}") as opened:
        yield opened


type Decided = Callable[..., Entry]


@pytest.fixture
def decided() -> Decided:
    """Return what makes an entry of a decision with a row and no content."""
    numbers = count()
    return lambda customer, as_of=1_000, written=2_000, **row: _decision(
        f"d{next(numbers)}", customer, as_of, written, row
    )


@pytest.fixture(scope="session")
def write_decisions() -> Callable[[Journal, Sequence[Mapping[str, Any]]], None]:
    """Return what writes many decisions, each about a customer of its own."""

    def write(journal: Journal, rows: Sequence[Mapping[str, Any]]) -> None:
        for some in batched(enumerate(rows), 10_000):
            journal.append([_decision(f"d{k}", f"C{k:07d}", 1_000, 2_000, row) for k, row in some])

    return write


def _decision(name: str, customer: str, as_of: int | None, written: int, row: Mapping[str, Any]) -> Entry:
    told = {
        "default_probability": 0.1, "tier": "low", "stance": "reliable", "programme": "standard", "stage": "T-3",
        "days_past_due": -3, "amount_open": 100.0, "action": "sms_gentle", "propensity": 1.0,
        "expected_effect": 0.01, "expected_value": 2.0, "requires_human": False, "model": "m", "policy": "p",
        "rules": "r", "blocked_by": "",
    } | row  # fmt: skip
    content = encoded_row(DecisionRow(**told, as_of=as_of))
    return Entry("decision", name, datetime.fromtimestamp(written, UTC), customer, name, content)


@pytest.fixture(scope="session")
def counted_in_sql() -> Callable[[str, str], list[tuple[Any, ...]]]:
    """Return what counts the portfolio of a journal's file by a side of it, or "all", in SQL."""
    return _counted_in_sql


def _counted_in_sql(file: str, side: str) -> list[tuple[Any, ...]]:
    """Return name, customers, mean probability, amounts and reminded by SQL; ``side`` "all" is everybody."""
    database = sqlite3.connect(file)
    decode = msgspec.msgpack.decode
    database.create_function("cell", 2, lambda row, place: dict(enumerate(decode(row))).get(place), deterministic=True)
    column = "'all'" if side == "all" else f"cell(row, {FIELDS[side]})"
    told = database.execute(LATEST.format(side=column, **FIELDS)).fetchall()
    database.close()
    return told


def _tokens(file: Path) -> dict[str, str]:
    now = datetime.now(UTC)
    made = {
        name: new_token(name, scopes, now, now + timedelta(days=1))
        for name, scopes in {"score": ("score", "outcomes"), "review": ("review",)}.items()
    }
    write_token_file(file, TokenFile(tokens=tuple(kept for _, kept in made.values())))
    return {name: presented for name, (presented, _) in made.items()}


def _reports(folder: Path) -> Path:
    for name, title, more in (
        ("model/report", "Model review: duewise-default, version 1", ""),
        (
            "weekly/2025-05-20",
            "Weekly report",
            "<a href='../monitoring/drift.html'>drift</a> <a href='https://elsewhere.example/'>away</a> <a href='#zh'>中文</a><style>#zh:not(:target) { display: none }</style><b id='zh'>周报正文</b>",
        ),
        ("monitoring/drift", "Drift of the features", DRAWN),
    ):
        file = folder / f"{name}.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(REPORT.format(title=title, body=f"The body of {name}.", more=more), encoding="utf-8")
    (folder / "monitoring" / "watch.json").write_text(json.dumps(WATCH), encoding="utf-8")
    (folder / "model" / "report.json").write_text("{}", encoding="utf-8")
    return folder


def _await(url: str, log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"{url} was not ready: {log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
