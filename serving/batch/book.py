"""A book of any size to a Parquet of decisions, by chunks of customers in processes, published only when whole.

The work is that of features/stream: a run that was stopped goes on where it was. Where the policy bounds a day's
capacity the chunks are weighed, then the plan is made, then each is chosen for by its prices.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from features.stream.job import CHUNK, files_of, join_chunks, plan_of, split_book
from features.stream.parts import part_file
from features.stream.pool import each_chunk
from features.stream.work import work_folder
from serving.allocation.plan import plan
from serving.allocation.prices import Prices, read_prices
from serving.batch.deciding import Deciding
from serving.batch.steps import offers_file, offers_of, write_decisions, write_offers
from serving.policy_settings import PolicySettings
from serving.reason_settings import ReasonSettings, read_reasons
from serving.registry import Models

PRICES_FILE = "prices.json"
_CHUNKS_A_START = 4
"""A process takes as long to start as these take to be decided for."""

Stage = Literal["split", "value", "plan", "decide", "join"]
Progress = Callable[[Stage, float], None]


@dataclass(frozen=True)
class Scored:
    """How many were decided for and set aside, and the prices of capacity by which; None: nothing is bounded.

    ``rejected`` is the CSV that says why, a row a fault; None when every row of the book is valid.
    """

    decisions: int
    set_aside: int
    rejected: Path | None
    prices: Prices | None


def score_book(
    book: str | Path,
    as_of: pd.Timestamp,
    models: Models,
    settings: PolicySettings,
    out: str | Path,
    chunk: int = CHUNK,
    processes: int | None = 1,
    progress: Progress = lambda stage, share: None,
    reasons: ReasonSettings | None = None,
    prices: Prices | None = None,
) -> Scored:
    """Write a decision for every fit customer of a book's folder to the Parquet file ``out``.

    Parameters
    ----------
    book
        The folder of the seven tables, Parquet or CSV, of any size.
    as_of
        The moment of the decisions, with a time zone.
    models, settings
        Those in service.
    out
        Its columns are those of ``table_of``, its rows in the order of the customers table. A file that is there
        stays until the new one is whole. Faults are beside it, in a CSV.
    chunk, processes
        How many customers are in memory at a time in each process, and how many processes decide at once, None: as
        many as are worth their start, at most one a core; neither changes the file.
    progress
        Called with the stage and the share of it that is done, in [0, 1].
    reasons
        Those of configs/reasons.yaml by default.
    prices
        Where the policy bounds capacity and none are given, the book is planned first and its prices are written to
        prices.json beside ``out``.

    Raises
    ------
    SchemaError
        When ``as_of`` has no time zone, ``out`` is a folder, or a table's file is missing, cannot be read, or lacks
        a column that every row needs.
    PolicyError
        When the capacity cannot be kept, with the numbers.
    DuewiseError
        When another process is writing ``out``, or a process was killed; what it had done is kept.
    """
    target, files = Path(out), files_of(book, as_of, out)
    deciding = Deciding(as_of, models, settings, reasons or read_reasons(), prices)
    with work_folder(target, plan_of(files, as_of, chunk, **_made_by(deciding))) as work:
        chunks = split_book(files, chunk, work, lambda share: progress("split", share))
        processes = processes or worth_starting(len(chunks))
        if prices is None and settings.binds:
            deciding = replace(deciding, prices=_priced(work, chunks, deciding, processes, progress))
        step = partial(write_decisions, deciding=deciding)
        each_chunk(step, work, chunks, part_file, processes, lambda share: progress("decide", share))
        if prices is None and deciding.prices is not None:
            shutil.copyfile(work / PRICES_FILE, work / f"published-{PRICES_FILE}")
            (work / f"published-{PRICES_FILE}").replace(target.with_name(PRICES_FILE))
        done = join_chunks(work, chunks, target, lambda share: progress("join", share))
    return Scored(done.customers, done.set_aside, done.rejected, deciding.prices)


def worth_starting(chunks: int) -> int:
    """Return how many processes decide at once for so many chunks.

    >>> worth_starting(1), worth_starting(7)
    (1, 1)
    """
    return max(1, min(os.cpu_count() or 1, chunks // _CHUNKS_A_START))


def _priced(work: Path, chunks: list[int], deciding: Deciding, processes: int, progress: Progress) -> Prices:
    """Return the prices of a day's capacity for the whole book, those in the work folder where it has them."""
    file = work / PRICES_FILE
    if file.exists():
        return read_prices(file, deciding.settings)
    step = partial(write_offers, deciding=deciding)
    each_chunk(step, work, chunks, offers_file, processes, lambda share: progress("value", share))
    progress("plan", 0.0)
    found = plan(offers_of(work, chunks), deciding.settings, deciding.as_of, deciding.models.version)
    aside = file.with_suffix(".writing")
    found.write(aside)
    aside.replace(file)
    progress("plan", 1.0)
    return found


def _made_by(deciding: Deciding) -> dict[str, Any]:
    """Return what decisions depend on beside the book: a run by anything else starts anew."""
    settings = repr((deciding.settings, deciding.reasons))
    return {
        "models": deciding.models.version,
        "rules": deciding.settings.rulebook.version,
        "settings": blake2b(settings.encode(), digest_size=12).hexdigest(),
        "prices": None if deciding.prices is None else deciding.prices.version,
    }
