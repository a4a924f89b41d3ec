"""The journal as the service writes it: open or not yet, with how long the oldest entry waits for its commit."""

from __future__ import annotations

import asyncio
import errno
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from serving.access import Refusal
from serving.journal import BusyError, Entry, GroupCommitter, Journal, JournalError, Receipt, UnavailableError

_MARGIN = 15.0
"""Seconds beyond the journal's own patience after which nothing is waited for any more."""


class Postbox:
    """A journal that may not be there yet; every write waits for its commit or raises Refusal 503.

    Parameters
    ----------
    url
        The journal's database.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.why_not = "the journal was not opened yet"
        self._open: tuple[Journal, GroupCommitter] | None = None
        self._began: dict[object, float] = {}

    @property
    def is_open(self) -> bool:
        """Whether the journal was opened; its database may be away since."""
        return self._open is not None

    @property
    def journal(self) -> Journal:
        """The journal; Refusal 503 while it was not opened."""
        return self._opened()[0]

    def require_open(self) -> None:
        """Raise Refusal 503 while the journal was not opened."""
        self._opened()

    def open(self, prepare: Callable[[Journal], None]) -> None:
        """Open the journal, if its database answers; ``prepare`` reads it before anybody may write."""
        try:
            journal = _prepared(Journal.open(self.url), prepare)
        except JournalError as error:
            self.why_not = str(error)
        else:
            self._open = journal, journal.committer()

    def close(self) -> None:
        """Settle what waits and close; nothing is taken any more."""
        if self._open is not None:
            journal, committer = self._open
            self._open = None
            committer.close()
            journal.close()

    async def write(self, entries: Sequence[Entry]) -> tuple[Receipt, ...]:
        """Write entries, all or none; durable when it returns.

        Raises
        ------
        Refusal
            503 when the journal did not confirm them.
        ConflictError
            When a key is there with other content: nothing was written.
        """
        committer = self._opened()[1]
        with self._waiting(), _refusals():
            settled = committer.submit(entries)
            if settled.done():
                return settled.result()
            waited = asyncio.shield(asyncio.wrap_future(settled))  # who goes away cancels no commit
            return await asyncio.wait_for(waited, _MARGIN)

    def write_now(self, entries: Sequence[Entry]) -> tuple[Receipt, ...]:
        """Write as ``write`` does, from a thread that may wait."""
        committer = self._opened()[1]
        with self._waiting(), _refusals():
            return committer.append(entries)

    def lag(self) -> float:
        """Seconds for which the oldest entry waits for its commit, 0 when none does."""
        began = list(self._began.values())
        return time.monotonic() - min(began) if began else 0.0

    def probe(self) -> None:
        """Take the journal's lock and give it back; OSError says why that cannot be done."""
        if self._open is None:
            raise OSError(errno.EIO, self.why_not)
        try:
            with self._open[0].database.writing():
                pass
        except JournalError as error:
            raise OSError(errno.EIO, str(error)) from error

    def _opened(self) -> tuple[Journal, GroupCommitter]:
        if self._open is None:
            raise _unwritten(self.why_not)
        return self._open

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        ticket = object()
        self._began[ticket] = time.monotonic()
        try:
            yield
        finally:
            del self._began[ticket]


def _prepared(journal: Journal, prepare: Callable[[Journal], None]) -> Journal:
    try:
        prepare(journal)
    except BaseException:
        journal.close()
        raise
    return journal


@contextmanager
def reading() -> Iterator[None]:
    """Turn a journal that does not answer into a refusal, within a block that reads it."""
    try:
        yield
    except UnavailableError as error:
        raise Refusal(503, "journal_unavailable", f"The journal cannot be read now: {error}") from error


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except BusyError as error:
        raise _unwritten(str(error), "journal_busy") from error
    except (UnavailableError, TimeoutError) as error:
        raise _unwritten(str(error) or "it did not confirm in time") from error


def _unwritten(why: str, code: str = "journal_unavailable") -> Refusal:
    told = f"Nothing is acknowledged, since it could not be written to the journal: {why.rstrip('.')}. Ask again."
    return Refusal(503, code, told, {"Retry-After": "5"})
