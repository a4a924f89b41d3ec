"""What do the contact rules cost, and are they right? ``python -m benchmarks.rules [--customers N] [--histories N]``.

Microseconds a customer one at a time and customers a second in batch, for each pack, on a simulated bank; with
``--histories`` that many random histories are held against a checker that goes minute by minute instead.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from benchmarks.machine import machine_line
from benchmarks.rules_by_minute import PACKS, mistakes, of_pack, random_book, random_moment
from features.history import History
from features.matrix import history_of
from features.pressing import pressing_instalments
from serving.feedback.holding import held
from serving.feedback.reader import ReplyReader
from serving.policy_settings import ContactHours, PolicySettings, read_policy
from serving.programme import limited
from serving.rules import Standing, blocked_by, read_pack
from serving.sending import sending
from training import simulate_bank

BATCH = 500
ALONE = 2_000
MONTHS = 12
HOURS = (ContactHours(9, 20), ContactHours(0, 24))


def standing_at(history: History, rows: np.ndarray, settings: PolicySettings) -> Standing:
    """Return the standing of some customers of a history, by chance in tier and stance."""
    pressing = pressing_instalments(history)
    days = pressing.days_past_due[rows]
    return Standing(
        ledger=history.ledger,
        customer=history.customer[rows],
        at=history.at[rows],
        instalment=pressing.row[rows],
        programme=np.zeros(len(rows), np.int64),
        stage=settings.stage_of(days),
        tier=rows % len(settings.tiers),
        stance=rows % len(settings.stance_limits),
    )


def one_at_a_time(standing: Standing, decide: Callable[[Standing], object]) -> float:
    """Return the median microseconds a customer, each asked about alone."""
    names = ("customer", "at", "instalment", "programme", "stage", "tier", "stance")
    columns = [getattr(standing, name) for name in names]
    taken = []
    for k in range(ALONE):
        alone = [column[k : k + 1] for column in columns]
        started = time.perf_counter()
        decide(Standing(standing.ledger, *alone))
        taken.append(time.perf_counter() - started)
    return float(np.median(taken)) * 1e6


def speeds(customers: int) -> pd.DataFrame:
    """Return, a row a pack, the cost of one customer and of a book of ``customers``."""
    simulation = simulate_bank(10_000, MONTHS, 0)
    sent = simulation.book.reminders["sent_at"]
    as_of = sent.max() - pd.Timedelta(days=30)
    history = history_of(simulation.book, as_of)
    rows = np.arange(customers) % len(history.at)
    reader, found = ReplyReader.shipped(), {}
    for name in PACKS:
        settings = replace(read_policy(), rules=read_pack(name))
        standing = standing_at(history, rows, settings)
        alone = one_at_a_time(standing, partial(blocked_by, settings=settings))
        silent = held(simulation.book, standing.customer[:1], standing.at[:1], reader)
        with_programme = one_at_a_time(standing, partial(limited, held=silent, settings=settings))
        told = held(simulation.book, standing.customer, standing.at, reader)
        started = time.perf_counter()
        blocked_by(standing, settings)
        whole = time.perf_counter() - started
        started = time.perf_counter()
        limited(standing, told, settings)
        whole_programme = time.perf_counter() - started
        started = time.perf_counter()
        sending(history, as_of.to_pydatetime(), standing.due_day[: len(history.at)], settings.rulebook, None)
        windows = time.perf_counter() - started
        found[name] = {
            "microseconds alone": alone,
            f"seconds for {customers:,}": whole,
            "customers a minute": 60 * customers / whole,
            "with the programme: microseconds alone": with_programme,
            "seconds": whole_programme,
            f"ms, windows of {len(history.at):,}": windows * 1e3,
        }
    return pd.DataFrame.from_dict(found, orient="index")


def check_batch(seed: int) -> tuple[list[str], Counter[str]]:
    """Return what is wrong with the decisions about ``BATCH`` histories under every pack, and how many were made."""
    rng, policy = np.random.default_rng(seed), read_policy()
    now = random_moment(rng)
    book, people = random_book(rng, BATCH, now)
    found, kinds = [], Counter[str]()
    for name in PACKS:
        wrong, counted = mistakes(of_pack(policy, name, HOURS[seed % 2]), name, book, people, now)
        found += wrong
        kinds += counted
    return found, kinds


def check(histories: int) -> None:
    """Print how many decisions about random histories were held against the checker, and what was wrong."""
    started, found, kinds = time.perf_counter(), [], Counter[str]()
    batches = -(-histories // BATCH)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for done, (wrong, counted) in enumerate(pool.map(check_batch, range(batches)), 1):
            found += wrong
            kinds += counted
            if done % 50 == 0:
                print(f"  {done * BATCH:,} histories, {len(found)} mistakes", flush=True)
    asked = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
    seconds = time.perf_counter() - started
    print(f"{batches * BATCH:,} histories x {len(PACKS)} packs in {seconds:.0f} s: {asked}; {len(found)} mistakes")
    print("\n".join(found[:10]))


def main() -> None:
    """Print the speeds of all packs, or check histories."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--histories", type=int, default=0)
    asked = parser.parse_args()
    if asked.histories:
        check(asked.histories)
    else:
        print(speeds(asked.customers).round(1).to_string())
    print(machine_line())


if __name__ == "__main__":
    main()
