"""The folder in which a job keeps what it has done until its file is whole: ``.<file>.work`` beside the file.

A job that was stopped finds it again if its plan is the same. The operating system holds the lock, so a
killed job leaves none.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from features.errors import DuewiseError


@contextmanager
def work_folder(out: Path, plan: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the folder for making ``out``, with what a stopped job of the same plan left in it.

    It is removed when the block ends well and kept when it does not.

    Raises
    ------
    DuewiseError
        When another process is making the same file.
    """
    folder = out.with_name(f".{out.name}.work")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("a") as lock:
        _hold(lock, out)
        _resume(folder, json.dumps(plan, indent=1))
        yield folder
        _clear(folder)
        shutil.rmtree(folder)


_LOCK, _PLAN = "lock", "plan.json"


def _hold(lock: IO[str], out: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        is_ours = False
    else:
        is_ours = os.fstat(lock.fileno()).st_nlink > 0  # 0: a job that has just ended removed it
    if not is_ours:
        raise DuewiseError(f"{out}: another process is writing this file; wait until it ends.")


def _resume(folder: Path, plan: str) -> None:
    written = folder / _PLAN
    if not written.exists() or written.read_text() != plan:
        _clear(folder)
        written.write_text(plan)


def _clear(folder: Path) -> None:
    """Remove all but the lock; the plan goes first, so that nobody resumes from what a killed clearing left."""
    (folder / _PLAN).unlink(missing_ok=True)
    for left in folder.iterdir():
        if left.is_dir():
            shutil.rmtree(left)
        elif left.name != _LOCK:
            left.unlink()
