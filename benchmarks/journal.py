"""The journal's cost: ``python -m benchmarks.journal [rows]``, on SQLite and on a PostgreSQL of its own.

Decisions of 8 kB are committed by 1, 8 and 64 threads, one a request and 100 a request; a lone append stands beside a
bare durable INSERT of the same bytes in the same run, in turns. Then ``rows`` (100,000 by default) are read in columns
and verified.
"""

from __future__ import annotations

import secrets
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from threading import Thread

import psycopg

from benchmarks.machine import machine_line
from benchmarks.private_postgres import private_postgres
from serving.journal import CommitSettings, DecisionRow, Entry, GroupCommitter, Journal, encoded_row

SECONDS, TURNS = 3.0, 300
ROW = encoded_row(
    DecisionRow(0.1, "low", "able", "standard", "T-3", -3, 900.0, "sms", 0.9, 0.02, 4.5, False, "7", "1", "1")
)
WORDS = (Path(__file__).parent.parent / "README.md").read_bytes()[:8_000]

type Bare = Callable[[bytes], object]


def decision() -> Entry:
    """Return a decision with records and an answer of usual size."""
    key = secrets.token_hex(12)
    return Entry("decision", key, datetime.now(UTC), f"C{key[:8]}", row=ROW, payload=key.encode() + WORDS)


def load(committer: GroupCommitter, threads: int, customers: int) -> tuple[float, list[float]]:
    """Return decisions a second, and how long each request waited for its commit, in milliseconds."""
    waits: list[float] = []
    end = time.perf_counter() + SECONDS

    def work() -> None:
        while time.perf_counter() < end:
            entries = [decision() for _ in range(customers)]
            began = time.perf_counter()
            committer.append(entries)
            waits.append(1e3 * (time.perf_counter() - began))

    running = [Thread(target=work) for _ in range(threads)]
    began = time.perf_counter()
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return len(waits) * customers / (time.perf_counter() - began), waits


def alone(committer: GroupCommitter, bare: Bare) -> tuple[float, float]:
    """Return the median wait of one append and of one bare INSERT, in milliseconds, taken in turns."""
    ours, theirs = list[float](), list[float]()
    for _ in range(TURNS):
        entry = decision()
        began = time.perf_counter()
        committer.append([entry])
        between = time.perf_counter()
        bare(entry.payload)
        ours.append(between - began)
        theirs.append(time.perf_counter() - between)
    return 1e3 * median(ours), 1e3 * median(theirs)


@contextmanager
def bare_sqlite(file: Path, synchronous: str) -> Iterator[Bare]:
    """Give what inserts and commits bytes into a table of SQLite of its own."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA synchronous={synchronous}")
    connection.execute("CREATE TABLE IF NOT EXISTS bare (payload BLOB)")
    yield lambda payload: connection.execute("INSERT INTO bare VALUES (?)", (payload,))
    connection.close()


@contextmanager
def bare_postgres(url: str) -> Iterator[Bare]:
    """Give what inserts and commits bytes into a table of PostgreSQL."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE bare (payload BYTEA)")
        yield lambda payload: connection.execute("INSERT INTO bare VALUES (%s)", (payload,))


def report(name: str, url: str, bare: Bare, rows: int) -> None:
    """Print one database's figures."""
    print(f"\n{name}")
    with Journal.open(url) as journal:
        with journal.committer(CommitSettings()) as committer:
            ours, theirs = alone(committer, bare)
            print(f"  one alone: median {ours:.2f} ms; a bare INSERT {theirs:.2f} ms: {ours / theirs:.2f} times")
            for threads, customers in ((1, 1), (8, 1), (64, 1), (1, 100), (8, 100)):
                rate, waits = load(committer, threads, customers)
                wait = median(waits)
                told = f"{rate:8,.0f} decisions/s, median wait {wait:6.1f} ms, {wait / customers:.2f} a decision"
                print(f"  {threads:2} threads, {customers:3} a request: {told}")
            began = time.perf_counter()
            while journal.head().seq < rows:
                committer.append([decision() for _ in range(2_000)])
        began = time.perf_counter()
        read = sum(len(frame) for frame in journal.frames("decision"))
        print(f"  {read:,} decisions in columns: {read / (time.perf_counter() - began):,.0f} a second")
        began = time.perf_counter()
        verdict = journal.verify()
        print(f"  verified: {verdict.entries / (time.perf_counter() - began):,.0f} entries/s, fault: {verdict.fault}")


def main() -> None:
    """Print the machine, then both databases."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print(machine_line())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "journal.db"
        with bare_sqlite(Path(folder) / "normal.db", "NORMAL") as loose, bare_sqlite(file, "FULL") as bare:
            began = time.perf_counter()
            for _ in range(TURNS):
                loose(WORDS)
            print(f"SQLite, synchronous=NORMAL, a bare INSERT: {1e3 * (time.perf_counter() - began) / TURNS:.2f} ms")
            report("SQLite, WAL, synchronous=FULL", f"sqlite:///{file}", bare, rows)
    with private_postgres() as cluster:
        url = cluster.create("benchmark")
        with bare_postgres(url) as bare:
            report("PostgreSQL, synchronous_commit=on", url, bare, rows)


if __name__ == "__main__":
    main()
