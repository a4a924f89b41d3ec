"""How fast is a decision by id? ``python -m benchmarks.snapshot [customers]`` (1,000,000 by default).

A simulated bank of 10,000 customers and 24 months is written again and again under new ids; then a process of its own
opens the snapshot, looks customers up, and decides for them. Needs room on disk: about 5 GB for a million.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.machine import machine_line
from features.matrix import build_features

PEOPLE, MONTHS = 10_000, 24
ASKED = 500


def write_bank(customers: int, folder: Path) -> None:
    """Write a snapshot of so many customers into ``folder``."""
    from serving.snapshot.files import SnapshotFiles
    from serving.snapshot.packing import TEXTS, pack
    from serving.snapshot.writing import manifest_of, place
    from training import simulate_bank

    book = simulate_bank(PEOPLE, MONTHS, seed=3).book
    as_of, zones = book.payments["paid_at"].max().ceil("s"), dict[str, int]()
    small = pack(book, zones)
    made = folder.with_name("made")
    made.mkdir()
    began = time.perf_counter()
    with SnapshotFiles(made) as files:
        for copy in range(customers // PEOPLE):
            texts = {name: renamed(table, TEXTS[name][0], copy) for name, table in small.texts.items()}
            files.append(replace(small, texts=texts))
        rows = files.finish()
    packed = time.perf_counter() - began
    place(made, folder, manifest_of(made, as_of, rows, tuple(zones), 0))
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    print(
        f"{customers:,} customers, {sum(rows.values()):,} rows: {size / 1e9:.2f} GB on disk, "
        f"{size / customers / 1e3:.1f} kB a customer; written in {packed:.0f} s, with digests "
        f"{time.perf_counter() - began:.0f} s",
        flush=True,
    )


def renamed(table: pa.Table, name: str, copy: int) -> pa.Table:
    """Return texts whose ids are those of another customer."""
    ids = pc.binary_join_element_wise(table[name], pa.scalar(f"-{copy}"), "")
    return table.set_column(0, name, ids)


def train_models(folder: Path) -> None:
    """Train and register champions on a small simulated bank; MLflow is pointed at ``folder``."""
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder / 'mlflow.db'}"
    from training import simulate_bank
    from training.settings import read_train_settings
    from training.train import train

    settings = replace(read_train_settings(), most_response_rows=6_000)
    train(simulate_bank(1_000, 12, seed=5).book, settings, figures=False)


def resident() -> str:
    """Return what this process holds in memory: its own, and pages of files that others share."""
    told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    own, files = (int(told[name].split()[0]) / 1e3 for name in ("RssAnon", "RssFile"))
    return f"{own:,.0f} MB of its own, {files:,.0f} MB of files"


def each[T](asked: Sequence[T], ask: Callable[[T], Any]) -> str:
    """Return the median and the 99th percentile of what asking takes, in words."""
    taken = []
    for one in asked:
        began = time.perf_counter()
        ask(one)
        taken.append(time.perf_counter() - began)
    middle, worst = np.percentile(taken, [50, 99]) * 1e3
    return f"median {middle:.3f} ms, p99 {worst:.3f} ms"


def serve(folder: Path) -> None:
    """Open the snapshot as a service does, and print what each step takes."""
    from serving.desk import Desk
    from serving.registry import load_models
    from serving.snapshot import Snapshot

    desk = Desk(load_models())
    print(f"after imports and models: {resident()}")
    began = time.perf_counter()
    snapshot = Snapshot.open(folder)
    print(f"opened {len(snapshot):,} customers in {(time.perf_counter() - began) * 1e3:.1f} ms; {resident()}")
    as_of = snapshot.as_of + pd.Timedelta(hours=2)
    ids = snapshot.texts["customers"]["customer_id"]
    places = np.random.default_rng(0).integers(0, len(snapshot), ASKED)
    names = [ids[int(k)].as_py() for k in places]
    decided(desk, snapshot.book(names[:1]), as_of)  # compiles
    print(f"an id looked up, first time      {each(names, snapshot.position)}")
    print(f"an id looked up, again           {each(names, snapshot.position)}")
    print(f"a customer's ledger, first time  {each(names, lambda name: snapshot.book([name]))}")
    print(f"a customer's ledger, again       {each(names, lambda name: snapshot.book([name]))}")
    print(f"with all seven tables as frames  {each(names, lambda name: list(snapshot.book([name]).tables()))}")
    print(f"features by id                   {each(names, lambda name: build_features(snapshot.book([name]), as_of))}")
    print(f"a decision by id                 {each(names, lambda name: decided(desk, snapshot.book([name]), as_of))}")
    with_payments(snapshot, names, as_of)
    print(f"at the end: {resident()}")


def decided(desk: Any, book: Any, as_of: pd.Timestamp) -> Any:
    """Return the decisions of a book as the desk makes them."""
    from serving.decide import decide

    return decide(book, as_of, desk.models, desk.settings, reader=desk.reader, signals=desk.signals)


def with_payments(snapshot: Any, names: Sequence[str], as_of: pd.Timestamp) -> None:
    """Print what posting a payment takes, and a ledger with it."""
    from serving.snapshot import Event, Events, with_events

    events, now = Events(snapshot), as_of.to_pydatetime(warn=False)
    messages = [Event(name, "payment", name, payment_of(snapshot.book([name]), now)) for name in names]
    print(f"posting a payment                {each(messages, lambda event: events.post(event, now))}")
    print(f"a ledger with a payment since    {each(names, lambda name: with_events(snapshot, [name], events))}")
    began = time.perf_counter()
    Events.rebuilt(snapshot, messages, now)
    print(f"rebuilt from {len(messages)} events at {(time.perf_counter() - began) / len(messages) * 1e6:.0f} us each")


def payment_of(book: Any, now: Any) -> dict[str, Any]:
    """Return a payment of a customer's latest instalment, an hour ago."""
    last = book.instalments.iloc[-1]
    paid_at = (now - timedelta(hours=1)).isoformat()
    return {"loan_id": last["loan_id"], "instalment_no": int(last["instalment_no"]), "paid_at": paid_at, "amount": 5.0}


def main() -> None:
    """Print each part's figures."""
    if sys.argv[1:2] == ["--serve"]:
        serve(Path(sys.argv[2]))
        return
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(machine_line(), flush=True)
    with tempfile.TemporaryDirectory() as place:
        write_bank(customers, Path(place) / "snapshot")
        train_models(Path(place))
        subprocess.run(
            [sys.executable, "-m", "benchmarks.snapshot", "--serve", str(Path(place) / "snapshot")], check=True
        )


if __name__ == "__main__":
    main()
