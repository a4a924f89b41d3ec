"""The verbs ``duewise rules``: show the packs, and hold a past contact log against one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from serving.commands.progress import counting
from serving.commands.terminal import out, refusals, say, warn

app = typer.Typer(help="The contact rules: show them, or hold a past contact log against them.", no_args_is_help=True)

_SHOWN = 20
_NARROW = ("reminder_id", "customer_id", "sent_at", "channel", "rule_id", "found", "allowed")

PackName = Annotated[str | None, typer.Option("--pack", help="cn, us, in, uk or eu; by default configs/policy.yaml's")]


@app.command()
def show(
    pack: PackName = None,
    output: Annotated[Path | None, typer.Option("--out", help="write all packs as a page in Markdown instead")] = None,
) -> None:
    """List a pack's rules: figures, stages, since when, status and source.

    Example: [bold]duewise rules show --pack us[/bold]
    """
    from serving.policy_settings import read_policy
    from serving.rules import read_pack
    from serving.rules.page import COLUMNS, as_markdown, rows_of

    with refusals():
        if output is not None:
            output.write_text(as_markdown(), encoding="utf-8")
            say(f"{output}: the rules of every pack.")
            return
        chosen = read_policy().rules if pack is None else read_pack(pack)
    table = Table(*COLUMNS, title=f"{chosen.jurisdiction}, version {chosen.version}", title_justify="left")
    for row in rows_of(chosen):
        table.add_row(*row)
    Console(width=max(out.width, 160)).print(table)


@app.command()
def check(
    book: Annotated[Path, typer.Argument(help="folder of the seven tables, Parquet or CSV", show_default=False)],
    pack: PackName = None,
    output: Annotated[Path | None, typer.Option("--out", help="CSV file of every breach")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="say nothing but results and errors")] = False,
) -> None:
    """Hold the contact log of a book against the rules; leave with 1 when any was broken.

    With configs/policy.yaml's own pack its contact hours count as well. What the book holds only as of today (stop
    flags, care, consents without an end) cannot be judged of the past and is left out.

    Example: [bold]duewise rules check demo/book --pack cn --out demo/breaches.csv[/bold]
    """
    from features import Book
    from serving.policy_settings import read_policy
    from serving.rules import RuleBook, read_pack
    from serving.rules.audit import breaches, not_judged

    with refusals(), counting(f"checking the contacts of {book}", quiet) as advance:
        rules = read_policy().rulebook if pack is None else RuleBook.of(read_pack(pack), None)
        read = Book.read(book)
        found = breaches(read, rules, advance)
    contacts = int((read.reminders["channel"] != "none").sum())
    if output is not None:
        found.to_csv(output, index=False)
    if len(found):
        table = Table(*_NARROW, title="breaches", title_justify="left")
        for row in found[list(_NARROW)].head(_SHOWN).itertuples(index=False):
            table.add_row(*map(str, row))
        Console(width=max(out.width, 140)).print(table)
        for name, count in found["rule_id"].value_counts().items():
            say(f"{name}: {count:,} of {contacts:,} contacts. {rules.rules[str(name)].citation}")
    where = "" if output is None else f" {output} holds all of them."
    say(f"{book}: {len(found):,} breaches in {contacts:,} contacts, rules {rules.version}.{where}")
    if not_judged(rules):
        warn(f"not judged, for want of dates: {', '.join(not_judged(rules))}.")
    if len(found):
        raise typer.Exit(1)
