"""The audit: what was acknowledged is looked up in the journal, whose chain is computed again."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from benchmarks.faults.load import Answered
from serving.journal import Head, Journal, Payload, Record


class _Kept(msgspec.Struct, frozen=True):
    keys: list[str | None]


@dataclass(frozen=True)
class Audit:
    """What the journal has of what was acknowledged.

    Attributes
    ----------
    acknowledged
        How many decisions, outcomes and events were.
    lost
        Which of them the journal has not, or not as they were answered.
    doubled
        Which entries are there for nobody's question, or twice for one.
    fault
        Where the chain breaks, None: nowhere.
    set_back
        The longest that the clock went back from one entry to the next, in seconds.
    head
        The last link, which a later audit must find again.
    """

    acknowledged: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    fault: str | None
    set_back: float
    head: Head

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, nothing doubled, and the chain verifies."""
        return not self.lost and not self.doubled and self.fault is None


def audited(url: str, answered: Sequence[Answered], token_id: str, before: Head | None = None) -> Audit:
    """Look everything up that was answered by a journal that nobody else writes to.

    Parameters
    ----------
    token_id
        Under whose token it was asked.
    before
        The head of an earlier audit, which the chain must still hold.
    """
    with Journal.open(url, upgrade=False) as journal:
        decisions = {record.entry.key: record for record in journal.records("decision")}
        events = {record.entry.key: record for record in journal.records("event")}
        outcomes = Counter(record.entry.key for record in journal.records("outcome"))
        verdict = journal.verify(before)
    of_keys = {key: msgspec.json.decode(one.entry.payload, type=_Kept).keys for key, one in _answers(events)}
    lost = [*_lost_decisions(answered, token_id, of_keys, decisions), *_lost_posted(answered, events, outcomes)]
    named = {key for keys in of_keys.values() for key in keys}
    doubled = [*(decisions.keys() - named), *(key for key, times in outcomes.items() if times > 1)]
    acknowledged = sum(one.acknowledged for one in answered)
    fault = None if verdict.fault is None else f"entry {verdict.fault.seq}: {verdict.fault.why}"
    return Audit(acknowledged, tuple(lost), tuple(doubled), fault, verdict.set_back, verdict.head)


def verified(url: str) -> bool:
    """Tell whether ``duewise journal verify`` leaves with 0, as a person would run it."""
    command = [sys.executable, "-m", "duewise", "journal", "verify", "--journal", url, "--quiet"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _answers(events: dict[str, Record]) -> Iterator[tuple[str, Record]]:
    yield from ((key, one) for key, one in events.items() if key.startswith("answer:"))


def _lost_decisions(
    answered: Sequence[Answered], token_id: str, of_keys: dict[str, list[str | None]], decisions: dict[str, Record]
) -> Iterator[str]:
    """Yield the keys of answers of which a decision is absent, or is not what was answered, to the byte."""
    for one in answered:
        if one.question.route != "/score":
            continue
        kept = of_keys.get(f"answer:{token_id}:{one.question.key}")
        parts = [decisions[key] for key in kept or () if key in decisions]
        if not parts or len(parts) < len(kept or ()) or not one.content.endswith(_body(parts)):
            yield one.question.key


def _lost_posted(answered: Sequence[Answered], events: dict[str, Record], outcomes: Counter[str]) -> Iterator[str]:
    for one in answered:
        for told in one.results if one.question.route in ("/events", "/outcomes") else ():
            there = f"posted:{told['id']}" in events if one.question.route == "/events" else outcomes[told["id"]] == 1
            if told["status"] != "refused" and not there:
                yield f"{one.question.route} {told}"


def _body(records: Sequence[Record]) -> bytes:
    return b'"results":[' + b",".join(Payload.from_bytes(one.entry.payload).answer for one in records) + b"]}"
