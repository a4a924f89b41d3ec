"""The job: split the tables by customer, compute each chunk, join the parts; a stopped job goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from features.catalogue import CATALOGUE
from features.errors import SchemaError
from features.stream.join import join_faults, join_parts
from features.stream.pool import write_parts
from features.stream.spill import Split, chunks_in, spill
from features.stream.work import work_folder
from features.tables.schema import TABLES
from features.tables.table_file import TableFile

CHUNK = 20_000

Stage = Literal["split", "compute", "join"]
Progress = Callable[[Stage, float], None]


@dataclass(frozen=True)
class Written:
    """What a job wrote: how many customers have features in ``file``, and how many were set aside.

    ``rejected`` is the CSV that says why, a row a fault; None when every row of the book is valid.
    """

    file: Path
    customers: int
    set_aside: int
    rejected: Path | None


def write_features(
    book: str | Path,
    as_of: pd.Timestamp,
    out: str | Path,
    chunk: int = CHUNK,
    processes: int = 1,
    progress: Progress = lambda stage, share: None,
) -> Written:
    """Write the catalogue's features of every fit customer of a book's folder to the Parquet file ``out``.

    Parameters
    ----------
    book
        The folder of the seven tables, Parquet or CSV, of any size.
    as_of
        The moment of the cut, with a time zone.
    out
        Its columns are ``customer_id`` and the catalogue's, float64, NaN where a feature cannot be known; its
        rows are in the order of the customers table. A file that is there stays until the new one is whole.
    chunk
        How many customers are in memory at a time, in each of the processes.
    processes
        How many compute at once.
    progress
        Called with the stage and the share of it that is done, in [0, 1].

    Raises
    ------
    SchemaError
        When ``as_of`` has no time zone, ``out`` is a folder, or a table's file is missing, cannot be read, or
        lacks a column that every row needs.
    DuewiseError
        When another process is writing ``out``, or a process was killed; what it had done is kept.
    """
    if as_of.tz is None:
        raise SchemaError(f"as_of must be a time with a time zone, got {as_of!r}.")
    target, files = Path(out), {name: TableFile.of(Path(book), table) for name, table in TABLES.items()}
    if target.is_dir():
        raise SchemaError(f"{target}: expected a file to write the features to, got a folder.")
    for file in files.values():
        file.require_columns()
    with work_folder(target, _plan(files, as_of, chunk)) as work:
        _split(files, chunk, work, progress)
        chunks = chunks_in(work / "customers")
        write_parts(work, chunks, as_of, processes, lambda share: progress("compute", share))
        return _join(work, chunks, target, progress)


def _plan(files: Mapping[str, TableFile], as_of: pd.Timestamp, chunk: int) -> dict[str, Any]:
    """Return everything the parts depend on."""
    states = {str(file.path.resolve()): file.path.stat() for file in files.values()}
    return {
        "version": version("duewise"),
        "files": {path: [state.st_size, state.st_mtime_ns] for path, state in states.items()},
        "as_of": as_of.tz_convert("UTC").isoformat(),
        "chunk": chunk,
        "features": list(CATALOGUE),
    }


def _split(files: Mapping[str, TableFile], chunk: int, work: Path, progress: Progress) -> None:
    left = {name: file for name, file in files.items() if not (work / name).exists()}
    if not left:
        return
    progress("split", 0.0)
    sizes = {name: file.path.stat().st_size for name, file in files.items()}
    done, total = sum(sizes[name] for name in files if name not in left), max(sum(sizes.values()), 1)
    split = Split.of(files, chunk)
    for name, file in left.items():
        for share in spill(file, split, work / name):
            progress("split", (done + share * sizes[name]) / total)
        done += sizes[name]


def _join(work: Path, chunks: list[int], target: Path, progress: Progress) -> Written:
    progress("join", 0.0)
    rejected = target.with_suffix(".rejected.csv")
    set_aside = join_faults(work, chunks, rejected)
    customers = join_parts(work, chunks, target, lambda share: progress("join", share))
    return Written(target, customers, set_aside, rejected if rejected.exists() else None)
