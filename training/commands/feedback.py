"""`duewise feedback`: what the replies of a book tell, and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from features.book import Book
from serving.commands.options import AsOf, BookFolder, Quiet, moment_of
from serving.commands.terminal import out, refusals

_WIDEST = 140


def feedback(
    book: BookFolder,
    decisions: Annotated[
        Path | None, typer.Option(help="decisions of `duewise score`: divides by tier instead of stage")
    ] = None,
    as_of: AsOf = None,
    output: Annotated[Path | None, typer.Option("--out", help="file to write as well, .csv or .html")] = None,
    quiet: Quiet = False,
) -> None:
    """Report why customers say they do not pay: by product, tier or stage and month, and what to do about it.

    Example: [bold]duewise feedback demo/book --decisions demo/decisions.parquet --out demo/feedback.html[/bold]
    """
    from serving.feedback.reader import ReplyReader
    from serving.policy_settings import read_policy
    from training.feedback.report import feedback_of, printed, refuse_other_endings, tiers_of, write_feedback

    with refusals():
        if output is not None:
            refuse_other_endings(output)
        policy = read_policy()
        tiers = None if decisions is None else tiers_of(decisions, policy)
        read = Book.read(book)
        found = feedback_of(read, moment_of(as_of, read), ReplyReader.shipped(), policy, tiers)
        if output is not None:
            write_feedback(found, output)
    if quiet:
        return
    wide = Console(width=max(out.width, _WIDEST))
    for table in printed(found):
        wide.print(table)
    if output is not None:
        out.print(f"{output}: {found.replies:,} replies.", markup=False, highlight=False, soft_wrap=True)
