"""The weekly report of a simulated bank: ``python -m benchmarks.weekly [folder] [customers]``.

A model is trained on the bank, which is then decided about every three days for five months; book, journal and report
are left in the folder. The journal's decisions did not cause the bank's payments: what the report says they brought is
how such a page reads, not what they are worth.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
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

MONTHS, SPAN_DAYS, EVERY_DAYS = 15, 150, 3


def main() -> None:
    """Make the bank and its journal, and time the report."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("demo/weekly")
    customers = int(sys.argv[2]) if len(sys.argv) > 2 else 2_500
    folder.mkdir(parents=True, exist_ok=True)
    print(machine_line())
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{(folder / 'mlflow.db').resolve()}"
    book = simulate_bank(customers, MONTHS, seed=7).book
    book.write(folder / "book")
    train(book, replace(read_train_settings(), most_response_rows=6_000), figures=False)
    end, url = moment_of(None, book), f"sqlite:///{(folder / 'journal.db').resolve()}"
    moments = [end - pd.Timedelta(days=days) for days in range(SPAN_DAYS, 0, -EVERY_DAYS)]
    with Journal.open(url) as journal:
        written = sum(map(len, write_decisions(journal, book, load_models(), moments)))
    print(f"{written:,} decisions about {customers:,} customers, {len(book.payments):,} payments")
    began, out = time.perf_counter(), folder / "weekly.html"
    asked = [str(folder / "book"), "--journal", url, "--out", str(out)]
    subprocess.run([sys.executable, "-m", "duewise", "weekly", *asked], check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = f"{time.perf_counter() - began:.1f} s, {used.ru_utime + used.ru_stime:.1f} s of processor"
    print(f"reported in {spent}, at most {used.ru_maxrss / 2**20:.2f} GB")


if __name__ == "__main__":
    main()
