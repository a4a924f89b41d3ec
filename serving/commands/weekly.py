"""The verb ``duewise weekly``: the week for management, on one page."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from features.book import Book
from serving.commands.options import AsOf, BookFolder, JournalUrl, Quiet, moment_of
from serving.commands.progress import stages
from serving.commands.terminal import refusals, say


class Languages(StrEnum):
    """What a page can be written in."""

    en = "en"
    zh = "zh"
    both = "both"


def weekly(
    book: BookFolder,
    output: Annotated[Path, typer.Option("--out", help="file of the page, ending in .html")] = Path("weekly.html"),
    journal: JournalUrl = None,
    as_of: AsOf = None,
    language: Annotated[Languages, typer.Option(help="of the page; both: a link shows the other")] = Languages.both,
    config: Annotated[Path | None, typer.Option(help="configs/weekly.yaml by default")] = None,
    quiet: Quiet = False,
) -> None:
    """Write the week for management: are arrears better or worse, why, and what to do; one page to print.

    Beside it stands a JSON of the same name with every number. The numbers are those of `duewise monitor` at the same
    moment; the plan is in configs/weekly.yaml.

    Example: [bold]duewise weekly demo/book --journal sqlite:///duewise-journal.db --out demo/weekly.html[/bold]
    """
    from features.tables.screening import screen
    from serving.commands.journal import opened
    from serving.desk import Desk
    from serving.monitoring.in_service import in_service
    from serving.monitoring.settings import read_monitoring
    from serving.monitoring.watching import STAGES, watch
    from serving.policy_settings import read_policy
    from serving.weekly.pack import languages_of, twin_of, write_weekly
    from serving.weekly.settings import read_weekly
    from serving.weekly.weekly import weekly_of

    counted = {name: words for name, words in STAGES.items() if name != "show"}
    with refusals():
        twin_of(output)
        settings = read_weekly(config) if config else read_weekly()
        with opened(journal) as kept, stages(counted, quiet) as advance:
            read, service, policy = Book.read(book), in_service(), read_policy()
            fit = screen(read).book
            away, moment = len(read.customers) - len(fit.customers), moment_of(as_of, fit)
            done = watch(fit, kept, moment, service, policy, read_monitoring(), away, advance)
        told = weekly_of(fit, done, moment, service, policy, settings)
        desk = Desk(service.models, settings=policy)
        write_weekly(told, output, languages_of(language.value, fit), desk, settings)
    say(f"{output}: the week until {told.until[:10]} is {_WORDS[told.verdict.direction]}.", quiet)


_WORDS = {"better": "better", "worse": "worse", "as before": "as the one before", "unknown": "not known: no figures"}
