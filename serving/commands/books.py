"""The verbs about a book as it is: check its rows, list the features, compute them."""

from __future__ import annotations

import os
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from features.book import Book
from serving.commands.options import BookFolder, Quiet, in_zone
from serving.commands.progress import stages
from serving.commands.terminal import err, out, refusals, say


def validate(book: BookFolder) -> None:
    """Check every row of a book; list what is wrong and leave with 1 when anything is.

    Example: [bold]duewise validate demo/book[/bold]
    """
    from features.tables.screening import faults, summary

    with refusals():
        read = Book.read(book)
        found = faults(read)
    if len(found):
        err.print(summary(found), markup=False, highlight=False, soft_wrap=True)
        err.print(f"{len(found):,} faults, {found['customer_id'].nunique():,} customers set aside by a screen.")
        raise typer.Exit(1)
    say(f"{book}: all rows of {len(read.customers):,} customers are valid.", quiet=False)


def catalogue(
    family: Annotated[str | None, typer.Option(help="only this family of features")] = None,
    output: Annotated[Path | None, typer.Option("--out", help="write the whole page as Markdown instead")] = None,
) -> None:
    """List every feature: meaning, unit, sign towards risk, reason text and a worked example.

    Example: [bold]duewise catalogue --family income[/bold]
    """
    from features.catalogue_page import as_markdown, as_tables

    if output is not None:
        output.write_text(as_markdown())
        say(f"{output}: every feature, and the worked book behind the examples.", quiet=False)
        return
    with refusals():
        tables = as_tables(family)
    wide = Console(width=max(out.width, 140))
    for title, columns, rows in tables:
        table = Table(*columns, title=title, title_justify="left")
        for row in rows:
            table.add_row(*row)
        wide.print(table)


def features(
    book: Annotated[Path, typer.Option(help="folder of the seven tables, Parquet or CSV", show_default=False)],
    as_of: Annotated[datetime, typer.Option(help="moment of the cut", show_default=False)],
    output: Annotated[Path, typer.Option("--out", help="Parquet file of features", show_default=False)],
    chunk: Annotated[int, typer.Option(min=1, help="customers in memory at a time, in each process")] = 10_000,
    processes: Annotated[int | None, typer.Option(min=1, help="how many at once; one a core by default")] = None,
    quiet: Quiet = False,
) -> None:
    """Write every feature of every customer of a book of any size, also one larger than memory.

    Customers with a fault are set aside in a file beside it, with the reason. A run that was stopped goes on
    where it was when the same command is given again.

    Example: [bold]duewise features --book demo/book --as-of 2025-12-31 --out demo/features.parquet[/bold]
    """
    from features import CATALOGUE
    from features.stream import usual_zone, write_features

    began = time.monotonic()
    with refusals(), stages(_FEATURE_STAGES, quiet) as advance:
        moment = in_zone(as_of, usual_zone(book))
        done = write_features(book, moment, output, chunk, processes or os.cpu_count() or 1, advance)
    say(
        f"{output}: {done.customers:,} customers, {len(CATALOGUE)} features as of {moment.isoformat()}, "
        f"{done.set_aside:,} customers set aside, {time.monotonic() - began:.1f} s.",
        quiet,
    )
    if done.rejected:
        err.print(f"{done.set_aside:,} customers set aside: {done.rejected}")


_FEATURE_STAGES = {
    "split": "1/3 rows to chunks (next: features)",
    "compute": "2/3 features by chunk (next: one file)",
    "join": "3/3 chunks to one file",
}
