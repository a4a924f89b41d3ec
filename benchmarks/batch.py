"""How long does a whole book take? ``python -m benchmarks.batch [CUSTOMERS] [FOLDER]`` (100,000 by default).

A simulated book, repeated under other ids, is decided for by ``duewise score`` with the champion models, at
CUSTOMERS and at twice as many; in the same run XGBoost's own ``inplace_predict`` and ``pred_contribs`` on the ready
matrix of as many rows, and the reading and writing of the same Parquet files. Processor time is told beside the
clock's, which other work on the machine lengthens. What customers answered repeats with them, so that replies are
read once a process: a book of as many different replies takes longer by what is printed.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from math import log2
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xgboost as xgb

from benchmarks.machine import machine_line
from features import Book, build_features
from features.stream import last_seen
from features.tables.schema import TABLES
from serving.feedback.reader import ReplyReader
from serving.registry import load_models
from training import simulate_bank

PEOPLE, MONTHS = 5_000, 18
_IDS = ("customer_id", "loan_id", "reminder_id")


class Taken(NamedTuple):
    """Seconds by the clock and of processors."""

    clock: float
    cpu: float

    @property
    def words(self) -> str:
        """Both, in words."""
        return f"{self.clock:.2f} s ({self.cpu:.2f} s of processors)"


def _now() -> Taken:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return Taken(time.perf_counter(), sum(one.ru_utime + one.ru_stime for one in used))


def _since(began: Taken) -> Taken:
    now = _now()
    return Taken(now.clock - began.clock, now.cpu - began.cpu)


def taken(work: Callable[[], Any]) -> Taken:
    """Return how long ``work`` takes."""
    began = _now()
    work()
    return _since(began)


def repeat_book(small: Path, folder: Path, times: int) -> None:
    """Write the book in ``small`` with every customer ``times`` times, each time under other ids."""
    folder.mkdir()
    for name in TABLES:
        rows = pq.read_table(small / f"{name}.parquet")
        with pq.ParquetWriter(folder / f"{name}.parquet", rows.schema) as writer:
            for turn in range(times):
                writer.write_table(_renamed(rows, f"{turn:04d}-"))


def _renamed(rows: pa.Table, prefix: str) -> pa.Table:
    for name in _IDS:
        if name in rows.column_names:
            at, kind = rows.column_names.index(name), rows.schema.field(name)
            named = pc.binary_join_element_wise(pa.scalar(prefix, kind.type), rows[name], pa.scalar("", kind.type))
            rows = rows.set_column(at, kind, named)
    return rows


def scored(book: Path, out: Path) -> tuple[Taken, float]:
    """Run ``duewise score`` and return its time and the most memory, in MB, that its processes held together."""
    command = [Path(sys.executable).with_name("duewise"), "score", book, "--out", out]
    began, most = _now(), 0.0
    running = subprocess.Popen([str(part) for part in (*command, "--quiet")])
    while running.poll() is None:
        most = max(most, _held(running.pid))
        time.sleep(0.1)
    if running.returncode:
        raise SystemExit(f"duewise score ended with {running.returncode}")
    return _since(began), most / 1e6


def _held(process: int) -> float:
    """Return the bytes that a process and those it started hold, pages that they share counted in parts."""
    try:
        rows = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        own = sum(float(row.split()[1]) * 1024 for row in rows if row.startswith("Pss:"))
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:  # it has just ended
        return 0.0
    return own + sum(_held(int(child)) for child in children)


def of_xgboost(small: Path, rows: int, threads: int) -> tuple[Taken, Taken]:
    """Return the time of ``inplace_predict`` and ``pred_contribs`` on the ready matrix of so many rows."""
    scorer = load_models(threads=threads).scorer
    matrix = scorer.encoding.matrix(build_features(Book.read(small), last_seen(small)))
    ready = np.tile(matrix, (rows // len(matrix), 1))
    kinds = scorer.encoding.feature_types
    predicted = taken(lambda: scorer.trees.inplace_predict(ready))
    return predicted, taken(lambda: scorer.trees.predict(xgb.DMatrix(ready, feature_types=kinds), pred_contribs=True))


def of_parquet(book: Path, decisions: Path) -> tuple[Taken, Taken]:
    """Return the time of reading the seven tables, and of writing the decisions."""
    table = pq.read_table(decisions)
    read = taken(lambda: [pq.read_table(book / f"{name}.parquet").num_rows for name in TABLES])
    return read, taken(lambda: pq.write_table(table, decisions.with_name("again.parquet")))


def one_size(small: Path, folder: Path, customers: int, processes: int) -> tuple[Taken, Taken]:
    """Print the times at one size, and return that of the product and that of what it is measured by."""
    book, out = folder / f"book-{customers}", folder / f"decisions-{customers}.parquet"
    repeat_book(small, book, customers // PEOPLE)
    ours, memory = scored(book, out)
    parts = (*of_xgboost(small, customers, processes), *of_parquet(book, out))
    theirs = Taken(*map(sum, zip(*parts, strict=True)))
    names = ("inplace_predict", "pred_contribs", "reading Parquet", "writing Parquet")
    told = ", ".join(f"{name} {part.words}" for name, part in zip(names, parts, strict=True))
    print(f"\n{customers:,} customers: {told}; together {theirs.words}")
    print(
        f"duewise score, its start included: {ours.words}: {ours.clock / theirs.clock:.2f} times that by the clock, "
        f"{ours.cpu / theirs.cpu:.2f} of processors; peak memory of all its processes {memory:,.0f} MB",
        flush=True,
    )
    return ours, theirs


def growth(customers: int, once: tuple[Taken, Taken], twice: tuple[Taken, Taken]) -> None:
    """Print how times grow from ``customers`` to twice as many, and what a million take at the pace of the second half.

    The start is the same at any size, so that the second half tells the pace.
    """
    ours, theirs = (late.cpu / early.cpu for early, late in zip(once, twice, strict=True))
    half, their_half = (Taken(*np.subtract(late, early)) for early, late in zip(once, twice, strict=True))
    million = Taken(*(1e6 / customers * part for part in half))
    print(
        f"\ntwice the customers take {ours:.2f} times the processors (growth exponent {log2(ours):.2f}; of what it is "
        f"measured by {log2(theirs):.2f}) and {twice[0].clock / once[0].clock:.2f} times as long by the clock\n"
        f"at the pace of the second half 1,000,000 take {million.words}: {half.cpu / their_half.cpu:.2f} times what it "
        f"is measured by of processors, {half.clock / their_half.clock:.2f} by the clock"
    )


def replies(book: Path) -> None:
    """Print how many different replies a book has, and what reading each once takes."""
    texts = pq.read_table(book / "reminders.parquet", columns=["reply_text"])["reply_text"].drop_null().unique()
    reader, some = ReplyReader.shipped(), texts.to_pylist()[:1_000]
    each = taken(lambda: [reader.causes(text) for text in some]).cpu / max(len(some), 1)
    print(f"{len(texts):,} different replies; reading one takes {each * 1e3:.2f} ms of a processor")


def main() -> None:
    """Print the figures at CUSTOMERS and at twice as many."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    processes = os.cpu_count() or 1
    print(machine_line(), flush=True)
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as aside:
        small = Path(aside) / "small"
        simulate_bank(PEOPLE, MONTHS, seed=7).book.write(small)
        once, twice = (one_size(small, Path(aside), n, processes) for n in (customers, 2 * customers))
        growth(customers, once, twice)
        replies(small)


if __name__ == "__main__":
    main()
