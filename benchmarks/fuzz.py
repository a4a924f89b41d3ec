"""Does the service bear what nobody should send? ``python -m benchmarks.fuzz [--requests 10000] [--minutes 10]``.

The service runs with a model, a nightly snapshot, a journal and tokens. It is asked by schemathesis after its own
OpenAPI, whole and damaged; by hypothesis with damaged records; with bodies that no reader should take; and by callers
whose tokens are absent, wrong, ended, or for other routes. Then good and bad requests go on for so many minutes while
its memory is watched. Every status of 500 or more, every answer that takes longer than a minute, every refusal without
a sentence, and every decision for a caller without a token is told, and makes it leave with 1.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil  # type: ignore[import-untyped]
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok

from benchmarks.hostile import CELLS, REFUSED, requests_of
from benchmarks.machine import machine_line
from benchmarks.service import free_port, records_of, typical, without_rates, world
from features import Book
from serving.access import SERVICE
from serving.access.access import TOKENS
from serving.access.token_file import TokenFile, write_token_file
from serving.access.tokens import Scope, new_token
from serving.commands.options import moment_of
from serving.journal import JOURNAL, Journal
from serving.launch import running_service
from serving.snapshot import write_snapshot

PATIENCE = 60.0
WARM = 4.5
"""Minutes until memory may stand: BentoML keeps a timer of each request for 240 seconds."""
ROUTES = ("/score", "/plan", "/outcomes", "/events", "/person", "/replay", "/about")
SHARES = {"schemathesis": 0.4, "records": 0.35, "hostile": 0.15, "tokens": 0.1}
"""Of all requests, by who makes them."""


@dataclass
class Tally:
    """Answers by route and status, the slowest of each route, and what must not be."""

    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    slowest: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    faults: list[str] = field(default_factory=list)

    def count(self, route: str, status: int, seconds: float, content: bytes, asked: str) -> None:
        """Count an answer, and say what is wrong with it."""
        known = route if route in ROUTES else "others"
        self.statuses[known][status] += 1
        self.slowest[known] = max(self.slowest[known], seconds)
        if status >= 500:
            self.faults.append(f"{status} from {route}: {content[:200]!r}; asked {asked[:1500]}")
        elif status >= 400 and not says_why(content):
            self.faults.append(f"{status} from {route} without a sentence: {content[:200]!r}; asked {asked[:500]}")

    @property
    def requests(self) -> int:
        """How many were answered."""
        return sum(counter.total() for counter in self.statuses.values())


def says_why(content: bytes) -> bool:
    """Tell whether a refusal has a code and a sentence."""
    try:
        error = json.loads(content)["error"]
        return bool(error["code"] and error["message"])
    except (ValueError, KeyError, TypeError):
        return False


class Caller:
    """One connection, opened again when the service closed it; with a token unless told otherwise."""

    def __init__(self, url: str, token: str, tally: Tally) -> None:
        self.address, self.token, self.tally = url.removeprefix("http://"), token, tally
        self.connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)

    def ask(self, route: str, body: bytes, method: str = "POST", token: str | None = "") -> int:
        """Return the status of an answer, 0 where there was none; ``token`` None: none is sent, empty: the good one."""
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token or self.token}"
        began, content, status = time.perf_counter(), b"", 0
        try:
            self.connection.request(method, route, body, headers)
            response = self.connection.getresponse()
            content, status = response.read(), response.status
        except TimeoutError:
            self.tally.faults.append(f"{route} did not answer within {PATIENCE:.0f} s: {body[:500]!r}")
            self.connection.close()
        except (OSError, http.client.HTTPException):  # an oversized body is refused while it is sent
            self.connection.close()
        else:
            self.tally.count(route, status, time.perf_counter() - began, content, repr(body[:1500]))
        return status


def drawn(strategy: st.SearchStrategy[Any], ask: Callable[[Any], object], requests: int, start: int = 0) -> None:
    """Ask with so many draws of a strategy."""

    @seed(start)
    @settings(
        max_examples=max(1, requests),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def run(case: Any) -> None:
        ask(case)

    run()


def by_openapi(url: str, caller: Caller, requests: int) -> None:
    """Ask every route with what its schema allows, and with what it does not."""
    headers = {"Authorization": f"Bearer {caller.token}"}
    schema = schemathesis.openapi.from_url(f"{url}/docs.json", headers=headers)
    operations = [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
    mine = [one for one in operations if one.path in ROUTES]
    modes = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
    for operation in mine:
        for mode in modes:
            if mode is modes[1] and operation.method.upper() == "GET":
                continue

            def ask(case: Any) -> None:
                began = time.perf_counter()
                try:
                    answer = case.call(headers=headers, timeout=PATIENCE)
                except Exception as error:
                    if "Timeout" in type(error).__name__:
                        caller.tally.faults.append(f"{case.path} did not answer within {PATIENCE:.0f} s: {case.body!r}")
                    return
                taken = time.perf_counter() - began
                caller.tally.count(case.path, answer.status_code, taken, answer.content, repr(case.body))

            drawn(operation.as_strategy(generation_mode=mode), ask, requests // (2 * len(mine)))


def with_damaged(book: Book, caller: Caller, requests: int) -> None:
    """Ask with damaged records, and post damaged events."""
    name = typical(book)
    records = records_of(book, name)
    drawn(requests_of(records, name), lambda body: caller.ask("/score", dumped(body)), requests * 4 // 5)
    rows = st.dictionaries(st.sampled_from(["loan_id", "instalment_no", "paid_at", "amount", "reminder_id"]), CELLS)
    parts = dict.fromkeys(("event_id", "kind", "customer_id", "at"), CELLS) | {"row": rows | CELLS}
    kinds = st.sampled_from(["payment", "contact", "outcome", "right", "plan"])
    events = st.fixed_dictionaries(parts | {"kind": kinds | CELLS, "customer_id": st.just(name) | CELLS})
    sent = st.lists(events, max_size=3).map(lambda some: {"events": some})
    drawn(sent, lambda body: caller.ask("/events", dumped(body)), requests // 5)


def dumped(body: Any) -> bytes:
    """Return a body as JSON, half characters and all."""
    return json.dumps(body).encode()


def with_hostile(caller: Caller, requests: int) -> None:
    """Send to every route what it must refuse."""
    pairs = [(route, name) for route in ROUTES if route != "/about" for name in REFUSED]
    for k in range(requests):
        route, name = pairs[k % len(pairs)]
        status = caller.ask(route, REFUSED[name])
        if not (400 <= status < 500 or status == 0):
            caller.tally.faults.append(f"{status} from {route} for a body that is {name}")


def without_token(caller: Caller, tokens: Mapping[str, str | None], body: bytes, journal: str, requests: int) -> None:
    """Ask with tokens that are no good; nothing may come into the journal."""
    before = head_of(journal)
    for k in range(requests):
        name = list(tokens)[k % len(tokens)]
        route = ROUTES[k // len(tokens) % len(ROUTES)]
        method = "GET" if route == "/about" else "POST"
        status = caller.ask(route, b"" if method == "GET" else body, method, tokens[name])
        if status not in (401, 403):
            caller.tally.faults.append(f"{status} from {route} with a token that is {name}")
    if head_of(journal) != before:
        caller.tally.faults.append("the journal grew while nobody with a token asked")


def head_of(journal: str) -> int:
    """Return how many entries a journal has."""
    with Journal.open(journal) as opened:
        return int(opened.head().seq)


def tokens_in(folder: Path) -> dict[str, str | None]:
    """Write a file of tokens, name it to the service, and return them: the good one, and those that are no good."""
    now, day = datetime.now(UTC), timedelta(days=1)
    scopes: tuple[Scope, ...] = ("score", "outcomes", "review")
    good, stored = new_token("bank", scopes, now, now + day)
    ended, gone = new_token("ended", scopes, now - 2 * day, now - day)
    write_token_file(folder / "tokens.json", TokenFile(tokens=(stored, gone)))
    os.environ[TOKENS] = str(folder / "tokens.json")
    return {"good": good, "absent": None, "wrong": "dw_wrong", "altered": f"{good[:-2]}xx", "ended": ended}


def soak(url: str, token: str, bodies: Sequence[bytes], minutes: float, tally: Tally) -> list[tuple[float, float]]:
    """Ask good and bad requests by two callers for so many minutes; return (minute, MB of memory) as it went."""
    ends, small = time.monotonic() + 60 * minutes, [body for body in REFUSED.values() if len(body) < 100_000]

    def ask(start: int) -> None:
        caller, turn = Caller(url, token, tally), start
        while time.monotonic() < ends:
            caller.ask("/score", bodies[turn % len(bodies)])
            caller.ask(ROUTES[turn % (len(ROUTES) - 1)], small[turn % len(small)])
            if turn % 50 == 0:
                caller.ask("/score", REFUSED["oversized"])
            turn += 1

    threads = [threading.Thread(target=ask, args=(k,)) for k in (0, 17)]
    for thread in threads:
        thread.start()
    found, began = [], time.monotonic()
    while time.monotonic() < ends:
        found.append(((time.monotonic() - began) / 60, resident()))
        time.sleep(2)
    for thread in threads:
        thread.join()
    return found


def resident() -> float:
    """Return the memory of this process's children that is their own, in MB."""
    return float(sum(one.memory_full_info().uss for one in psutil.Process().children(recursive=True)) / 1e6)


def told(found: Sequence[tuple[float, float]], tally: Tally) -> None:
    """Print requests by route and status, the slowest, memory over time and its slope after the first third."""
    for route, counter in sorted(tally.statuses.items()):
        counts = ", ".join(f"{status}: {number:,}" for status, number in sorted(counter.items()))
        print(f"{route:10} slowest {tally.slowest[route]:6.2f} s   {counts}")
    if found:
        minute, memory = np.array(found).T
        late = minute > (WARM if minute[-1] > WARM + 1 else minute[-1] / 3)
        print(
            "memory, MB, by minute: "
            + ", ".join(f"{np.median(memory[minute // 1 == k]):.0f}" for k in np.unique(minute // 1))
        )
        slope, kept = np.polyfit(minute[late], memory[late], 1)[0], memory[late]
        print(f"after {minute[late][0]:.1f} minutes: {slope:+.2f} MB a minute, {kept.min():.0f} to {kept.max():.0f}")
    print(f"{tally.requests:,} requests, {len(tally.faults)} faults")
    for fault in tally.faults[:20]:
        print("FAULT", fault)


def good_bodies(book: Book) -> Iterator[bytes]:
    """Yield requests as of the book's last moment: five hundred customers by id, fifty with records."""
    as_of = moment_of(None, book).isoformat()
    names = book.customers["customer_id"].astype(str).tolist()
    for name in names[:500]:
        yield dumped({"as_of": as_of, "customers": [{"customer_id": name}]})
    for name in names[:50]:
        yield dumped({"as_of": as_of, "customers": [{"customer_id": name, "records": records_of(book, name)}]})


@contextmanager
def fuzzed_service(folder: Path, aside: Path, book: Book) -> Iterator[str]:
    """Run the service on a nightly snapshot of a book, with a journal of its own and without limits by the second."""
    taken = pd.Timestamp.now("UTC").floor("s") - pd.Timedelta(hours=1)
    night = write_snapshot(folder / "book", aside / "snapshot", taken).folder
    os.environ[JOURNAL] = f"sqlite:///{aside / 'journal.db'}"
    os.environ[SERVICE] = str(without_rates(aside))
    with running_service(free_port(), night) as url:
        yield url


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, watch, print, and return 1 where something must not be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="keeps what was simulated and trained")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=10.0)
    asked = parser.parse_args(arguments)
    tally, found = Tally(), list[tuple[float, float]]()
    with tempfile.TemporaryDirectory() as place:
        aside = Path(place)
        folder = asked.folder or aside
        book = world(folder)
        tokens = tokens_in(aside)
        good = str(tokens.pop("good"))
        bodies = list(good_bodies(book))
        with fuzzed_service(folder, aside, book) as url:
            caller = Caller(url, good, tally)
            ways: dict[str, Callable[[int], None]] = {
                "schemathesis": lambda n: by_openapi(url, caller, n),
                "records": lambda n: with_damaged(book, caller, n),
                "hostile": lambda n: with_hostile(caller, n),
                "tokens": lambda n: without_token(caller, tokens, bodies[0], os.environ[JOURNAL], n),
            }
            for name, way in ways.items():
                began, before = time.perf_counter(), tally.requests
                way(round(asked.requests * SHARES[name]))
                print(
                    f"{name}: {tally.requests - before:,} in {time.perf_counter() - began:.0f} s, {resident():.0f} MB",
                    flush=True,
                )
            if asked.minutes:
                found = soak(url, good, bodies, asked.minutes, tally)
    told(found, tally)
    print(machine_line())
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
