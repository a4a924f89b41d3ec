"""The verbs that decide: for a whole book, over HTTP, and for a first look."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from features.book import Book
from features.feature import Language
from serving.commands.options import AsOf, BookFolder, Quiet, in_zone, moment_of
from serving.commands.progress import stages, steps
from serving.commands.terminal import err, out, refusals, say, warn


def score(
    book: BookFolder,
    output: Annotated[Path, typer.Option("--out", help="Parquet file of decisions")] = Path("decisions.parquet"),
    as_of: AsOf = None,
    chunk: Annotated[int, typer.Option(min=1, help="customers in memory at a time, in each process")] = 10_000,
    processes: Annotated[
        int | None,
        typer.Option(min=1, help="how many at once; by default as many as are worth their start, one a core"),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Decide for every customer of a book of any size and write a Parquet of decisions.

    Customers with a fault are set aside in a file beside it, with the reason. Where configs/policy.yaml bounds
    what a day holds, the book is planned first, and prices.json beside it holds the price of each bound. A run
    that was stopped goes on where it was when the same command is given again.

    Example: [bold]duewise score demo/book --out demo/decisions.parquet[/bold]
    """
    from features.stream import last_seen, usual_zone
    from serving.allocation.capacity_table import capacity_table
    from serving.batch import score_book
    from serving.policy_settings import read_policy
    from serving.registry import load_models

    with refusals(), stages(_SCORE_STAGES, quiet) as advance:
        moment = last_seen(book) if as_of is None else in_zone(as_of, usual_zone(book))
        models, settings = load_models(), read_policy()
        done = score_book(book, moment, models, settings, output, chunk, processes, advance)
    if done.prices is not None and not quiet:
        out.print(capacity_table(done.prices))
    say(f"{output}: {done.decisions:,} decisions as of {moment.isoformat()}.", quiet)
    if done.rejected:
        err.print(f"{done.set_aside:,} customers set aside: {done.rejected}")


_SCORE_STAGES = {
    "split": "rows to chunks (next: decisions)",
    "value": "values by chunk (next: the plan)",
    "plan": "the plan of the day's capacity (next: decisions)",
    "decide": "decisions by chunk (next: one file)",
    "join": "chunks to one file",
}


def plan(
    customer: Annotated[str, typer.Argument(help="customer_id", show_default=False)],
    book: Annotated[Path, typer.Option(help="folder of the seven tables, Parquet or CSV")] = Path("demo/book"),
    as_of: AsOf = None,
    weeks: Annotated[int, typer.Option(min=0, max=26, help="how far to look ahead")] = 6,
    language: Annotated[
        Language | None, typer.Option(help="of messages and words, zh or en; by default the customer's own")
    ] = None,
) -> None:
    """Show a customer's coming weeks: each stage, what would be sent, and under which rule.

    As if nothing were paid, nobody answered, and income went on as in the last month.

    Example: [bold]duewise plan C0000034 --book demo/book[/bold]
    """
    from serving.desk import Desk
    from serving.programme.outlook import coming_weeks
    from serving.programme.outlook_table import outlook_table
    from serving.registry import load_models

    with refusals():
        read = Book.read(book)
        desk = Desk(load_models())
        if language is not None:
            desk = replace(desk, texts=desk.texts.spoken_in(language))
        steps = coming_weeks(desk, read, moment_of(as_of, read), customer, weeks)
    own: Language = read.customers.set_index("customer_id")["language"][customer]
    Console(width=max(out.width, 150)).print(outlook_table(steps, desk.settings, language or own))


def serve(
    port: Annotated[int, typer.Option(help="port on 127.0.0.1")] = 3000,
    snapshot: Annotated[
        Path | None, typer.Option(help="folder of `duewise snapshot`, or a book, for customers without records")
    ] = None,
    prices: Annotated[Path | None, typer.Option(help="prices.json of the morning's `duewise score`")] = None,
    journal: Annotated[
        str | None,
        typer.Option(help="URL of the journal; by default DUEWISE_JOURNAL, or duewise-journal.db beside the snapshot"),
    ] = None,
    reports: Annotated[
        Path | None, typer.Option(help="folder of the reports that the page shows; by default DUEWISE_REPORTS")
    ] = None,
) -> None:
    """Serve POST /score with the champion models, each decision written to the journal before it is answered.

    The page for reviewers is at the service's own address.

    Example: [bold]duewise serve --snapshot demo/book --reports demo[/bold]
    """
    from serving.access.access import require_local_host
    from serving.access.settings import settings_in_force
    from serving.addresses import require_no_secret
    from serving.allocation.prices import read_prices
    from serving.launch import serve_command
    from serving.policy_settings import read_policy
    from serving.registry import load_models

    with refusals():
        require_no_secret(journal, "--journal", "DUEWISE_JOURNAL")
        require_local_host("127.0.0.1", settings_in_force())
        settings = read_policy()
        load_models()
        if prices is not None:
            read_prices(prices, settings)
        elif settings.binds:
            warn("the policy bounds a day's capacity and no --prices are given: each answer is as if it were alone.")
        command, environment = serve_command(port, snapshot, prices, journal=journal, reports=reports)
    os.execve(command[0], command, environment)


def demo(
    book: BookFolder,
    port: Annotated[int, typer.Option(help="port on 127.0.0.1")] = 3000,
    quiet: Quiet = False,
) -> None:
    """Start the service, ask it about customers of different kinds, and show what it says.

    Example: [bold]duewise demo demo/book[/bold]
    """
    from serving.launch import running_service
    from serving.showcase import ask_about, kinds_table

    with refusals(), steps(quiet) as tell:
        read = Book.read(book)
        tell("starting the service")
        with running_service(port, book) as url:
            tell(f"asking {url}/score")
            answers = ask_about(url, read, moment_of(None, read))
    Console(width=max(out.width, 140)).print(kinds_table(answers))
    out.print(
        f"\nLook next: [bold]duewise serve --snapshot {book}[/bold], then the API's page at http://127.0.0.1:3000"
        "\n           [bold]duewise score[/bold] for a whole book in one Parquet file"
        "\n           [bold]demo/policy/report.html[/bold], what the policy is worth (duewise evaluate)"
        "\n           [bold]mlflow ui --backend-store-uri sqlite:///mlruns/mlflow.db[/bold] for models and figures",
        soft_wrap=True,
    )
