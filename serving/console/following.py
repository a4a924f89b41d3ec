"""The roll of a running service, read on as the journal grows, and anew when somebody was erased."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock

import msgspec

from serving.console.roll import Review, Roll
from serving.journal import Journal, Record


class Verdict(msgspec.Struct, frozen=True):
    """What an entry of the kind ``review`` holds."""

    step: str
    verdict: str
    reason: str
    by: str


class Following:
    """Gives the roll as the journal is now; threads share one."""

    def __init__(self) -> None:
        self._roll, self._reading = Roll(), Lock()

    def roll(self, journal: Journal) -> Roll:
        """Return the roll; only what was written since the last look is read.

        Raises
        ------
        JournalError, UnavailableError
            When the journal is damaged or does not answer.
        """
        head = journal.head().seq
        if head == self._roll.read_to:
            return self._roll
        with self._reading:
            self._roll = self._read_on(journal, head)
            return self._roll

    def _read_on(self, journal: Journal, head: int) -> Roll:
        roll = self._roll
        if roll.read_to and next(journal.records("erasure", roll.read_to, rows=1), None) is not None:
            roll = Roll()
        after = roll.read_to
        for frame in journal.frames("decision", after):
            roll = roll.with_decisions(frame)
        roll = roll.with_reviews([review_of(record) for record in journal.records("review", after)])
        return replace(roll, read_to=head)


def review_of(record: Record) -> Review:
    """Return what an entry of the kind ``review`` says."""
    entry = record.entry
    told = msgspec.json.decode(entry.payload, type=Verdict)
    moment = entry.at.isoformat(timespec="seconds")
    return Review(entry.about or "", told.step, told.verdict, told.reason, told.by, moment, entry.customer)
