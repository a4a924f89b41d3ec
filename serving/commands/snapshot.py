"""The verb of the night: the state of every customer, so that a decision needs only a customer_id."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from serving.commands.options import AsOf, BookFolder, Quiet, in_zone
from serving.commands.progress import stages
from serving.commands.terminal import err, refusals, say


def snapshot(
    book: BookFolder,
    output: Annotated[Path, typer.Option("--out", help="folder of the snapshot")] = Path("demo/snapshot"),
    as_of: AsOf = None,
    chunk: Annotated[int, typer.Option(min=1, help="customers in memory at a time")] = 20_000,
    verify: Annotated[bool, typer.Option("--verify", help="read all of it again and compare")] = False,
    quiet: Quiet = False,
) -> None:
    """Prepare the state of every customer of a book, from which the service decides by customer_id alone.

    What came after the moment of the cut is left out: it is posted to the service, and is in the next snapshot.
    Customers with a fault are set aside in a file beside it, with the reason. The former snapshot serves until
    the new one is whole.

    Example: [bold]duewise snapshot demo/book --out demo/snapshot[/bold]
    """
    from features.stream import usual_zone
    from serving.snapshot import Snapshot, write_snapshot

    began = time.monotonic()
    with refusals(), stages(_STAGES, quiet) as advance:
        moment = None if as_of is None else in_zone(as_of, usual_zone(book))
        done = write_snapshot(book, output, moment, chunk, advance)
        opened = Snapshot.open(output, verify)
    say(
        f"{output}: {len(opened):,} customers, {sum(done.manifest.rows.values()):,} rows as of "
        f"{opened.as_of.isoformat()}, {done.manifest.set_aside:,} customers set aside, "
        f"{time.monotonic() - began:.1f} s.",
        quiet,
    )
    if done.rejected:
        err.print(f"{done.manifest.set_aside:,} customers set aside: {done.rejected}")


_STAGES = {
    "split": "1/3 rows to chunks (next: packing)",
    "pack": "2/3 rows packed by customer (next: into place)",
    "place": "3/3 into place",
}
