"""Chunks computed one after another or in several processes; each process holds one chunk in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from threading import Thread

import pandas as pd
import pyarrow as pa

from features.errors import DuewiseError
from features.stream.parts import part_file, write_part

type Step = Callable[[Path, int], None]
"""What is done to a chunk in a work folder; it must be picklable."""

type FileOf = Callable[[Path, int], Path]


def write_parts(
    work: Path, chunks: Sequence[int], as_of: pd.Timestamp, processes: int, progress: Callable[[float], None]
) -> None:
    """Write the part of each chunk that has none yet, as ``each_chunk`` does."""
    each_chunk(partial(_write_at, write_part, as_of), work, chunks, part_file, processes, progress)


def _write_at(write: Callable[[Path, int, pd.Timestamp], None], as_of: pd.Timestamp, work: Path, chunk: int) -> None:
    write(work, chunk, as_of)


def each_chunk(
    step: Step,
    work: Path,
    chunks: Sequence[int],
    file_of: FileOf,
    processes: int,
    progress: Callable[[float], None],
) -> None:
    """Take the step for each chunk whose file, its last act, is not there yet.

    ``progress`` is called with the share done, in [0, 1].

    Raises
    ------
    DuewiseError
        When a chunk is refused, or a process was killed; the files that are done stay.
    """
    left = [chunk for chunk in chunks if not file_of(work, chunk).exists()]
    done = len(chunks) - len(left)
    progress(done / len(chunks))
    each = _one_by_one if min(processes, len(left)) <= 1 else _in_processes
    for _ in each(step, work, left, processes):
        done += 1
        progress(done / len(chunks))


def _one_by_one(step: Step, work: Path, chunks: Sequence[int], _: int) -> Iterator[None]:
    for chunk in chunks:
        step(work, chunk)
        yield


def _in_processes(step: Step, work: Path, chunks: Sequence[int], processes: int) -> Iterator[None]:
    pool = ProcessPoolExecutor(min(processes, len(chunks)), get_context("spawn"), _begin)
    try:
        for part in as_completed([pool.submit(step, work, chunk) for chunk in chunks]):
            part.result()
            yield
    except BrokenProcessPool as error:
        raise DuewiseError(
            f"{work}: a process was killed, perhaps for want of memory. What is done is kept: run the same "
            f"command again, with fewer than {processes} processes."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """Keep a process to one core, and end it when its parent is gone."""
    pa.set_cpu_count(1)
    Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
