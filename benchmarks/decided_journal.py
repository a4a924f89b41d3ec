"""A journal as the service would have written it, had it decided for everybody of a book at some moments.

Only what monitoring reads is written: rows, without the contents that replay needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, timedelta
from itertools import count, repeat

import pandas as pd
from msgspec.structs import replace

from features.book import Book
from serving.actions import STANCES
from serving.decide import Decisions, decide
from serving.journal import DecisionRow, Entry, Journal, encoded_row
from serving.policy_settings import PolicySettings, read_policy
from serving.registry import Models
from serving.rules import ALLOWED

_TOGETHER, _STRIDE = 5_000, 7_919


def decision_rows(decisions: Decisions, policy: PolicySettings, version: str) -> Iterator[DecisionRow]:
    """Yield what the journal keeps of each decision, in order."""
    tiers, stages, names = list(policy.tiers), list(policy.stages), policy.action_ids
    rules, blocked = [reason.id for reason in policy.rulebook.reasons], decisions.blocked.codes.tolist()
    pressing, choice, subjects = decisions.pressing, decisions.choice, decisions.subjects
    for i, action in enumerate(choice.action.tolist()):
        due = pressing.row[i] >= 0
        yield DecisionRow(
            default_probability=float(decisions.scores.default_probability[i]),
            tier=tiers[decisions.tier[i]],
            stance=STANCES[decisions.stance[i]],
            programme="standard",
            stage=stages[decisions.stage[i]] if due else None,
            days_past_due=int(pressing.days_past_due[i]) if due else None,
            amount_open=float(pressing.amount_open[i]) if due else None,
            action=names[action],
            propensity=float(choice.propensity[i]),
            expected_effect=float(decisions.effects.effect[i, action]),
            expected_value=float(choice.value[i, action]),
            requires_human=bool(decisions.person_decides[i]),
            model=version,
            policy=policy.version,
            rules=policy.rulebook.version,
            as_of=int(decisions.as_of.timestamp()),
            loan_id=subjects.loan_id[i] if due else None,
            instalment_no=int(subjects.instalment_no[i]) if due else None,
            blocked_by=",".join(sorted({rules[code] for code in blocked[i] if code != ALLOWED})),
        )


def _earlier(row: DecisionRow, place: int, spread: int) -> DecisionRow:
    by = place * _STRIDE % spread if spread else 0
    return replace(row, as_of=None if row.as_of is None else row.as_of - by)


def write_decisions(
    journal: Journal, book: Book, models: Models, moments: Sequence[pd.Timestamp], spread: int = 0
) -> Iterator[list[str]]:
    """Decide for everybody at each moment, write it down an hour later, and yield the ids of the decisions.

    Each decision's own moment is said to be up to ``spread`` seconds earlier, as requests come one by one.
    """
    policy = read_policy()
    for at in moments:
        made = decide(book, at, models, policy, explain=False)
        written = at.to_pydatetime().astimezone(UTC) + timedelta(hours=1)
        rows = decision_rows(made, policy, models.version)
        told = zip(made.ids, made.X.customers, map(_earlier, rows, count(), repeat(spread)), strict=True)
        entries = [Entry("decision", f"{one}:k", written, who, one, encoded_row(row)) for one, who, row in told]
        for start in range(0, len(entries), _TOGETHER):
            journal.append(entries[start : start + _TOGETHER])
        yield list(made.ids)
