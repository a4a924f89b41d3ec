"""The job: split the tables by customer, compute each chunk, join the parts; a stopped job goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
from features.version import VERSION

CHUNK = 10_000

Stage = Literal["split", "compute", "join"]
Progress = Callable[[Stage, float], None]


@dataclass(frozen=True)
class Written:
    """What a job wrote: how many customers have a row in ``file``, and how many were set aside.

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
    target, files = Path(out), files_of(book, as_of, out)
    with work_folder(target, plan_of(files, as_of, chunk)) as work:
        chunks = split_book(files, chunk, work, lambda share: progress("split", share))
        write_parts(work, chunks, as_of, processes, lambda share: progress("compute", share))
        return join_chunks(work, chunks, target, lambda share: progress("join", share))


def files_of(book: str | Path, as_of: pd.Timestamp, out: str | Path) -> dict[str, TableFile]:
    """Return the file of each table of a book's folder, for a job that writes the file ``out``.

    Raises
    ------
    SchemaError
        As ``write_features`` does.
    """
    if as_of.tz is None:
        raise SchemaError(f"as_of must be a time with a time zone, got {as_of!r}.")
    files = {name: TableFile.of(Path(book), table) for name, table in TABLES.items()}
    if Path(out).is_dir():
        raise SchemaError(f"{out}: expected a file to write to, got a folder.")
    for file in files.values():
        file.require_columns()
    return files


def plan_of(files: Mapping[str, TableFile], as_of: pd.Timestamp, chunk: int, **more: Any) -> dict[str, Any]:
    """Return everything the parts depend on: what all jobs over a book do, and ``more`` of this one."""
    states = {str(file.path.resolve()): file.path.stat() for file in files.values()}
    return {
        "version": VERSION,
        "files": {path: [state.st_size, state.st_mtime_ns] for path, state in states.items()},
        "as_of": as_of.tz_convert("UTC").isoformat(),
        "chunk": chunk,
        "features": list(CATALOGUE),
        **more,
    }


def split_book(files: Mapping[str, TableFile], chunk: int, work: Path, progress: Callable[[float], None]) -> list[int]:
    """Split each table that is not yet split into a folder of its name, and return the chunks."""
    left = {name: file for name, file in files.items() if not (work / name).exists()}
    if left:
        _split(files, left, chunk, work, progress)
    return chunks_in(work / "customers")


def _split(
    files: Mapping[str, TableFile],
    left: Mapping[str, TableFile],
    chunk: int,
    work: Path,
    progress: Callable[[float], None],
) -> None:
    progress(0.0)
    sizes = {name: file.path.stat().st_size for name, file in files.items()}
    done, total = sum(sizes[name] for name in files if name not in left), max(sum(sizes.values()), 1)
    split = Split.of(files, chunk)
    for name, file in left.items():
        for share in spill(file, split, work / name):
            progress((done + share * sizes[name]) / total)
        done += sizes[name]


def join_chunks(work: Path, chunks: list[int], target: Path, progress: Callable[[float], None]) -> Written:
    """Write the parts of all chunks to ``target``, and their faults beside it."""
    progress(0.0)
    rejected = target.with_suffix(".rejected.csv")
    set_aside = join_faults(work, chunks, rejected)
    customers = join_parts(work, chunks, target, progress)
    return Written(target, customers, set_aside, rejected if rejected.exists() else None)
