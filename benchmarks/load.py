"""How does the service bear load? ``python -m benchmarks.load [--folder kept] [--url http://...] ...``.

Closed loop: so many clients, each asking as soon as it is answered. Open loop: requests arrive when they arrive, as a
Poisson process, whether earlier ones were answered or not, and a latency counts from the arrival: waiting for a free
connection is part of it: at half of what the clients without a pause got, and at rates that are asked for. By id and
with records, one customer and a hundred a request, each as of a moment of its own. The client runs on the same machine.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from urllib.parse import urlsplit

import numpy as np

from benchmarks.machine import machine_line
from benchmarks.service import Fresh, free_port, records_of, without_rates, world
from features import Book
from serving.access import SERVICE
from serving.launch import running_service

FINE = "200"
CONNECTIONS = 64
"""How many requests of an open loop can be under way at a time."""


@dataclass(frozen=True)
class Answer:
    """How one request fared: seconds from its arrival to its answer, and 200, or the error's status and code."""

    seconds: float
    code: str


@dataclass(frozen=True)
class Traffic:
    """Requests of one kind, ``customers`` each."""

    name: str
    customers: int
    bodies: Sequence[Fresh]

    def body(self, turn: int) -> bytes:
        """Return the body of a request."""
        return self.bodies[turn % len(self.bodies)]()


class Caller:
    """One connection that is kept while it lasts."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self._headers = {"Content-Type": "application/json"}
        if token := os.environ.get("DUEWISE_TOKEN"):
            self._headers["Authorization"] = f"Bearer {token}"

    def ask(self, body: bytes) -> str:
        """Return ``200``, or what went wrong."""
        try:
            self._connection.request("POST", "/score", body, self._headers)
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            return type(error).__name__
        return FINE if response.status == 200 else f"{response.status} {_code(content)}".strip()


def closed_loop(url: str, traffic: Traffic, clients: int, seconds: float) -> tuple[list[Answer], float]:
    """Return how the requests fared of clients that ask without a pause, and how many seconds it took."""
    turn, began = count(), time.perf_counter()

    def ask(_: int) -> list[Answer]:
        caller, own = Caller(url), []
        while time.perf_counter() - began < seconds:
            started = time.perf_counter()
            code = caller.ask(traffic.body(next(turn)))
            own.append(Answer(time.perf_counter() - started, code))
        return own

    with ThreadPoolExecutor(clients) as pool:
        found = [answer for own in pool.map(ask, range(clients)) for answer in own]
    return found, time.perf_counter() - began


def open_loop(url: str, traffic: Traffic, rate: float, seconds: float, seed: int) -> tuple[list[Answer], float]:
    """Return how requests fared that arrive at a rate a second, and how many seconds it took to answer them all."""
    gaps = np.random.default_rng(seed).exponential(1 / rate, max(1, round(rate * seconds)))
    arrivals: SimpleQueue[tuple[int, float] | None] = SimpleQueue()
    found: list[Answer] = []

    def answer() -> None:
        caller = Caller(url)
        while (arrival := arrivals.get()) is not None:
            number, at = arrival
            code = caller.ask(traffic.body(number))
            found.append(Answer(time.perf_counter() - at, code))

    threads = [threading.Thread(target=answer) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    began = time.perf_counter()
    for number, due in enumerate((began + np.cumsum(gaps)).tolist()):
        time.sleep(max(0.0, due - time.perf_counter()))
        arrivals.put((number, due))
    for _ in threads:
        arrivals.put(None)
    for thread in threads:
        thread.join()
    return found, time.perf_counter() - began


def told(loop: str, traffic: Traffic, found: Sequence[Answer], seconds: float) -> str:
    """Return a line of the table; percentiles are of what was answered with 200."""
    fine = np.array([answer.seconds for answer in found if answer.code == FINE])
    spread = 1e3 * np.percentile(fine, (50, 95, 99, 100)) if len(fine) else np.full(4, np.nan)
    errors = Counter(answer.code for answer in found if answer.code != FINE)
    rates = f"{len(found):>6} {len(fine) / seconds:>8.1f} {len(fine) * traffic.customers / seconds:>9,.0f}"
    spread_told = " ".join(f"{p:>8.1f}" for p in spread) + f" {spread[2] / spread[0]:>7.1f}"
    said = ", ".join(f"{number} x {code}" for code, number in errors.most_common()) or "none"
    return f"{traffic.name:28} {loop:14} {rates} {spread_told}  {said}"


def traffics(book: Book, most: int = 400) -> Iterator[Traffic]:
    """Yield the four kinds of request, each with a few bodies that are sent in turn."""
    names = book.customers["customer_id"].astype(str).head(most).tolist()
    by_id = [{"customer_id": name} for name in names]
    whole = [{"customer_id": name, "records": records_of(book, name)} for name in names]
    for what, customers in (("by id", by_id), ("with records", whole)):
        yield Traffic(f"1 customer, {what}", 1, [Fresh(book, one) for one in customers[:100]])
        hundreds = [Fresh(book, *customers[k : k + 100]) for k in range(0, len(customers), 100)]
        yield Traffic(f"100 customers, {what}", 100, hundreds)


@contextmanager
def served(url: str | None, folder: Path) -> Iterator[str]:
    """Give the address of the service: that which runs, or one of our own, which lets any number of requests in."""
    if url is not None:
        yield url
        return
    os.environ[SERVICE] = str(without_rates(folder))
    with running_service(free_port(), folder / "book") as own:
        yield own


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each kind of request and each load, and the machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="keeps what was simulated and trained")
    parser.add_argument("--url", help="a service that runs, with the book of --folder as its snapshot")
    parser.add_argument(
        "--rates", default="", help="more requests of one customer that arrive a second, 10,40; of a hundred, a tenth"
    )
    parser.add_argument("--clients", default="1,4", help="clients that ask without a pause")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each load lasts")
    parser.add_argument("--seed", type=int, default=7, help="of the arrivals")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as aside:
        folder = given.folder or Path(aside)
        folder.mkdir(parents=True, exist_ok=True)
        book = world(folder)
        with served(given.url, folder) as url:
            header = f"{'requests':28} {'loop':14} {'sent':>6} {'200s/s':>8} {'customers':>9}"
            print(
                header
                + " "
                + " ".join(f"{p:>8}" for p in ("p50 ms", "p95 ms", "p99 ms", "max ms"))
                + " p99/p50  errors"
            )
            for traffic in traffics(book):
                closed_loop(url, traffic, 1, 1.0)  # compiles and fills caches
                most = 0.0
                for clients in map(int, given.clients.split(",")):
                    answers, seconds = closed_loop(url, traffic, clients, given.seconds)
                    most = max(most, len(answers) / seconds)
                    print(told(f"{clients} clients", traffic, answers, seconds))
                scale = 1 if traffic.customers == 1 else 10
                for rate in (most / 2, *(float(rate) / scale for rate in given.rates.split(",") if rate)):
                    loop = open_loop(url, traffic, rate, given.seconds, given.seed)
                    print(told(f"{rate:.3g} arrive/s", traffic, *loop), flush=True)
    print(machine_line())


def _code(content: bytes) -> str:
    try:
        error = json.loads(content)["error"]
    except (ValueError, KeyError, TypeError):
        return ""
    return str(error["code"]) if isinstance(error, dict) and "code" in error else ""


if __name__ == "__main__":
    main()
