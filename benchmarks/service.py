"""How fast does the service answer? ``python -m benchmarks.service [folder]``; the folder keeps what was trained.

One worker, one client, one connection. A bare BentoML echo of the same body is asked in turn with the service, so that
both meet the same machine. Every request asks as of a moment of its own, so that each decision is one to be made and
committed. Then where the time of one request goes, measured around the functions themselves.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import psutil  # type: ignore[import-untyped]
import yaml

from benchmarks.machine import machine_line
from features import Book
from features.tables.schema import TABLES
from serving import decide, desk, sent
from serving.access import SERVICE
from serving.commands.options import moment_of
from serving.contract import read_request
from serving.journal import GroupCommitter, Journal
from serving.launch import running_service, serve_command
from serving.office import asked
from serving.registry import load_models
from serving.scorer import Scorer
from serving.settings import CONFIGS
from serving.snapshot import Events, Snapshot, write_snapshot
from serving.snapshot.kept import Kept

CUSTOMERS, MONTHS, REMINDERS = 1_500, 24, 30
ROUNDS, MANY, BLOCKS, CLIENTS = 600, 100, 60, 4

STEPS: Mapping[str, tuple[tuple[Any, str], ...]] = {
    "rows to a ledger": ((sent, "posted_rows"),),
    "features": ((decide, "history_of"), (decide, "matrix_of")),
    "score and contributions": ((Scorer, "score"),),
    "effects of actions": ((decide, "_effects"),),
    "replies and stance": ((decide, "held"), (decide, "stances_of")),
    "rules, programme, hours": (
        (decide, "pressing_beside_plans"),
        (decide, "programmes_of"),
        (decide, "sending"),
        (decide, "limited"),
        (decide, "_escalations"),
    ),
    "policy": ((decide, "expected_value"), (decide, "choose"), (decide, "decision_ids"), (decide, "_keys")),
    "words": ((desk, "answers"),),
    "encode": ((asked, "_encoded"), (asked, "_cells"), (asked, "decision_entry")),
}
"""What each step of a request calls, by the module or class where it is looked up."""


def world(folder: Path) -> Book:
    """Return a simulated book, with champions trained on it; both are kept in the folder."""
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder / 'mlflow.db'}"
    if not (folder / "book").exists():
        from training import simulate_bank
        from training.settings import read_train_settings
        from training.train import train

        book = simulate_bank(CUSTOMERS, MONTHS, seed=7).book
        train(book, replace(read_train_settings(), most_response_rows=20_000), figures=False)
        book.write(folder / "book")
    return Book.read(folder / "book")


def records_of(book: Book, name: str) -> dict[str, list[dict[str, Any]]]:
    """Return a customer's rows as JSON carries them."""
    loans = book.loans.loc[book.loans["customer_id"] == name, "loan_id"]
    records = {}
    for table, frame in book.tables():
        rows = frame[frame["customer_id"] == name] if "customer_id" in frame else frame[frame["loan_id"].isin(loans)]
        days = {key: rows[key].dt.strftime("%Y-%m-%d") for key in rows.columns[rows.dtypes == "datetime64[us]"]}
        text = rows.assign(**days).to_json(orient="records", date_format="iso", date_unit="s", double_precision=15)
        whole = [key for key, column in TABLES[table].columns.items() if column.kind == "integer"]
        records[table] = [
            {key: int(cell) if key in whole and cell is not None else cell for key, cell in row.items()}
            for row in json.loads(text)
        ]
    return records


def typical(book: Book) -> str:
    """Return the customer with two loans whose number of reminders is nearest to ``REMINDERS``."""
    loans = book.loans["customer_id"].value_counts()
    reminders = book.reminders["customer_id"].value_counts()
    return str((reminders[reminders.index.isin(loans.index[loans == 2])] - REMINDERS).abs().idxmin())


class Fresh:
    """A request with reasons that asks as of a later moment each time it is called: no answer is in the journal yet."""

    def __init__(self, book: Book, *customers: dict[str, Any]) -> None:
        self._first, self._turn = moment_of(None, book), count(1)
        self._rest = json.dumps({"customers": customers})[1:]

    def __call__(self) -> bytes:
        """Return the body of the next request."""
        at = self._first + timedelta(milliseconds=next(self._turn))
        return f'{{"as_of": "{at.isoformat()}", {self._rest}'.encode()


class Client:
    """One connection that is kept, as a bank's own client keeps it."""

    def __init__(self, url: str, path: str) -> None:
        self.path = path
        self.connection = http.client.HTTPConnection(url.removeprefix("http://"))
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, body: bytes) -> bytes:
        """Return the answer to a body."""
        self.connection.request("POST", self.path, body, {"Content-Type": "application/json"})
        response = self.connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise RuntimeError(f"{self.path} answered {response.status}: {answer[:200]!r}")
        return answer


@contextmanager
def running_echo(folder: Path) -> Iterator[str]:
    """Run BentoML with a service that does nothing but read the request with its pydantic model and send it back."""
    (folder / "echo.py").write_text(
        "import bentoml\nfrom serving.contract import ScoreRequest\n\n\n"
        "@bentoml.service(name='echo')\nclass Echo:\n"
        "    @bentoml.api(route='/echo')\n    def echo(self, request: ScoreRequest, /) -> ScoreRequest:\n"
        "        return request\n"
    )
    command, environment = serve_command(free_port())
    command[command.index("serving.service:Duewise")] = "echo:Echo"
    url = f"http://127.0.0.1:{command[-1]}"
    with subprocess.Popen(
        command, cwd=folder, env=environment | {"PYTHONPATH": str(Path.cwd())}, stdout=subprocess.DEVNULL, stderr=-3
    ) as process:
        try:
            awaited(url)
            yield url
        finally:
            process.terminate()


def awaited(url: str) -> None:
    """Wait until a service answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=2)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"{url} did not become ready within a minute.")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def in_turn(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, np.ndarray[Any, Any]]:
    """Return the seconds that each way took in each round, asked one after the other."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds // 10):
        for way in ways.values():
            way()
    for _ in range(rounds):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            taken[name].append(time.perf_counter() - started)
    return {name: np.array(seconds) for name, seconds in taken.items()}


def processor_seconds(ask: Callable[[], object], rounds: int) -> float:
    """Return the processor time that the services take to answer once: what a crowded machine does not stretch."""
    services = psutil.Process().children(recursive=True)
    before = _busy(services)
    for _ in range(rounds):
        ask()
    return (_busy(services) - before) / rounds


def _busy(processes: list[psutil.Process]) -> float:
    return float(sum(sum(one.cpu_times()[:2]) for one in processes))


def without_rates(folder: Path) -> Path:
    """Return settings of the service that let any number of requests in: it is timed, not guarded."""
    settings = yaml.safe_load((CONFIGS / "service.yaml").read_text(encoding="utf-8"))
    unbounded = {"per_second": 1e6, "burst": 1_000_000}
    settings["limits"] |= {"by_token": unbounded, "overall": unbounded, "concurrent": 1_000}
    file = folder / "service.yaml"
    file.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return file


def over_http(book: Book, folder: Path, inline: Fresh, known: Fresh) -> dict[str, float]:
    """Print what requests take beside the echo, and how many customers a second are decided for in hundreds.

    Return the median seconds of a request with records and of one by id.
    """
    names = book.customers["customer_id"].tolist()
    parts = [names[k : k + MANY] for k in range(0, 4 * MANY, MANY)]
    hundreds = [
        Fresh(book, *({"customer_id": one, "records": records_of(book, one)} for one in some)) for some in parts
    ]
    by_id = [Fresh(book, *({"customer_id": one} for one in some)) for some in parts]
    os.environ[SERVICE] = str(without_rates(folder))
    with running_echo(folder) as echo, running_service(free_port(), folder / "book") as service:
        bare, asked = Client(echo, "/echo"), Client(service, "/score")
        ways = {
            "bare BentoML echo, records": lambda: bare.post(inline()),
            "/score, records": lambda: asked.post(inline()),
            "bare BentoML echo, id": lambda: bare.post(known()),
            "/score, id": lambda: asked.post(known()),
        }
        seconds = in_turn(ways, ROUNDS)
        busy = {way: processor_seconds(ask, ROUNDS // 4) for way, ask in ways.items()}
        for kind in ("records", "id"):
            ours, bare_echo = f"/score, {kind}", f"bare BentoML echo, {kind}"
            ratio, work = np.median(seconds[ours]) / np.median(seconds[bare_echo]), busy[ours] / busy[bare_echo]
            print(
                f"{ours}: {ratio:.2f} times a {bare_echo}, of the same body (p50); {work:.2f} times its processor time"
            )
        ratio = np.median(seconds["/score, id"]) / np.median(seconds["/score, records"])
        print(f"/score, id: {ratio:.2f} times /score, records (p50)")
        print(f"{'ms':28} {'p50':>8} {'p95':>8} {'p99':>8} {'processor':>10}")
        for way, taken in seconds.items():
            told = " ".join(f"{1e3 * p:8.2f}" for p in np.percentile(taken, (50, 95, 99)))
            print(f"{way:28} {told} {1e3 * busy[way]:10.2f}")
    with running_service(free_port(), folder / "book", workers=2) as service:
        for what, bodies in (("records", hundreds), ("ids", by_id)):
            rate = customers_a_second(service, bodies)
            print(f"{MANY} customers a request, {what}, two workers, {CLIENTS} clients: {rate}")
    return {kind: float(np.median(seconds[f"/score, {kind}"])) for kind in ("records", "id")}


def customers_a_second(service: str, bodies: list[Fresh]) -> str:
    """Tell for how many customers a second clients get answers, and the processor time that takes.

    Each request comes on a connection of its own, so that it goes to the worker that is free.
    """
    for body in (*bodies, *bodies):
        Client(service, "/score").post(body())
    services = psutil.Process().children(recursive=True)

    def ask(client: int) -> None:
        for k in range(client, BLOCKS, CLIENTS):
            Client(service, "/score").post(bodies[k % len(bodies)]())

    started, before = time.perf_counter(), _busy(services)
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(ask, range(CLIENTS)))
    rate, busy = BLOCKS * MANY / (time.perf_counter() - started), (_busy(services) - before) / (BLOCKS * MANY)
    return f"{rate:,.0f} customers/s, {1e6 * busy:.0f} us of processor each"


class Stopwatch:
    """Adds up, by step, the time that functions take while a request is answered."""

    def __init__(self) -> None:
        self.taken: dict[str, float] = defaultdict(float)

    def around(self, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, timed."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            started = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.taken[step] += time.perf_counter() - started

        return timed


def breakdown(book: Book, bodies: Mapping[str, Fresh], over: Mapping[str, float], rounds: int = ROUNDS) -> None:
    """Print the medians of what each step of a request takes, in this process; ``over`` is what HTTP takes in all."""
    one = desk.Desk(load_models(), snapshot=in_memory(book))
    with ExitStack() as stack:
        aside = stack.enter_context(tempfile.TemporaryDirectory())
        committer = stack.enter_context(stack.enter_context(Journal.open(f"sqlite:///{aside}/journal.db")).committer())
        found = {kind: _steps(one, committer, body, rounds) for kind, body in bodies.items()}
    medians = {kind: {step: float(np.median(taken)) for step, taken in parts.items()} for kind, parts in found.items()}
    for kind, parts in medians.items():
        parts |= {"HTTP, gate, threads": over[kind] - parts["all"], "over HTTP": over[kind]}
    print(f"\n{'of one request: us':40} " + " ".join(f"{kind:>10}" for kind in medians))
    for step in next(iter(medians.values())):
        print(f"{step:40} " + " ".join(f"{1e6 * parts[step]:10.0f}" for parts in medians.values()))


def in_memory(book: Book) -> Kept:
    """Return the snapshot of a book, opened."""
    with tempfile.TemporaryDirectory() as aside:
        book.write(Path(aside) / "book")
        write_snapshot(Path(aside) / "book", Path(aside) / "snapshot")
        opened = Snapshot.open(Path(aside) / "snapshot")
        return Kept(opened, Events(opened))


def _steps(one: desk.Desk, committer: GroupCommitter, body: Fresh, rounds: int) -> dict[str, list[float]]:
    watch = Stopwatch()
    parts: dict[str, list[float]] = {name: [] for name in ("parse", *STEPS, "the rest", "journal", "all")}
    with ExitStack() as stack:
        for step, functions in STEPS.items():
            for owner, name in functions:
                stack.enter_context(mock.patch.object(owner, name, watch.around(step, getattr(owner, name))))
        for _ in range(rounds):
            watch.taken.clear()
            asked_for = body()
            started = time.perf_counter()
            request = read_request(asked_for)
            read = time.perf_counter()
            told = asked.told_by(one, request, pd.Timestamp(str(request.as_of)))
            decided = time.perf_counter()
            committer.append(list(told.entries.values()))
            ended = time.perf_counter()
            own = {"parse": read - started, "journal": ended - decided, "all": ended - started}
            own["the rest"] = decided - read - sum(watch.taken.values())
            for name, seconds in parts.items():
                seconds.append(own[name] if name in own else watch.taken[name])
    return parts


def main(folder: str | None = None) -> None:
    """Print the ratios, the percentiles, the throughput, the breakdown and the machine."""
    with tempfile.TemporaryDirectory() as aside:
        kept = Path(folder or aside)
        kept.mkdir(parents=True, exist_ok=True)
        book = world(kept)
        name = typical(book)
        records = records_of(book, name)
        bodies = {
            "records": Fresh(book, {"customer_id": name, "records": records}),
            "id": Fresh(book, {"customer_id": name}),
        }
        told = ", ".join(f"{len(rows)} {table}" for table, rows in records.items())
        breakdown(book, bodies, over_http(book, kept, bodies["records"], bodies["id"]))
        print(f"\none customer: {told}; {len(bodies['records']()) / 1024:.0f} KB")
        print(machine_line())


if __name__ == "__main__":
    main(*sys.argv[1:])
