"""A job that was stopped anywhere loses nothing, does nothing twice, and leaves the old file alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features import DuewiseError
from features.stream import job, pool, write_features

Tables = dict[str, pd.DataFrame]

KILLED = """
import os, signal, sys
import pandas as pd
from features.stream import pool, write_features

write_part = pool.write_part
def kill_at_the_second(work, chunk, as_of):
    if chunk == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    write_part(work, chunk, as_of)

pool.write_part = kill_at_the_second
write_features(sys.argv[1], pd.Timestamp(sys.argv[2]), sys.argv[3], 1)
"""


class Stopped(Exception):
    """What a test raises in the middle of a job."""


class Counted:
    """A step of the job that is counted, and stops the job at its ``stop``-th call."""

    def __init__(self, patch: pytest.MonkeyPatch, place: Any, name: str, stop: int = 0) -> None:
        self.step, self.stop, self.calls = getattr(place, name), stop, 0
        patch.setattr(place, name, self)

    def __call__(self, *arguments: Any) -> Any:
        self.calls += 1
        if self.calls == self.stop:
            raise Stopped
        return self.step(*arguments)


@pytest.fixture
def folder(texts: Tables, folder_of: Callable[[Tables], Path]) -> Path:
    texts["incomes"].loc[6, "amount"] = "-1"  # bo is set aside
    return folder_of(texts)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    file = tmp_path / "f.parquet"
    file.write_text("the old file")
    return file


@pytest.mark.parametrize(
    ("place", "name", "stop"),
    [(job, "spill", 1), (job, "spill", 5), (pool, "write_part", 1), (pool, "write_part", 3), (job, "join_faults", 1),
     (job, "join_parts", 1)],
    ids=["before the tables", "in the tables", "before the parts", "in the parts", "before joining", "in joining"],
)  # fmt: skip
def test_a_stopped_job_goes_on_where_it_was(
    folder: Path, as_of: pd.Timestamp, out: Path, place: Any, name: str, stop: int, assert_as_in_memory: Any
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        Counted(patch, place, name, stop)
        with pytest.raises(Stopped):
            write_features(folder, as_of, out, 1)
        assert out.read_text() == "the old file"
    with pytest.MonkeyPatch.context() as patch:
        spilled, computed = Counted(patch, job, "spill"), Counted(patch, pool, "write_part")
        done = write_features(folder, as_of, out, 1)
    assert spilled.calls == (8 - stop if name == "spill" else 0)
    assert computed.calls == {"spill": 4, "write_part": 5 - stop}.get(name, 0)
    assert (done.customers, done.set_aside) == (3, 1)
    assert_as_in_memory(out, folder, as_of)


def test_a_table_stopped_in_the_middle_is_split_again_from_its_start(
    folder: Path, as_of: pd.Timestamp, out: Path, assert_as_in_memory: Any
) -> None:
    from features.stream import spill

    with pytest.MonkeyPatch.context() as patch:
        Counted(patch, spill, "append", 3)  # customers: its columns, ann, then bo
        with pytest.raises(Stopped):
            write_features(folder, as_of, out, 1)
    write_features(folder, as_of, out, 1)
    assert_as_in_memory(out, folder, as_of)


def test_a_killed_job_loses_nothing_and_leaves_no_lock(
    folder: Path, as_of: pd.Timestamp, out: Path, monkeypatch: pytest.MonkeyPatch, assert_as_in_memory: Any
) -> None:
    arguments = [sys.executable, "-c", KILLED, str(folder), as_of.isoformat(), str(out)]
    killed = subprocess.run(arguments, check=False, env={**os.environ, "PYTHONWARNINGS": "ignore"})
    assert killed.returncode == -signal.SIGKILL
    assert out.read_text() == "the old file"
    computed = Counted(monkeypatch, pool, "write_part")
    write_features(folder, as_of, out, 1)
    assert computed.calls == 3  # one of four was done
    assert_as_in_memory(out, folder, as_of)


@pytest.mark.parametrize("other", ["book", "moment", "chunk"])
def test_another_plan_begins_anew(
    texts: Tables, folder: Path, as_of: pd.Timestamp, out: Path, monkeypatch: pytest.MonkeyPatch, other: str,
    folder_of: Callable[[Tables], Path], assert_as_in_memory: Any,
) -> None:  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        Counted(patch, job, "join_parts", 1)
        with pytest.raises(Stopped):
            write_features(folder, as_of, out, 1)
    if other == "book":
        texts["incomes"]["amount"] = "777"
        folder_of(texts)
    moment = as_of - pd.Timedelta(days=9) if other == "moment" else as_of
    chunk = 2 if other == "chunk" else 1
    computed = Counted(monkeypatch, pool, "write_part")
    write_features(folder, moment, out, chunk)
    assert computed.calls == 4 / chunk
    assert_as_in_memory(out, folder, moment)


def test_the_same_file_is_not_written_by_two_at_once(
    folder: Path, as_of: pd.Timestamp, out: Path, monkeypatch: pytest.MonkeyPatch, assert_as_in_memory: Any
) -> None:
    def rival(*arguments: Any) -> None:
        with pytest.raises(DuewiseError, match=r"f\.parquet: another process is writing this file; wait until it ends"):
            write_features(folder, as_of, out, 1)
        step(*arguments)

    step = pool.write_part
    monkeypatch.setattr(pool, "write_part", rival)
    write_features(folder, as_of, out, 1)
    assert_as_in_memory(out, folder, as_of)
