"""A bank that has been decided about for half a year: its journal as the service would have written it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta

import pandas as pd

from features import Book
from serving.decide import Decisions, decide
from serving.journal import DecisionRow, Entry, Journal, encoded_row
from serving.policy_settings import PolicySettings, read_policy
from serving.registry import Models

type World = object


def rows_of(decisions: Decisions, policy: PolicySettings, version: str) -> list[DecisionRow]:
    """Return what the journal keeps of each decision, in order."""
    tiers, stages = list(policy.tiers), list(policy.stages)
    codes, names = decisions.blocked.codes, policy.rulebook
    del codes, names
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


def write_decisions(
    journal: Journal, book: Book, models: Models, moments: Sequence[pd.Timestamp], policy: PolicySettings | None = None
) -> None:
    """Decide for everybody at each moment and write it down an hour later."""
    settings = policy or read_policy()
    for at in moments:
        made = decide(book, at, models, settings, explain=False)
        written = at.to_pydatetime().astimezone(UTC) + timedelta(hours=1)
        rows = rows_of(made, settings, models.version)
        told = zip(made.ids, made.X.customers, rows, strict=True)
        journal.append([Entry("decision", f"{one}:k", written, who, one, encoded_row(row)) for one, who, row in told])
