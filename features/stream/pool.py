"""Chunks computed one after another or in several processes; each process holds one chunk in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from threading import Thread

import pandas as pd
import pyarrow as pa

from features.errors import DuewiseError
from features.stream.parts import part_file, write_part


def write_parts(
    work: Path, chunks: Sequence[int], as_of: pd.Timestamp, processes: int, progress: Callable[[float], None]
) -> None:
    """Write the part of each chunk that has none yet; ``progress`` is called with the share done, in [0, 1].

    Raises
    ------
    DuewiseError
        When a chunk is refused, or a process was killed; the parts that are done stay.
    """
    left = [chunk for chunk in chunks if not part_file(work, chunk).exists()]
    done = len(chunks) - len(left)
    progress(done / len(chunks))
    each = _one_by_one if min(processes, len(left)) <= 1 else _in_processes
    for _ in each(work, left, as_of, processes):
        done += 1
        progress(done / len(chunks))


def _one_by_one(work: Path, chunks: Sequence[int], as_of: pd.Timestamp, _: int) -> Iterator[None]:
    for chunk in chunks:
        write_part(work, chunk, as_of)
        yield


def _in_processes(work: Path, chunks: Sequence[int], as_of: pd.Timestamp, processes: int) -> Iterator[None]:
    pool = ProcessPoolExecutor(min(processes, len(chunks)), get_context("spawn"), _begin)
    try:
        for part in as_completed([pool.submit(write_part, work, chunk, as_of) for chunk in chunks]):
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
