"""Monitoring a million journal rows: ``python -m benchmarks.monitoring [rows] [customers]``.

A model is trained on a small bank; a larger one is decided about every few days for half a year and written to a
journal. Then ``duewise monitor`` runs in a process of its own, whose time and largest memory are told; the limit is two
minutes and 4 GB on two cores.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd

from benchmarks.decided_journal import write_decisions
from benchmarks.machine import machine_line
from serving.commands.options import moment_of
from serving.journal import Journal
from serving.registry import load_models
from training import simulate_bank
from training.settings import read_train_settings
from training.train import train

TAUGHT, MONTHS, SPAN_DAYS = 1_500, 14, 180
DAY = 86_400


def main() -> None:
    """Make the bank and its journal, monitor it, and print what that took."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    customers = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    print(machine_line())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder / 'mlflow.db'}"
        settings = replace(read_train_settings(), most_response_rows=6_000)
        train(simulate_bank(TAUGHT, MONTHS, seed=1).book, settings, figures=False)
        book = simulate_bank(customers, MONTHS, seed=2).book
        book.write(folder / "book")
        end, times = moment_of(None, book), max(1, rows // customers)
        moments = [(end - pd.Timedelta(days=SPAN_DAYS * (k + 1) / times)).floor("s") for k in reversed(range(times))]
        url = f"sqlite:///{folder / 'journal.db'}"
        with Journal.open(url) as journal:
            written = sum(map(len, write_decisions(journal, book, load_models(), moments, DAY)))
        print(f"{written:,} decisions about {customers:,} customers, {len(book.payments):,} payments")
        began = time.perf_counter()
        out = ["--journal", url, "--out", str(folder / "out")]
        subprocess.run([sys.executable, "-m", "duewise", "monitor", str(folder / "book"), *out], check=False)
        seconds, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        processor = used.ru_utime + used.ru_stime
        print(f"monitored in {seconds:.1f} s, {processor:.1f} s of processor, at most {used.ru_maxrss / 2**20:.2f} GB")


if __name__ == "__main__":
    main()
