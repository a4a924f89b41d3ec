"""What several verbs of the command line ask for: a book, a moment, quiet; and how a moment is read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from features.book import Book

BookFolder = Annotated[Path, typer.Argument(help="folder of the seven tables, Parquet or CSV", show_default=False)]
Quiet = Annotated[bool, typer.Option("--quiet", help="say nothing but results and errors")]
JournalUrl = Annotated[
    str | None, typer.Option("--journal", help="its URL; by default DUEWISE_JOURNAL, or duewise-journal.db here")
]
AsOf = Annotated[datetime | None, typer.Option(help="moment of the cut; the last the book has seen by default")]


def moment_of(as_of: datetime | None, book: Book) -> pd.Timestamp:
    """Return the moment asked for, read in the book's own time zone where it has none, or the book's last."""
    zone = str(book.customers["timezone"].mode().iloc[0])
    if as_of is None:
        seen = pd.concat([book.payments["paid_at"], book.reminders["sent_at"]])
        return pd.Timestamp(seen.max()).tz_convert(zone).ceil("s")
    return in_zone(as_of, zone)


def in_zone(as_of: datetime, zone: str) -> pd.Timestamp:
    """Return a moment, read in a time zone where it has none of its own."""
    moment = pd.Timestamp(as_of)
    return moment.tz_localize(zone) if moment.tz is None else moment
