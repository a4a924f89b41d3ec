"""`duewise feedback`: what the replies of a book tell, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.console import Console

from features.book import Book

_WIDEST = 140


def add_feedback(
    app: typer.Typer,
    refusals: Callable[[], AbstractContextManager[None]],
    moment: Callable[[datetime | None, Book], pd.Timestamp],
) -> None:
    """Add the verb to the command line, which gives how it refuses and how it reads a moment."""

    @app.command()
    def feedback(
        book: Annotated[Path, typer.Argument(help="folder of the seven tables, Parquet or CSV", show_default=False)],
        decisions: Annotated[
            Path | None, typer.Option(help="decisions of `duewise score`: divides by tier instead of stage")
        ] = None,
        as_of: Annotated[
            datetime | None, typer.Option(help="moment of the cut; the last the book has seen by default")
        ] = None,
        output: Annotated[Path | None, typer.Option("--out", help="file to write as well, .csv or .html")] = None,
        quiet: Annotated[bool, typer.Option("--quiet", help="say nothing but errors")] = False,
    ) -> None:
        """Report why customers say they do not pay: by product, tier or stage and month, and what to do about it.

        Example: [bold]duewise feedback demo/book --decisions demo/decisions.parquet --out demo/feedback.html[/bold]
        """
        from serving.actions import read_policy
        from serving.feedback.reader import ReplyReader
        from training.feedback.report import feedback_of, printed, refuse_other_endings, tiers_of, write_feedback

        out = Console()
        with refusals():
            if output is not None:
                refuse_other_endings(output)
            policy = read_policy()
            tiers = None if decisions is None else tiers_of(decisions, policy)
            read = Book.read(book)
            found = feedback_of(read, moment(as_of, read), ReplyReader.shipped(), policy, tiers)
            if output is not None:
                write_feedback(found, output)
        if quiet:
            return
        wide = Console(width=max(out.width, _WIDEST))
        for table in printed(found):
            wide.print(table)
        if output is not None:
            out.print(f"{output}: {found.replies:,} replies.", markup=False, highlight=False, soft_wrap=True)
