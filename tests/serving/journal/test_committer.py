"""The group commit: many callers, few commits, and no answer that is not true."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DataError

from serving.journal import (
    BusyError,
    CommitSettings,
    ConflictError,
    GroupCommitter,
    Journal,
    JournalError,
    Receipt,
    UnavailableError,
    read_commit_settings,
)
from serving.journal.entry import Sealed
from serving.journal.writing import Written

QUICK = CommitSettings(patience_s=0.3, pause_ms=5, longest_pause_ms=20)
AWAY = UnavailableError("the server went away")


class Store:
    """Stands for the journal: writes at once, or raises what is put into ``faults`` first, in turn."""

    def __init__(self, faults: Sequence[Exception | None] = ()) -> None:
        self.faults, self.groups = list(faults), list[list[str]]()
        self.gate = threading.Event()
        self.gate.set()

    def write(self, groups: Sequence[Sequence[Sealed]]) -> Written:
        self.gate.wait()
        keys = [sealed.entry.key for group in groups for sealed in group]
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        if "poison" in keys:
            raise DataError("INSERT", {}, Exception("invalid input"))
        self.groups.append(keys)
        return Written({place: tuple(Receipt(1, False) for _ in group) for place, group in enumerate(groups)})


def test_threads_share_commits_and_each_gets_its_own_receipts(journal: Journal, entry: Any) -> None:
    commits: list[int] = []

    def counted(groups: Sequence[Sequence[Sealed]]) -> Written:
        commits.append(len(groups))
        return journal.write(groups)

    receipts: dict[str, Receipt] = {}
    with GroupCommitter(counted, CommitSettings(linger_ms=2)) as committer:

        def work(name: int) -> None:
            for n in range(20):
                key = f"{name}-{n}"
                (receipts[key],) = committer.append([entry(key)])

        threads = [threading.Thread(target=work, args=(name,)) for name in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert {r.entry.key: r.seq for r in journal.records("decision")} == {k: r.seq for k, r in receipts.items()}
    assert sum(commits) == 320
    assert len(commits) < 160
    assert journal.verify().fault is None


def test_a_conflict_is_its_callers_alone(journal: Journal, entry: Any) -> None:
    journal.append([entry("a")])
    with journal.committer(CommitSettings(linger_ms=50)) as committer:
        wrong = committer.submit([entry("mine"), entry("a", payload=b"other")])
        right = committer.submit([entry("b")])
        assert right.result(5) == (Receipt(2, False),)
        with pytest.raises(ConflictError, match="decision a is in the journal with other content"):
            wrong.result(5)
    assert journal.decision("mine") is None


def test_two_callers_with_one_key_in_one_commit_write_it_once(journal: Journal, entry: Any) -> None:
    with journal.committer(CommitSettings(linger_ms=50)) as committer:
        first, again, other = (committer.submit([entry("a", payload=p)]) for p in (b"1", b"1", b"2"))
        assert (first.result(5), again.result(5)) == ((Receipt(1, False),), (Receipt(1, True),))
        with pytest.raises(ConflictError, match="decision a"):
            other.result(5)
    assert journal.head().seq == 1


def test_a_fault_that_passes_is_tried_again(entry: Any) -> None:
    store = Store([AWAY, AWAY, AWAY])
    with GroupCommitter(store.write, CommitSettings(pause_ms=5)) as committer:
        assert committer.append([entry("a")]) == (Receipt(1, False),)
    assert store.groups == [["a"]]


def test_after_a_quick_commit_a_caller_of_few_entries_commits_its_own(entry: Any) -> None:
    store, here = Store(), Store()
    with GroupCommitter(store.write, CommitSettings(here_ms=1_000), here.write) as committer:
        for key in ("first", "second"):
            committer.append([entry(key)])
        assert committer.submit([entry("third")]).done()
        committer.append([entry(f"many-{n}") for n in range(9)])
    assert (here.groups, store.groups) == ([["second"], ["third"]], [["first"], [f"many-{n}" for n in range(9)]])


@pytest.mark.parametrize(
    ("settings", "slow"),
    [(CommitSettings(here_ms=0), False), (CommitSettings(here_ms=5), True)],
    ids=["told so", "commits take long"],
)
def test_a_caller_commits_nothing_itself(settings: CommitSettings, slow: bool, entry: Any) -> None:
    store, here = Store(), Store()

    def write(groups: Sequence[Sequence[Sealed]]) -> Written:
        time.sleep(0.02 if slow else 0)
        return store.write(groups)

    with GroupCommitter(write, settings, here.write) as committer:
        for key in ("a", "b"):
            committer.append([entry(key)])
    assert (here.groups, store.groups) == ([], [["a"], ["b"]])


def test_what_a_caller_could_not_commit_the_thread_does_and_goes_on_doing(entry: Any) -> None:
    store, here = Store(), Store([None, AWAY])
    with GroupCommitter(store.write, CommitSettings(here_ms=1_000), here.write) as committer:
        for key in ("a", "b", "c", "d"):
            committer.append([entry(key)])
    assert (here.groups, store.groups) == ([["b"], ["d"]], [["a"], ["c"]])


def test_a_caller_does_not_wait_for_the_lock_of_another_process(tmp_path: Path, entry: Any) -> None:
    url = f"sqlite:///{tmp_path}/journal.db"
    with Journal.open(url) as other, Journal.open(url) as journal, journal.committer() as committer:
        committer.append([entry("first")])
        with other.database.writing():
            began = time.monotonic()
            settled = committer.submit([entry("second")])
            assert not settled.done()
            assert time.monotonic() - began < 1
        assert settled.result(5) == (Receipt(2, repeated=False),)


def test_a_database_that_stays_away_is_told_in_time_and_nothing_is_acknowledged(entry: Any) -> None:
    store = Store([AWAY] * 10_000)
    with GroupCommitter(store.write, QUICK) as committer:
        began = time.monotonic()
        with pytest.raises(UnavailableError, match=r"did not confirm within 0.3 s \(the server went away\); send"):
            committer.append([entry("a")])
        assert time.monotonic() - began < 5
        store.faults.clear()
        assert committer.append([entry("b")]) == (Receipt(1, False),)
    assert store.groups == [["b"]]


def test_while_the_database_is_away_one_caller_tries_it_and_the_others_are_told_at_once(entry: Any) -> None:
    store = Store([AWAY] * 10_000)
    settings = CommitSettings(patience_s=0.5, away_s=0.1, pause_ms=5, longest_pause_ms=20)
    with GroupCommitter(store.write, settings) as committer:
        first = committer.submit([entry("a")])
        time.sleep(0.2)
        with pytest.raises(UnavailableError, match=r"confirmed nothing for 0\.\d s \(the server went away\)"):
            committer.submit([entry("b")])
        with pytest.raises(UnavailableError, match="did not confirm within"):
            first.result(5)
        store.faults.clear()
        assert committer.append([entry("c")]) == (Receipt(1, False),)
        waits = [committer.submit([entry(key)]) for key in ("d", "e")]
        assert [wait.result(5) for wait in waits] == [(Receipt(1, False),)] * 2


def test_a_commit_that_hangs_counts_as_a_database_that_is_away(entry: Any) -> None:
    store = Store()
    store.gate.clear()
    with GroupCommitter(store.write, CommitSettings(away_s=0.1)) as committer:
        first = committer.submit([entry("a")])
        time.sleep(0.2)
        with pytest.raises(UnavailableError, match="a commit is under way"):
            committer.submit([entry("b")])
        store.gate.set()
        assert first.result(5) == (Receipt(1, False),)


def test_a_database_that_hangs_lets_no_caller_wait_for_ever(entry: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.journal.committer._MARGIN", 0.1)
    store = Store()
    store.gate.clear()
    with GroupCommitter(store.write, QUICK) as committer:
        with pytest.raises(UnavailableError, match="it is still being written"):
            committer.append([entry("a")])
        store.gate.set()


def test_a_commit_whose_answer_was_lost_is_not_doubled_nor_called_repeated(journal: Journal, entry: Any) -> None:
    lost = [True]

    def write(groups: Sequence[Sequence[Sealed]]) -> Written:
        written = journal.write(groups)
        if lost.pop() if lost else False:
            raise AWAY
        return written

    with GroupCommitter(write, CommitSettings(pause_ms=5)) as committer:
        assert committer.append([entry("a"), entry("b")]) == (Receipt(1, False), Receipt(2, False))
    assert journal.head().seq == 2


def test_what_the_database_refuses_is_its_callers_alone(entry: Any) -> None:
    store = Store()
    with GroupCommitter(store.write, CommitSettings(linger_ms=50)) as committer:
        good, bad, fine = (committer.submit([entry(key)]) for key in ("a", "poison", "b"))
        assert (good.result(5), fine.result(5)) == ((Receipt(1, False),), (Receipt(1, False),))
        with pytest.raises(JournalError, match="the database refused the entries: invalid input"):
            bad.result(5)
    assert store.groups == [["a"], ["b"]]


def test_more_than_may_wait_is_refused_at_once(entry: Any) -> None:
    store = Store()
    store.gate.clear()
    with GroupCommitter(store.write, CommitSettings(waiting=3)) as committer:
        first = committer.submit([entry("a"), entry("b")])
        with pytest.raises(BusyError, match="2 entries wait for the journal, at most 3 may; try later"):
            committer.submit([entry("c"), entry("d")])
        assert committer.waiting == 2
        store.gate.set()
        first.result(5)
        assert len(committer.append([entry(str(n)) for n in range(9)])) == 9  # larger than may wait, but alone


def test_entries_beyond_one_commit_are_the_next(entry: Any) -> None:
    store = Store()
    store.gate.clear()
    with GroupCommitter(store.write, CommitSettings(together=2)) as committer:
        waits = [committer.submit([entry(str(n))]) for n in range(6)]
        store.gate.set()
        for wait in waits:
            wait.result(5)
    assert max(map(len, store.groups)) <= 2


def test_closing_waits_for_what_was_taken_and_takes_no_more(journal: Journal, entry: Any) -> None:
    committer = journal.committer(CommitSettings(linger_ms=20))
    waits = [committer.submit([entry(str(n))]) for n in range(50)]
    committer.close()
    assert all(wait.done() and wait.exception() is None for wait in waits)
    with pytest.raises(BusyError, match="the journal is closed"):
        committer.append([entry("late")])
    assert journal.head().seq == 50


def test_no_entries_are_no_commit(entry: Any) -> None:
    with GroupCommitter(Store().write, QUICK) as committer:
        assert committer.append([]) == ()


def test_a_fault_of_the_code_itself_reaches_who_waits(entry: Any) -> None:
    def write(_: Any) -> Written:
        return Written()  # answers nobody

    with GroupCommitter(write, QUICK) as committer:
        with pytest.raises(KeyError):
            committer.append([entry("a")])
        assert committer.waiting == 0


@pytest.mark.parametrize("name", ["together", "waiting", "patience_s", "away_s", "pause_ms", "longest_pause_ms"])
def test_settings_that_mean_nothing_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be above 0, got 0"):
        CommitSettings(**{name: 0})


def test_the_shipped_settings_are_read() -> None:
    assert read_commit_settings().together == 2_000
    with pytest.raises(ValueError, match=r"linger_ms must be in \[0, 1000\], got -1"):
        CommitSettings(linger_ms=-1)
