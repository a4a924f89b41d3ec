"""The group commit: entries of many request threads in one transaction, each caller waiting until its own is durable.

One thread writes. While it waits for the disk the entries of others gather, and are the next commit; so a lone caller
waits for one commit, and many share it. Where commits take less time than waking that thread, a caller of few entries
who meets nobody there commits them itself. Nothing is acknowledged that was not committed.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillWaiting
from dataclasses import dataclass, field
from threading import Condition, Thread
from types import TracebackType
from typing import Self

from serving.journal.commit_settings import CommitSettings
from serving.journal.database import one_line
from serving.journal.entry import Entry, Receipt, Sealed
from serving.journal.errors import BusyError, JournalError, UnavailableError
from serving.journal.writing import Written

type Receipts = tuple[Receipt, ...]
type Write = Callable[[Sequence[Sequence[Sealed]]], Written]

_TRIAL = 1.0
"""Seconds that the one caller waits who tries a database that is away."""
_FEW = 8
"""How many entries a caller commits in its own thread at most."""

_MARGIN = 1.0
"""Seconds that a caller waits beyond the patience of the writing thread, whose answer is the more exact."""


@dataclass(frozen=True, eq=False, slots=True)
class _Caller:
    """Entries of one caller, who waits ``patience`` seconds for ``answer``, until ``deadline`` (monotonic)."""

    sealed: tuple[Sealed, ...]
    patience: float
    deadline: float
    answer: Future[Receipts] = field(default_factory=Future)


class GroupCommitter:
    """Commits the entries of many threads together; ``Journal.committer`` makes one, a process needs one.

    ``write`` may wait for the journal's lock; ``write_now`` never does, None: callers commit nothing themselves.
    """

    def __init__(self, write: Write, settings: CommitSettings, write_now: Write | None = None) -> None:
        self._write, self._settings, self._write_now = write, settings, write_now
        self._last_s = float("inf")
        self._queue: deque[_Caller] = deque()
        self._changed = Condition()
        self._unsettled, self._closed = 0, False
        self._unconfirmed_since: float | None = None
        self._reason = "a commit is under way"
        self._thread = Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def waiting(self) -> int:
        """How many entries are not settled yet."""
        return self._unsettled

    def append(self, entries: Sequence[Entry]) -> Receipts:
        """Write entries, all or none, and return their receipts once they are durable.

        Raises
        ------
        ConflictError
            When a key is there with other content: nothing was written.
        BusyError
            When too many entries wait, or the committer is closed: nothing was written.
        UnavailableError
            When the database did not confirm in time, or has not for so long that it counts as away: send them again
            with the same keys.
        """
        try:
            return self.submit(entries).result(self._settings.patience_s + _MARGIN)
        except StillWaiting as error:
            raise UnavailableError(_not_confirmed(self._settings.patience_s, "it is still being written")) from error

    def submit(self, entries: Sequence[Entry]) -> Future[Receipts]:
        """Hand entries over and return the receipts' future at once; what ``append`` raises, it or the future does.

        The future is done already where the entries were committed on the spot.
        """
        now = time.monotonic()
        patience = self._settings.patience_s if not self._away(now) else min(_TRIAL, self._settings.patience_s)
        caller = _Caller(tuple(map(Sealed.of, entries)), patience, now + patience)
        if not caller.sealed:
            caller.answer.set_result(())
        elif not self._committed_here(caller):
            self._queued(caller)
        return caller.answer

    def _committed_here(self, caller: _Caller) -> bool:
        """Commit the entries of a caller in its own thread, if that is quick; False: they are still to be written."""
        if self._write_now is None or len(caller.sealed) > _FEW or 1e3 * self._last_s > self._settings.here_ms:
            return False
        with self._changed:
            if self._unsettled or self._closed:
                return False
            self._unsettled += len(caller.sealed)
        try:
            _answer([caller], self._timed(self._write_now, [caller]))
        except Exception:  # what it is, and whether it passes, the writing thread finds out
            self._last_s = float("inf")
        finally:
            with self._changed:
                self._unsettled -= len(caller.sealed)
        return caller.answer.done()

    def _timed(self, write: Write, callers: Sequence[_Caller]) -> Written:
        """Write the entries of callers, and keep how long it took where they were few."""
        began = time.perf_counter()
        written = write([caller.sealed for caller in callers])
        if sum(len(caller.sealed) for caller in callers) <= _FEW:
            self._last_s = time.perf_counter() - began
        return written

    def _queued(self, caller: _Caller) -> None:
        with self._changed:
            if self._closed:
                raise BusyError("the journal is closed.")
            away = self._away(time.monotonic())
            if away and self._unsettled:
                raise UnavailableError(f"the journal has confirmed nothing for {away:.1f} s ({self._reason}).")
            if self._unsettled and self._unsettled + len(caller.sealed) > self._settings.waiting:
                raise BusyError(
                    f"{self._unsettled} entries wait for the journal, at most {self._settings.waiting} may; try later."
                )
            self._unsettled += len(caller.sealed)
            self._queue.append(caller)
            self._changed.notify()

    def close(self) -> None:
        """Take no more entries, and wait until those taken are settled."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while callers := self._next():
            try:
                self._commit(callers)
            except BaseException as error:  # a fault here must reach who waits, or they wait for nothing
                for caller in callers:
                    if not caller.answer.done():
                        caller.answer.set_exception(error)
            finally:
                with self._changed:
                    self._unsettled -= sum(len(caller.sealed) for caller in callers)

    def _next(self) -> list[_Caller]:
        """Wait for entries and return those of the next commit; none once closed and done."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed)
        if self._settings.linger_ms and not self._closed:
            time.sleep(self._settings.linger_ms / 1_000)
        taken: list[_Caller] = []
        room = self._settings.together
        with self._changed:
            while self._queue and (not taken or len(self._queue[0].sealed) <= room):
                taken.append(self._queue.popleft())
                room -= len(taken[-1].sealed)
        return taken

    def _commit(self, callers: Sequence[_Caller]) -> None:
        """Write the entries of callers, again and again while the fault may pass, and answer each."""
        pause, reason = self._settings.pause_ms, "it waited too long"
        while callers := self._in_time(callers, reason):
            self._unconfirmed_since = self._unconfirmed_since or time.monotonic()
            try:
                written = self._timed(self._write, callers)
            except UnavailableError as error:
                reason = self._reason = str(error)
                time.sleep(pause / 1_000)
                pause = min(2 * pause, self._settings.longest_pause_ms)
            except Exception as error:
                self._unconfirmed_since = None
                return self._refuse(callers, error)
            else:
                self._unconfirmed_since = None
                return _answer(callers, written)
        return None

    def _refuse(self, callers: Sequence[_Caller], error: Exception) -> None:
        """Answer a fault that will not pass: with it, when it is one caller's; else find out whose it is."""
        if len(callers) > 1:
            for caller in callers:
                self._commit([caller])
        else:
            refusal = JournalError(f"the database refused the entries: {one_line(error)}")
            refusal.__cause__ = error
            callers[0].answer.set_exception(refusal)

    def _in_time(self, callers: Sequence[_Caller], reason: str) -> list[_Caller]:
        """Return who still waits; the others are told that nothing is confirmed, and why."""
        now = time.monotonic()
        for caller in callers:
            if caller.deadline <= now:
                caller.answer.set_exception(UnavailableError(_not_confirmed(caller.patience, reason)))
        return [caller for caller in callers if caller.deadline > now]

    def _away(self, now: float) -> float:
        """Return for how many seconds nothing was confirmed, 0 while the database does not count as away."""
        since = self._unconfirmed_since
        away = 0.0 if since is None else now - since
        return away if away >= self._settings.away_s else 0.0


def _not_confirmed(seconds: float, reason: str) -> str:
    return f"the journal did not confirm within {seconds:g} s ({reason}); send the entries again with the same keys."


def _answer(callers: Sequence[_Caller], written: Written) -> None:
    for place, caller in enumerate(callers):
        if place in written.refused:
            caller.answer.set_exception(written.refused[place])
        else:
            caller.answer.set_result(written.receipts[place])
