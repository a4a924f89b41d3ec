"""How fast are features? ``python -m benchmarks.features [customers]`` (1,000,000 by default).

First the same 30 window aggregates by Duewise's kernel, pandas, polars and DuckDB, each on its own kind of table
in memory, checked to agree; then the whole catalogue: one customer from parsed records, and a growing bank.
"""

from __future__ import annotations

import gc
import resource
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl

from benchmarks.machine import machine_line
from features import CATALOGUE
from features.example import WORKED_AS_OF, worked_tables
from features.history import History
from features.kernel.windows import COUNT, LARGEST, MEAN, MEASURES, SMALLEST, TOTAL, Floats, Ints, sweep
from features.ledger.ledger import Columns, Ledger, Zones
from features.matrix import features_of
from features.records import build_features_of_records, values_of_records
from features.tables.schema import TABLES
from training import simulate_bank

ROWS = 24
DAYS = (30, 90, 180, 365)
THREADS = 2
COLUMNS = ("amount", "paid", "days_late", "late")
WANTED = [
    *((column, days, measure) for days in DAYS for column, measure in (
        ("amount", COUNT), ("amount", TOTAL), ("paid", TOTAL), ("late", TOTAL),
        ("days_late", LARGEST), ("days_late", SMALLEST), ("days_late", MEAN),
    )),
    ("amount", 365, LARGEST),
    ("amount", 365, MEAN),
]  # fmt: skip
"""The 30 aggregates: column, window in days, measure."""

NAMES = [f"{column}_{measure}_{days}" for column, days, measure in WANTED]
_SQL = {COUNT: "count", TOTAL: "sum", MEAN: "avg", LARGEST: "max", SMALLEST: "min"}
_FRAME = {COUNT: "count", TOTAL: "sum", MEAN: "mean", LARGEST: "max", SMALLEST: "min"}
_PLACES = np.array([(COLUMNS.index(c) * len(DAYS) + DAYS.index(d)) * MEASURES + m for c, d, m in WANTED])
_LENGTHS = np.array(DAYS, np.float64)


def instalments(customers: int, seed: int = 0) -> dict[str, Any]:
    """Return instalments of ``customers``, ``ROWS`` each, oldest first."""
    rng = np.random.default_rng(seed)
    rows = customers * ROWS
    age = np.tile(np.arange(ROWS)[::-1] * 30, customers) + np.repeat(rng.integers(0, 30, customers), ROWS)
    amount = rng.integers(100, 5_000, rows).astype(np.float64)
    days_late = rng.integers(-5, 40, rows).astype(np.float64)
    return {
        "customer": np.repeat(np.arange(customers), ROWS),
        "age": age,
        "amount": amount,
        "paid": amount * rng.integers(0, 2, rows),
        "days_late": days_late,
        "late": (days_late > 0).astype(np.float64),
    }


def duewise(table: Mapping[str, Any], customers: int) -> Callable[[], Floats]:
    """Return our kernel over sorted columns, the customers shared out between threads."""
    bounds, age = np.arange(customers + 1) * ROWS, table["age"].astype(np.float64)
    values = np.stack([table[name] for name in COLUMNS])
    if customers == 1:
        return lambda: _aggregates(bounds, age, values)
    out = np.empty((customers, len(WANTED)))
    starts = range(0, customers, 4_096)

    def fill(start: int) -> None:
        stop = min(start + 4_096, customers)
        out[start:stop] = _aggregates(bounds[start : stop + 1], age, values)

    def run() -> Floats:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(fill, starts))
        return out

    return run


def _aggregates(bounds: Ints, age: Floats, values: Floats) -> Floats:
    return sweep(bounds, age, values, _LENGTHS).reshape(len(bounds) - 1, -1).take(_PLACES, axis=1)


def with_polars(table: Mapping[str, Any], customers: int) -> Callable[[], Floats]:
    """Return polars' expressions, over one customer's frame or grouped."""
    frame = pl.DataFrame(table)
    asked = [
        getattr(pl.col(column).filter(pl.col("age") < days), _FRAME[measure])().alias(name)
        for name, (column, days, measure) in zip(NAMES, WANTED, strict=True)
    ]
    if customers == 1:
        return lambda: frame.select(asked).to_numpy().astype(np.float64)
    grouped = frame.lazy().set_sorted("customer").group_by("customer").agg(asked).sort("customer").select(NAMES)
    return lambda: grouped.collect().to_numpy().astype(np.float64)


def with_duckdb(table: Mapping[str, Any], customers: int) -> Callable[[], Floats]:
    """Return DuckDB's SQL over a table of its own."""
    base = duckdb.connect(config={"threads": THREADS})
    frame = pl.DataFrame(table).to_arrow()
    base.register("frame", frame)
    base.execute("create table rows as select * from frame")
    asked = ", ".join(
        f"{_SQL[measure]}({column}) filter (age < {days}) as {name}"
        for name, (column, days, measure) in zip(NAMES, WANTED, strict=True)
    )
    group = " group by customer order by customer" if customers > 1 else ""
    query = f"select {asked} from rows{group}"

    def run() -> Floats:
        found: dict[str, Any] = base.execute(query).fetchnumpy()
        return np.column_stack([np.ma.filled(found[name].astype(np.float64), np.nan) for name in NAMES])

    return run


def with_pandas(table: Mapping[str, Any], customers: int) -> Callable[[], Floats]:
    """Return pandas, window by window."""
    frame = pd.DataFrame(table)
    by_window = {
        days: {n: (c, _FRAME[m]) for n, (c, d, m) in zip(NAMES, WANTED, strict=True) if d == days} for days in DAYS
    }

    def one() -> Floats:
        found: dict[str, float] = {}
        for days, asked in by_window.items():
            window = frame[frame["age"] < days]
            found |= {name: getattr(window[column], measure)() for name, (column, measure) in asked.items()}
        return np.array([[found[name] for name in NAMES]])

    def run() -> Floats:
        parts = [
            frame[frame["age"] < days].groupby("customer", sort=False).agg(**asked) for days, asked in by_window.items()
        ]
        joined = pd.concat(parts, axis=1)[NAMES].reindex(np.arange(customers))
        return joined.to_numpy(np.float64)

    return one if customers == 1 else run


ENGINES = {"Duewise": duewise, "polars": with_polars, "DuckDB": with_duckdb, "pandas": with_pandas}


def timed(runs: Mapping[str, Callable[[], Any]], times: int) -> dict[str, float]:
    """Return the median seconds of each, run in turns."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(times):
        for name, run in runs.items():
            started = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - started)
    return {name: float(np.median(taken)) for name, taken in seconds.items()}


def against_peers(customers: int, times: int) -> None:
    """Print the seconds of each engine for the 30 aggregates and our ratio to the best peer."""
    table = instalments(customers)
    runs = {name: make(table, customers) for name, make in ENGINES.items()}
    answers = {name: run() for name, run in runs.items()}
    for name, answer in answers.items():
        empty = np.nan_to_num(answer, nan=0.0), np.nan_to_num(answers["Duewise"], nan=0.0)
        np.testing.assert_allclose(*empty, rtol=1e-9, err_msg=name)
    del answers
    seconds = timed(runs, times)
    peer = min((name for name in seconds if name != "Duewise"), key=seconds.__getitem__)
    print(f"\n30 window aggregates, {customers:,} x {ROWS} rows, all four agree; median of {times}:")
    for name, taken in seconds.items():
        print(f"  {name:8} {taken * 1e3:12.4f} ms")
    print(f"  Duewise is {seconds[peer] / seconds['Duewise']:.1f} times as fast as {peer}, the best peer", flush=True)


def worked_records(who: str) -> dict[str, list[dict[str, Any]]]:
    """Return a customer of the worked book with two years of monthly rows, as parsed from JSON."""
    tables = worked_tables()
    loans = set(tables["loans"].loc[tables["loans"]["customer_id"] == who, "loan_id"])
    records = {}
    for name, frame in tables.items():
        own = frame[frame["customer_id"] == who] if "customer_id" in frame else frame[frame["loan_id"].isin(loans)]
        rows = own.astype(object).where(own.notna(), None).to_dict("records")
        whole = {key for key, column in TABLES[name].columns.items() if column.kind == "integer"}
        records[name] = [
            {str(key): int(cell) if key in whole and cell is not None else cell for key, cell in row.items()}
            for row in rows
        ]
    return records


def one_customer() -> None:
    """Print what the whole catalogue takes for one customer with two years of rows, from parsed records."""
    records = two_years()
    rows = sum(len(table) for table in records.values())
    ways = {
        "to numbers": lambda: values_of_records(records, WORKED_AS_OF),
        "to a DataFrame": lambda: build_features_of_records(records, WORKED_AS_OF),
    }
    seconds = timed(ways, 1_000)
    told = ", ".join(f"{way} {taken * 1e3:.3f} ms" for way, taken in seconds.items())
    print(f"\n{len(CATALOGUE)} features of one customer from {rows} parsed records: {told}")


def two_years() -> dict[str, list[dict[str, Any]]]:
    """Return Dai of the worked book as a customer of 24 instalments, payments, incomes and reminders."""
    records = worked_records("dai")
    months = [f"{2024 + k // 12}-{k % 12 + 1:02d}" for k in range(2, 26)]
    clock = "T10:00:00+08:00"
    loan = {"loan_id": "dai-1"}
    records["instalments"] = [
        {**loan, "instalment_no": k + 1, "due_date": f"{month}-20", "amount_due": 500.0}
        for k, month in enumerate(months)
    ]
    records["payments"] = [
        {**loan, "instalment_no": k + 1, "paid_at": f"{month}-1{k % 9}{clock}", "amount": 500.0}
        for k, month in enumerate(months[:-1])
    ]
    income = {"customer_id": "dai", "amount": 9_000.0, "source": "salary"}
    records["incomes"] = [{**income, "received_on": f"{month}-05"} for month in months[:-1]]
    (reminder,) = records["reminders"]
    records["reminders"] = [
        {**reminder, "reminder_id": f"m{k}", "instalment_no": k + 1, "sent_at": f"{month}-17{clock}"}
        for k, month in enumerate(months[:-1])
    ]
    return records


def tiled(ledger: Ledger, times: int) -> Ledger:
    """Return the ledger of a bank with every customer ``times`` times."""
    people = len(ledger.ids)
    sizes = {"loan": len(ledger.loans.at), "instalment": len(ledger.instalments.at)}

    def longer(columns: Columns) -> Columns:
        rows = len(columns.at)
        copy = np.repeat(np.arange(times), rows)
        values = {
            name: np.tile(column, times) + (copy * sizes[name] if name in sizes else 0)
            if column.dtype != np.bool_
            else np.tile(column, times)
            for name, column in columns.values.items()  # noqa: PD011
        }
        bounds = np.append((columns.bounds[:-1][None, :] + np.arange(times)[:, None] * rows).ravel(), rows * times)
        return Columns(np.tile(columns.customer, times) + copy * people, np.tile(columns.at, times), values, bounds)

    tables = ("loans", "instalments", "payments", "incomes", "credit", "reminders")
    return replace(
        ledger,
        ids=pd.RangeIndex(people * times),
        zones=Zones(ledger.zones.names, *(np.tile(c, times) for c in (ledger.zones.code, ledger.zones.other))),
        customers={name: np.tile(column, times) for name, column in ledger.customers.items()},
        **{name: longer(getattr(ledger, name)) for name in tables},
    )


def megabytes(ledger: Ledger) -> float:
    """Return the size of the ledger's columns."""
    tables = (ledger.loans, ledger.instalments, ledger.payments, ledger.incomes, ledger.credit, ledger.reminders)
    columns = [column for table in tables for column in _columns_of(table)]
    return sum(column.nbytes for column in columns) / 1e6


def _columns_of(table: Columns) -> list[Any]:
    return [table.customer, table.at, table.bounds, *(table[name] for name in table.values)]  # noqa: PD011


def rows_of(ledger: Ledger) -> int:
    """Return the number of rows of the six dated tables."""
    tables = (ledger.loans, ledger.instalments, ledger.payments, ledger.incomes, ledger.credit, ledger.reminders)
    return sum(len(table.at) for table in tables)


def growing_bank(largest: int) -> None:
    """Print the whole catalogue's time from 10,000 customers up, and memory at the largest."""
    book = simulate_bank(10_000, 24, seed=3).book
    at = int(book.payments["paid_at"].max().timestamp())
    small = book.ledger
    del book
    print(f"\n{len(CATALOGUE)} features from the ledger of a bank of 24 months, {THREADS} threads:")
    per_customer = []
    for customers in sorted({10_000, max(largest // 10, 10_000), largest}):
        ledger = tiled(small, customers // 10_000)
        gc.collect()
        taken = []
        for _ in range(5 if customers <= 100_000 else 3):
            started = time.perf_counter()
            X = features_of(History(ledger, ledger.everyone, np.full(customers, at)), THREADS)
            taken.append(time.perf_counter() - started)
        seconds, rows, size = float(np.median(taken)), rows_of(ledger), megabytes(ledger)
        per_customer.append(seconds / customers)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        print(
            f"  {customers:9,} customers, {rows:11,} rows: {seconds:7.2f} s, {rows / seconds / 1e6:.2f} M rows/s; "
            f"ledger {size:,.0f} MB, matrix {X.to_numpy().nbytes / 1e6:,.0f} MB, peak memory {peak:,.0f} MB "
            f"= {peak / size:.2f} x the ledger",
            flush=True,
        )
        del X, ledger
    print(f"  time a customer at the largest is {per_customer[-1] / per_customer[0]:.2f} of that at 10,000")


def main() -> None:
    """Print each part's figures."""
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(machine_line())
    against_peers(1, 1_000)
    one_customer()
    growing_bank(largest)
    gc.collect()
    against_peers(largest, 3)


if __name__ == "__main__":
    main()
