"""What a reviewer would miss in the evidence, or must weigh against a step; each by a code, with its figures.

A gap is no error: a pack with gaps is written all the same, and says so on its first page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pandas as pd

from serving.escalation.escalations import NEVER_WHILE
from serving.escalation.known import Known
from serving.escalation.sums import Sums, is_whole
from serving.feedback.causes import UNCLEAR

NOTICE_DAYS = 30
"""For how many days back a written notice counts as recent."""

_ANSWERED = frozenset({*NEVER_WHILE, UNCLEAR} - {"promise"})
"""What a bank is expected to answer; a promise is waited for."""


_UNABLE = frozenset({"short_of_money", "lost_income"})


@dataclass(frozen=True)
class Gap:
    """One gap; ``figures`` fill the places of its sentence in words.py."""

    code: str
    figures: Mapping[str, str] = field(default_factory=dict)


def gaps_of(
    known: Known,
    tables: Mapping[str, pd.DataFrame],
    sums: Sums,
    held: Sequence[str],
    has_rules: bool,
) -> tuple[Gap, ...]:
    """Return the gaps of the tables (see evidence.py), those against any step first."""
    contract, schedule = tables["contract"].iloc[0], tables["schedule"]
    return (
        *_against(known, sums, held),
        *_of_contacts(known, tables, sums, held),
        *_of_rules(tables, has_rules),
        *_of_contract(known, contract, schedule, sums),
    )


def _against(known: Known, sums: Sums, held: Sequence[str]) -> Iterator[Gap]:
    if sums.overdue_open == 0:
        yield Gap("nothing_overdue")
    if pd.notna(known.customer["stop_flag"]):
        yield Gap("stop_flag", {"flag": str(known.customer["stop_flag"])})
    if known.customer["vulnerable"]:
        yield Gap("vulnerable")
    for cause in held:
        if cause in NEVER_WHILE:
            yield Gap("cause_holds", {"cause": cause})
    if pd.notna(known.customer["person_asked_on"]):
        yield Gap("person_asked", {"day": known.customer["person_asked_on"].date().isoformat()})


def _of_contacts(known: Known, tables: Mapping[str, pd.DataFrame], sums: Sums, held: Sequence[str]) -> Iterator[Gap]:
    contacts, notices = tables["contacts"], tables["notices"]
    since = (known.today - timedelta(days=NOTICE_DAYS)).isoformat()
    arrived = notices[notices["delivered"].eq(True)]
    if sums.overdue_open and not (arrived["sent_at"].str[:10] >= since).any():
        yield Gap("no_written_notice", {"days": str(NOTICE_DAYS)})
    first_late = _first_late(tables["schedule"])
    late = contacts[contacts["sent_at"].str[:10] > first_late] if first_late else contacts.iloc[:0]
    unable = late[late["causes"].map(lambda causes: bool(_UNABLE & set(causes)))]
    if len(unable) and not _UNABLE & set(held):
        yield Gap("told_unable", {"day": str(unable["sent_at"].iloc[-1])[:10]})
    if sums.overdue_open and not late["conversation"].eq(True).any():
        yield Gap("no_conversation")
    yield from _unanswered(known, contacts)
    others = int((~contacts["recipient"].isin(["customer", "co_borrower", "guarantor"])).sum())
    if others:
        yield Gap("third_party", {"count": str(others)})
    unsettled = int(contacts["delivered"].isna().sum())
    if unsettled:
        yield Gap("fate_unknown", {"count": str(unsettled)})


def _unanswered(known: Known, contacts: pd.DataFrame) -> Iterator[Gap]:
    if contacts.empty or not _ANSWERED & set(contacts["causes"].iloc[-1]):
        return
    last = contacts["reminder_id"].iloc[-1]
    answered = known.book.reminders.set_index("reminder_id")["answered_at"]
    if pd.isna(answered[last]):
        yield Gap("reply_unanswered", {"reminder": str(last)})


def _of_rules(tables: Mapping[str, pd.DataFrame], has_rules: bool) -> Iterator[Gap]:
    if not has_rules:
        yield Gap("no_rules")
    if len(tables["breaches"]):
        yield Gap("breaches", {"count": str(tables["breaches"]["reminder_id"].nunique())})
    if len(tables["notices"]):
        yield Gap("texts_not_kept")


def _of_contract(known: Known, contract: pd.Series[Any], schedule: pd.DataFrame, sums: Sums) -> Iterator[Gap]:
    if pd.isna(contract["account_masked"]):
        yield Gap("account_unknown")
    if not known.knows_zone:
        yield Gap("zone_unknown")
    if not is_whole(schedule, contract):
        yield Gap("schedule_not_whole")
    if sums.principal_open is None:
        yield Gap("division_unknown")


def _first_late(schedule: pd.DataFrame) -> str | None:
    late = schedule[schedule["status"].isin(["overdue", "partly_paid"])]
    return None if late.empty else str(late["due_date"].min().isoformat())
