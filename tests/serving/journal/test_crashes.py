"""Processes killed, databases stopped, disks full: what was acknowledged is there, once, and the chain verifies."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.private_postgres import Cluster
from serving.journal import CommitSettings, GroupCommitter, Journal, UnavailableError
from serving.journal.writing import Written
from serving.journal.writing import write as write_entries

WRITER = str(Path(__file__).with_name("crashing.py"))


@contextmanager
def services(url: str, file: Path, *names: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run services on one journal, which write what was acknowledged into a file; kill -9 them in the end."""
    with file.open("ab") as out:
        running = [subprocess.Popen([sys.executable, WRITER, url, name, "6"], stdout=out) for name in names]
        try:
            yield running
        finally:
            for process in running:
                process.kill()
                process.wait()


def acknowledged(file: Path) -> list[str]:
    """Return the keys acknowledged so far; a line that the kill cut short was none."""
    return [line for line in file.read_text().split("\n")[:-1] if line] if file.exists() else []


def await_more(file: Path, more: int) -> None:
    """Wait until so many more keys are acknowledged."""
    want, deadline = len(acknowledged(file)) + more, time.monotonic() + 60
    while len(acknowledged(file)) < want:
        assert time.monotonic() < deadline, "no service makes headway"
        time.sleep(0.02)


def assert_whole(url: str, keys: list[str]) -> None:
    """Require each acknowledged key once, no key twice, and a chain that verifies."""
    with Journal.open(url) as journal:
        there = Counter(record.entry.key for record in journal.records("decision"))
        verdict = journal.verify()
    assert len(keys) == len(set(keys))
    assert [key for key in keys if there[key] != 1] == []
    assert max(there.values()) == 1
    assert verdict.fault is None
    assert verdict.entries == len(there)


def test_services_killed_under_load_lose_and_double_nothing(url: str, tmp_path: Path) -> None:
    file = tmp_path / "acknowledged"
    Journal.open(url).close()
    for kill in range(5):
        with services(url, file, f"a{kill}", f"b{kill}"):
            await_more(file, 60)
    assert_whole(url, acknowledged(file))


def test_two_services_append_to_one_chain(url: str, tmp_path: Path) -> None:
    file = tmp_path / "acknowledged"
    with services(url, file, "a", "b"):  # both also set the schema up at once
        deadline = time.monotonic() + 60
        while min(Counter(key[0] for key in "ab" + "".join(k[0] for k in acknowledged(file))).values()) < 100:
            assert time.monotonic() < deadline, "one service starves the other"
            time.sleep(0.05)
    assert_whole(url, acknowledged(file))


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_database_stopped_and_started_loses_nothing_and_needs_no_hand(
    postgres: Cluster, postgres_url: str, tmp_path: Path, mode: str
) -> None:
    file = tmp_path / "acknowledged"
    with services(postgres_url, file, "a", "b"):
        for _ in range(2):
            await_more(file, 100)
            postgres.stop(mode)
            time.sleep(0.5)
            postgres.start()
            await_more(file, 100)
    assert_whole(postgres_url, acknowledged(file))


def test_readers_go_on_after_the_database_was_stopped_and_started(
    postgres: Cluster, postgres_url: str, entry: Any
) -> None:
    with Journal.open(postgres_url) as journal:
        journal.append([entry("a")])
        postgres.stop()
        with pytest.raises(UnavailableError, match="Connection refused"):
            journal.decision("a")
        with pytest.raises(UnavailableError, match="Connection refused"):
            journal.append([entry("b")])
        postgres.start()
        assert journal.decision("a") is not None
        assert journal.append([entry("b")])[0].seq == 2


def test_a_full_disk_refuses_loses_nothing_and_goes_on_once_there_is_room(sqlite_url: str, entry: Any) -> None:
    large = b"".join(i.to_bytes(4) for i in range(20_000))
    with Journal.open(sqlite_url) as journal:
        limit = [200]

        def write(groups: Any) -> Written:
            with journal.database.writing() as connection:
                connection.exec_driver_sql(f"PRAGMA max_page_count = {limit[0]}")
                return write_entries(connection, groups)

        kept: list[str] = []
        with GroupCommitter(write, CommitSettings(patience_s=3, pause_ms=10)) as committer:

            def fill() -> None:
                while True:
                    committer.append([entry(f"k{len(kept)}", payload=large)])
                    kept.append(f"k{len(kept)}")

            with pytest.raises(UnavailableError, match="database or disk is full"):
                fill()
            assert len(kept) > 0
            assert [r.entry.key for r in journal.records("decision")] == kept
            assert journal.verify().fault is None
            limit[0] = 100_000
            assert committer.append([entry(f"k{len(kept)}", payload=large)])[0].seq == len(kept) + 1
        assert journal.verify().fault is None
