"""A bank that has been decided about for half a year: its journal as the service would have written it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import Any

import pandas as pd
import pytest

from features import Book
from serving.decide import Decisions, decide
from serving.journal import DecisionRow, Entry, Journal, OutcomeRow, encoded_row
from serving.journal.recording import outcome_entry, person_request_entry
from serving.monitoring.in_service import InService, in_service
from serving.monitoring.settings import read_monitoring
from serving.monitoring.watch import Watch
from serving.monitoring.watching import watch
from serving.policy_settings import PolicySettings, read_policy
from serving.registry import Models, load_models


def rows_of(decisions: Decisions, policy: PolicySettings, version: str) -> list[DecisionRow]:
    """Return what the journal keeps of each decision, in order."""
    tiers, stages = list(policy.tiers), list(policy.stages)
    rows = []
    for i in range(len(decisions.X)):
        action = decisions.choice.action[i]
        due = decisions.pressing.row[i] >= 0
        rows.append(
            DecisionRow(
                default_probability=float(decisions.scores.default_probability[i]),
                tier=tiers[decisions.tier[i]],
                stance="reliable",
                programme="standard",
                stage=stages[decisions.stage[i]] if due else None,
                days_past_due=int(decisions.pressing.days_past_due[i]) if due else None,
                amount_open=float(decisions.pressing.amount_open[i]) if due else None,
                action=policy.action_ids[action],
                propensity=float(decisions.choice.propensity[i]),
                expected_effect=float(decisions.effects.effect[i, action]),
                expected_value=float(decisions.choice.value[i, action]),
                requires_human=bool(decisions.person_decides[i]),
                model=version,
                policy=policy.version,
                rules=policy.rulebook.version,
                as_of=int(decisions.as_of.timestamp()),
                loan_id=decisions.subjects.loan_id[i],
                instalment_no=int(decisions.subjects.instalment_no[i]) if due else None,
                blocked_by="ladder" if action == 0 else "",
            )
        )
    return rows


def write_decisions(journal: Journal, book: Book, models: Models, moments: Sequence[pd.Timestamp]) -> list[str]:
    """Decide for everybody at each moment and write it down an hour later; return the ids of the last decisions."""
    policy, ids = read_policy(), list[str]()
    for at in moments:
        made = decide(book, at, models, policy, explain=False)
        written = at.to_pydatetime().astimezone(UTC) + timedelta(hours=1)
        told = zip(made.ids, made.X.customers, rows_of(made, policy, models.version), strict=True)
        journal.append([Entry("decision", f"{one}:k", written, who, one, encoded_row(row)) for one, who, row in told])
        ids = list(made.ids)
    return ids


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
        ids = write_decisions(journal, world.book, load_models(), moments)
        told = [OutcomeRow(delivered=True, read=k % 3 == 0, paid=10.0 * k) for k in range(40)]
        at = end.to_pydatetime()
        journal.append([outcome_entry(f"o{k}", ids[k], None, at, row, b"{}") for k, row in enumerate(told)])
        asked = [end - pd.Timedelta(days=days) for days in (2, 40)]
        journal.append([person_request_entry(f"p{k}", "C1", day.to_pydatetime(), b"{}") for k, day in enumerate(asked)])
        yield Bank(world.book, journal, url, end, in_service())
