"""The nightly job: a book split by customer, screened, cut and packed chunk by chunk, and put into place when whole.

The folder holds ``manifest.json`` and a folder a snapshot, named by its content. The former one stays until the next
job, so that who is opening it is not disturbed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from features.book import Book
from features.catalogue import CATALOGUE
from features.errors import SchemaError
from features.stream.job import CHUNK
from features.stream.join import join_faults
from features.stream.parts import as_given, faults_file, publish
from features.stream.spill import Split, chunks_in, read_chunk, spill
from features.stream.work import work_folder
from features.tables.conform import conform_column
from features.tables.schema import TABLES
from features.tables.screening import screen
from features.tables.table_file import TableFile
from features.version import VERSION
from serving.snapshot.cut import known_at
from serving.snapshot.files import SnapshotFiles
from serving.snapshot.layout import FORMAT, schema_digest
from serving.snapshot.manifest import MANIFEST, File, Manifest, content_of
from serving.snapshot.packing import PackedBook, pack

Stage = Literal["split", "pack", "place"]
Progress = Callable[[Stage, float], None]

_SEEN = {"payments": "paid_at", "reminders": "sent_at"}


@dataclass(frozen=True)
class Written:
    """What a job wrote into ``folder``; ``rejected`` is the CSV that says who was set aside, None when nobody was."""

    folder: Path
    manifest: Manifest
    rejected: Path | None


def write_snapshot(
    book: str | Path,
    out: str | Path,
    as_of: pd.Timestamp | None = None,
    chunk: int = CHUNK,
    progress: Progress = lambda stage, share: None,
) -> Written:
    """Write the state of every fit customer of a book's folder, as known at ``as_of``, into the folder ``out``.

    Parameters
    ----------
    book
        The folder of the seven tables, Parquet or CSV, of any size.
    out
        A snapshot that is there stays until the new one is whole. Customers with a fault are set aside in
        ``<out>.rejected.csv``, with the reason.
    as_of
        The moment of the cut, with a time zone, whole seconds (a part of one is left off); None: the last payment or
        reminder that the book has seen.
    chunk
        How many customers are in memory at a time.
    progress
        Called with the stage and the share of it that is done, in [0, 1].

    Raises
    ------
    SchemaError
        When ``as_of`` has no time zone, ``out`` is a file or a folder of something else, the book has seen nothing
        and no ``as_of`` is given, or a table's file is missing, cannot be read, or lacks a column.
    DuewiseError
        When another process is writing ``out``.
    """
    target, files = Path(out), {name: TableFile.of(Path(book), table) for name, table in TABLES.items()}
    for file in files.values():
        file.require_columns()
    _require_place(target)
    moment = _moment(files, as_of)
    with work_folder(target, _plan(files, moment, chunk)) as work:
        _split(files, chunk, work, progress)
        rows, zones = _packed(work, moment, progress)
        progress("place", 0.0)
        chunks = chunks_in(work / "customers")
        rejected = target.with_name(f"{target.name}.rejected.csv")
        set_aside = join_faults(work, chunks, rejected)
        manifest = manifest_of(work / "snapshot", moment, rows, zones, set_aside)
        place(work / "snapshot", target, manifest)
        progress("place", 1.0)
    return Written(target, manifest, rejected if rejected.exists() else None)


def last_seen(files: Mapping[str, TableFile]) -> pd.Timestamp:
    """Return the whole second by which the last payment came or the last reminder was sent.

    Raises
    ------
    SchemaError
        When there is none.
    """
    found = []
    for table, column in _SEEN.items():
        for rows, _ in files[table].batches([column]):
            cells = conform_column(TABLES[table].columns[column], rows[column].to_pandas())
            found.append(pd.to_datetime(cells, errors="coerce", utc=True, format="ISO8601").max())
    seen = [moment for moment in found if not pd.isna(moment)]
    if not seen:
        raise SchemaError("payments.paid_at, reminders.sent_at: the book has seen nothing; say as of when it is.")
    return max(seen).ceil("s")


def _moment(files: Mapping[str, TableFile], as_of: pd.Timestamp | None) -> pd.Timestamp:
    moment = last_seen(files) if as_of is None else as_of
    if moment.tz is None:
        raise SchemaError(f"as_of must be a time with a time zone, got {as_of!r}.")
    return moment.floor("s")


def _plan(files: Mapping[str, TableFile], as_of: pd.Timestamp, chunk: int) -> dict[str, Any]:
    """Return everything the split depends on."""
    states = {str(file.path.resolve()): file.path.stat() for file in files.values()}
    return {
        "version": VERSION,
        "files": {path: [state.st_size, state.st_mtime_ns] for path, state in states.items()},
        "as_of": as_of.tz_convert("UTC").isoformat(),
        "chunk": chunk,
        "schema": schema_digest(),
    }


def _split(files: Mapping[str, TableFile], chunk: int, work: Path, progress: Progress) -> None:
    left = {name: file for name, file in files.items() if not (work / name).exists()}
    if not left:
        return
    split = Split.of(files, chunk)
    for done, (name, file) in enumerate(left.items()):
        for share in spill(file, split, work / name):
            progress("split", (done + share) / len(left))


def _packed(work: Path, as_of: pd.Timestamp, progress: Progress) -> tuple[dict[str, int], tuple[str, ...]]:
    """Pack each chunk into the files of ``work / "snapshot"``; return the rows by table and the zones met."""
    folder, zones = work / "snapshot", dict[str, int]()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    chunks = chunks_in(work / "customers")
    with SnapshotFiles(folder) as files:
        for done, chunk in enumerate(chunks, 1):
            files.append(_pack_chunk(work, chunk, as_of, zones))
            progress("pack", done / len(chunks))
        return files.finish(), tuple(zones)


def _pack_chunk(work: Path, chunk: int, as_of: pd.Timestamp, zones: dict[str, int]) -> PackedBook:
    tables = {name: read_chunk(work / name, chunk) for name in TABLES}
    fit, found = screen(Book.of({name: rows.to_pandas(ignore_metadata=True) for name, rows in tables.items()}))
    publish(as_given(found, tables), faults_file(work, chunk))
    return pack(known_at(fit, as_of), zones)


def manifest_of(
    folder: Path, as_of: pd.Timestamp, rows: Mapping[str, int], zones: tuple[str, ...], set_aside: int
) -> Manifest:
    """Return the manifest of the files in ``folder``, all of which are read."""
    files = {file.name: File.of(file) for file in sorted(folder.iterdir())}
    moment = as_of.tz_convert("UTC").to_pydatetime(warn=False)
    return Manifest(
        format=FORMAT,
        schema=schema_digest(),
        as_of=moment,
        content=content_of(moment, zones, files),
        rows=rows,
        set_aside=set_aside,
        zones=zones,
        files=files,
        duewise=VERSION,
        features=blake2b(repr(list(CATALOGUE)).encode(), digest_size=8).hexdigest(),
    )


def _require_place(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise SchemaError(f"{target}: expected a folder for the snapshot, got a file.")
    if target.is_dir() and any(target.iterdir()) and not (target / MANIFEST).exists():
        raise SchemaError(f"{target}: the folder holds something else; give a folder of the snapshot's own.")


def place(made: Path, target: Path, manifest: Manifest) -> None:
    """Put a whole snapshot into place; of those there only the newest is kept."""
    target.mkdir(parents=True, exist_ok=True)
    former = Manifest.folder_named_in(target)
    for folder in target.iterdir():
        if folder.is_dir() and folder.name not in (former, manifest.content):
            shutil.rmtree(folder)
    if not (target / manifest.content).exists():
        made.rename(target / manifest.content)
    manifest.write(target)
