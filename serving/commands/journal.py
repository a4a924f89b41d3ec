"""The verbs ``duewise journal``: verify the chain, print its head, erase a customer, erase what is old."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from serving.commands.options import JournalUrl, Quiet
from serving.commands.progress import counting
from serving.commands.terminal import refusals, say, warn

if TYPE_CHECKING:
    from serving.journal import Journal

app = typer.Typer(
    help="The journal of decisions: verify it, erase a customer, keep to retention.", no_args_is_help=True
)


_NOTABLE = 60.0
"""From how many seconds on it is told that the clock went back: threads of one commit are apart by less."""


@app.command()
def verify(
    journal: JournalUrl = None,
    head: Annotated[str | None, typer.Option(help="a head that was kept elsewhere; the chain must hold it")] = None,
    quiet: Quiet = False,
) -> None:
    """Compute the chain again from what is stored; leave with 1 when anything was altered, removed or added.

    Example: [bold]duewise journal verify --head "$(cat head.txt)"[/bold]
    """
    from serving.journal import Head

    with opened(journal) as kept:
        wanted = None if head is None else Head.parsed(head)
        with counting("verifying the journal", quiet) as advance:
            found = kept.verify(wanted, advance)
    if found.set_back > _NOTABLE:
        say(f"the clock went back by up to {found.set_back:,.0f} s; entries stand in the order of their numbers.")
    if found.fault is not None:
        warn(f"broken at entry {found.fault.seq}: {found.fault.why}.")
        raise typer.Exit(1)
    say(f"{found.entries:,} entries verified, {found.erased:,} of them erased. head {found.head}")


@app.command()
def head(journal: JournalUrl = None) -> None:
    """Print the head of the chain: kept elsewhere, it shows later that nothing before it was cut off or rewritten.

    Example: [bold]duewise journal head > head.txt[/bold]
    """
    with opened(journal) as kept:
        say(str(kept.head()))


@app.command()
def erase(
    customer: Annotated[str, typer.Argument(help="customer_id", show_default=False)],
    journal: JournalUrl = None,
) -> None:
    """Erase all that the journal holds of a customer; that it was erased, and of nobody, stays on record.

    Example: [bold]duewise journal erase C000042[/bold]
    """
    from serving.policy_settings import read_policy

    now = datetime.now(UTC)
    with opened(journal) as kept:
        years = read_policy().rulebook.years_kept
        erased = kept.erase(customer, now)
    say(f"{erased.entries:,} entries erased.")
    if not erased.scrubbed:
        warn("Somebody is reading the journal, so bytes of it are still in its files: run the same again later.")
    if erased.newest is not None and erased.newest.year + years >= now.year:
        warn(f"Some were of {erased.newest.year}; the contact rules have records of contacts kept for {years} years.")


@app.command()
def prune(
    before: Annotated[datetime, typer.Option(help="erase what was written before this moment (UTC)")],
    journal: JournalUrl = None,
    quiet: Quiet = False,
) -> None:
    """Erase what is older than a moment; refused where the contact rules have it kept.

    Example: [bold]duewise journal prune --before 2020-01-01[/bold]
    """
    from serving.policy_settings import read_policy

    with opened(journal) as kept:
        years = read_policy().rulebook.years_kept
        with counting("erasing what is older", quiet) as advance:
            pruned = kept.prune(before.replace(tzinfo=UTC), datetime.now(UTC), years, advance)
    stop = "" if pruned.stopped_by is None else f" Entry {pruned.stopped_by} is the first that is too young."
    say(f"{pruned.entries:,} entries erased.{stop}")


@contextmanager
def opened(address: str | None) -> Iterator[Journal]:
    """Open the journal at an address, as it is; a refusal is a sentence and exit code 2."""
    from serving.addresses import require_no_secret
    from serving.journal import JOURNAL, Journal, journal_url

    with refusals():
        require_no_secret(address, "--journal", JOURNAL)
        with Journal.open(address or journal_url(), upgrade=False) as journal:
            yield journal
