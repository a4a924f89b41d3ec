"""The verb ``duewise monitor``: it counts in serving and writes its history to MLflow, so it stands up here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.book import Book
from serving.commands.options import AsOf, BookFolder, JournalUrl, Quiet, moment_of
from serving.commands.progress import stages
from serving.commands.terminal import refusals, say, warn

if TYPE_CHECKING:
    from serving.monitoring.watch import Watch
    from serving.registry import Registered

_CANNOT = 3
"""Exit code when monitoring itself could not be done, so that it is told apart from an alarm."""


def monitor(
    book: BookFolder,
    output: Annotated[Path, typer.Option("--out", help="folder of the reports")] = Path("monitoring"),
    journal: JournalUrl = None,
    as_of: AsOf = None,
    config: Annotated[Path | None, typer.Option(help="configs/monitoring.yaml by default")] = None,
    webhook: Annotated[
        str | None, typer.Option(help="address to post to when something is raised; by default DUEWISE_WEBHOOK")
    ] = None,
    drift: Annotated[bool, typer.Option(help="write Evidently's reports")] = True,
    log: Annotated[bool, typer.Option(help="keep the numbers in MLflow")] = True,
    quiet: Quiet = False,
) -> None:
    """Watch what was decided: drift, calibration, values, treatment, feeds and arrears of the last window.

    Writes index.html, monitoring.json, drift.html and drift.json. Leaves with 0 when nothing is raised, 1 with
    warnings alone, 2 with an alarm, and 3 when it could not be done.

    Example: [bold]duewise monitor demo/book --journal sqlite:///duewise-journal.db --out demo/monitoring[/bold]
    """
    from features.tables.screening import screen
    from serving.addresses import require_no_secret
    from serving.commands.journal import opened
    from serving.monitoring.in_service import in_service
    from serving.monitoring.reports import write_reports
    from serving.monitoring.settings import read_monitoring
    from serving.monitoring.watching import STAGES, watch
    from serving.monitoring.webhook import WEBHOOK, announce
    from serving.policy_settings import read_policy

    with _cannot(), refusals():
        require_no_secret(webhook, "--webhook", WEBHOOK)
        settings = read_monitoring(config) if config else read_monitoring()
        with opened(journal) as kept, stages(STAGES, quiet) as advance:
            read, service = Book.read(book), in_service()
            fit = screen(read)
            away = len(read.customers) - len(fit.book.customers)
            moment = moment_of(as_of, fit.book)
            done = watch(fit.book, kept, moment, service, read_policy(), settings, away, advance)
            write_reports(done, service.reference, settings, output, advance if drift else None)
        if log:
            _keep(done.watch, service.champion, output)
        address = webhook or os.environ.get(WEBHOOK)
        if address and done.watch.alarms.raised:
            announce(address, done.watch)
    _tell(done.watch, output, quiet)
    raise typer.Exit(done.watch.alarms.exit_code)


def _tell(watch: Watch, output: Path, quiet: bool) -> None:
    for one in watch.alarms.raised:
        others = f" and {len(one.also)} more" if one.also else ""
        warn(f"{one.level}: {one.rule}, {one.about}{others}: {one.evidence}. {one.to_do}")
    counted = f"{watch.volume.decisions:,} decisions until {watch.until}, {len(watch.alarms.raised)} raised"
    say(f"{output / 'index.html'}: {counted}.", quiet)


def _keep(watch: Watch, champion: Registered, folder: Path) -> None:
    """Write the window's numbers and reports to MLflow, where reviewers see the history."""
    from serving.monitoring.alarms import LEVELS
    from training.track import keep_watch

    tags = {str(level): ", ".join(one.rule for one in watch.alarms.raised if one.level == level) for level in LEVELS}
    keep_watch(champion.name, champion.version, watch.until, watch.measures(), tags, folder)


@contextmanager
def _cannot() -> Iterator[None]:
    """Give a refusal an exit code of its own, since 2 is an alarm's."""
    try:
        yield
    except typer.Exit as refusal:
        raise typer.Exit(_CANNOT) from refusal
