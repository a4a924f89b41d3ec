"""A bank that has been decided about for half a year: its journal as the service would have written it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import pytest

from benchmarks.decided_journal import write_decisions
from features import Book
from serving.journal import Journal, OutcomeRow
from serving.journal.recording import outcome_entry, person_request_entry
from serving.monitoring.in_service import InService, in_service
from serving.monitoring.settings import read_monitoring
from serving.monitoring.watch import Watch
from serving.monitoring.watching import watch
from serving.policy_settings import read_policy
from serving.registry import load_models


@dataclass(frozen=True)
class Bank:
    """The world's book with a journal of half a year, and what is in service."""

    book: Book
    journal: Journal
    url: str
    as_of: pd.Timestamp
    service: InService

    def watched(self, **tables: pd.DataFrame) -> Watch:
        """Return the watch of the last window, of the book with some tables replaced."""
        book = Book.of(dict(self.book.tables()) | tables) if tables else self.book
        return watch(book, self.journal, self.as_of, self.service, read_policy(), SETTINGS).watch


SETTINGS = replace(read_monitoring(), most_valued=200)


@pytest.fixture(scope="session")
def bank(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Return the trained world with what the service would have journalled, outcomes and two requests for a person."""
    url = f"sqlite:///{tmp_path_factory.mktemp('journal') / 'journal.db'}"
    end = pd.concat([world.book.payments["paid_at"], world.book.reminders["sent_at"]]).max().ceil("s")
    moments = [end - pd.Timedelta(days=days) for days in range(165, 0, -6)]
    with Journal.open(url) as journal:
        *_, ids = write_decisions(journal, world.book, load_models(), moments)
        told = [OutcomeRow(delivered=True, read=k % 3 == 0, paid=10.0 * k) for k in range(40)]
        at = end.to_pydatetime()
        journal.append([outcome_entry(f"o{k}", ids[k], None, at, row, b"{}") for k, row in enumerate(told)])
        asked = [end - pd.Timedelta(days=days) for days in (2, 40)]
        journal.append([person_request_entry(f"p{k}", "C1", day.to_pydatetime(), b"{}") for k, day in enumerate(asked)])
        yield Bank(world.book, journal, url, end, in_service())
