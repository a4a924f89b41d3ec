"""The verbs that make a book: simulate a bank, map a public data set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from features.errors import PolicyError
from serving.commands.options import BookFolder, Quiet
from serving.commands.progress import counting, steps
from serving.commands.terminal import refusals, say


def simulate(
    book: BookFolder,
    customers: Annotated[int, typer.Option(help="how many people")] = 5_000,
    months: Annotated[int, typer.Option(help="how long the bank is watched")] = 18,
    seed: Annotated[int, typer.Option(help="the same seed gives the same result")] = 0,
    truth: Annotated[
        Path | None, typer.Option(help="Parquet file, outside the book, of P(paid) under every action")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Simulate a bank and write its book.

    Example: [bold]duewise simulate demo/book --customers 5000 --months 18 --truth demo/truth.parquet[/bold]
    """
    from training import simulate_bank

    with refusals():
        _refuse_inside(truth, book)
    with refusals(), counting(f"simulating {customers:,} customers, then writing {book}", quiet) as advance:
        simulation = simulate_bank(customers, months, seed, progress=advance)
        simulation.book.write(book)
        if truth is not None:
            simulation.truth.logged().astype("float32").reset_index().to_parquet(truth, index=False)
    rows = ", ".join(f"{len(frame):,} {name}" for name, frame in simulation.book.tables())
    say(f"{book}: {rows}.", quiet)


def taiwan(
    file: Annotated[Path, typer.Argument(help="taiwan_credit_default.csv.gz", show_default=False)],
    book: BookFolder,
    quiet: Quiet = False,
) -> None:
    """Map the UCI Taiwan credit-card data into a book.

    Example: [bold]duewise taiwan ../shared/data/taiwan_credit_default.csv.gz demo/taiwan[/bold]
    """
    from training.taiwan import read_taiwan, taiwan_book

    with refusals(), steps(quiet) as tell:
        tell(f"mapping {file}")
        mapped = taiwan_book(read_taiwan(file))
        tell(f"writing {book}")
        mapped.book.write(book)
    moment = mapped.as_of.tz_localize(None).isoformat()
    say(f"{book}: {len(mapped.default):,} customers; train and score it with --as-of {moment}", quiet)


def _refuse_inside(truth: Path | None, book: Path) -> None:
    if truth is not None and book.resolve() in truth.resolve().parents:
        raise PolicyError(f"{truth} is inside the book {book}: the truth lies beside a book, never in it.")
