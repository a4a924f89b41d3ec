"""TimingLog: reminders with the part of the day they were sent at, as arrays to learn timing from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.answers import Answers, answers_by_part, part_of
from features.book import Book
from features.facts.reminders import SETTLES_AFTER
from features.history import History
from serving.actions import NONE
from serving.effects import EffectScorer
from serving.policy_settings import Daypart
from training.dataset import ResponseSample

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class TimingLog:
    """Logged decisions inside the parts of the day, one entry each, (n,).

    ``parts``: [from, until) hours by name; ``part``: its number; ``action``: codes; ``is_sent``: False for a logged
    decision not to remind; ``answered``: opened, spoken about or replied to; ``before``: the customer's answers
    until then; ``effect``: what the response model expects of the action, at least 0; ``residual``: the outcome
    less the probability it foretells; ``group``: codes of the customers; ``amount`` due, in currency.
    """

    parts: Mapping[str, tuple[int, int]]
    part: Ints
    action: Ints
    is_sent: Mask
    answered: Mask
    before: Answers
    effect: Floats
    residual: Floats
    group: Ints
    amount: Floats

    @classmethod
    def of(cls, book: Book, sample: ResponseSample, scorer: EffectScorer, dayparts: Mapping[str, Daypart]) -> TimingLog:
        """Return the log of a sample of ``book``, as ``scorer`` sees it.

        Left out are decisions outside every part of the day, actions the scorer does not know, and reminders too
        young for it to be known whether they were answered.
        """
        parts = {name: (part.from_hour, part.until_hour) for name, part in dayparts.items()}
        hours, reminders = list(parts.values()), book.ledger.reminders
        row = _rows(book, sample)
        part = part_of(reminders["hour"][row], hours)
        place = pd.Index(scorer.actions).get_indexer(pd.Index(sample.action))
        ended = reminders.at.max(initial=0) - SETTLES_AFTER
        kept = np.flatnonzero((part >= 0) & (place >= 0) & (reminders.at[row] <= ended))
        row, place = row[kept], place[kept]
        X, rows = sample.X.iloc[kept], np.arange(len(kept))
        matrix = scorer.encoding.matrix(X)
        foretold = scorer.predict(matrix)[rows, place]
        return cls(
            parts=parts,
            part=part[kept],
            action=place,
            is_sent=sample.action[kept] != NONE,
            answered=reminders["read"][row] | reminders["conversation"][row] | reminders["replied"][row],
            before=answers_by_part(History(book.ledger, reminders.customer[row], reminders.at[row] - 1), hours),
            effect=np.maximum(scorer.effect(matrix, NONE).effects[rows, place], 0.0),
            residual=sample.outcome[kept] - foretold,
            group=pd.factorize(X.index)[0].astype(np.int64),
            amount=book.ledger.instalments["amount_due"][reminders["instalment"][row]],
        )

    @classmethod
    def joined(cls, logs: Sequence[TimingLog]) -> TimingLog:
        """Return logs of the same parts and scorer, but of different customers, as one."""
        names = ("part", "action", "is_sent", "answered", "effect", "residual", "amount")
        columns = {name: np.concatenate([getattr(log, name) for log in logs]) for name in names}
        before = (np.concatenate([getattr(log.before, name) for log in logs]) for name in ("reminded", "answered"))
        customers = np.cumsum([0, *(log.group.max(initial=-1) + 1 for log in logs)])
        group = np.concatenate([log.group + start for log, start in zip(logs, customers, strict=False)])
        return cls(parts=logs[0].parts, before=Answers(*before), group=group, **columns)

    def __len__(self) -> int:
        return len(self.part)

    @property
    def chance(self) -> Floats:
        """The share of each part among the log's decisions for the same action, (n, parts)."""
        parts = len(self.parts)
        counts = np.bincount(self.action * parts + self.part, minlength=(self.action.max(initial=0) + 1) * parts)
        by_action = counts.reshape(-1, parts)
        return np.asarray((by_action / np.maximum(by_action.sum(axis=1, keepdims=True), 1))[self.action])


def _rows(book: Book, sample: ResponseSample) -> Ints:
    """Return the rows of the ledger's reminders that a sample's decisions are, (n,)."""
    table = pd.Index(book.reminders["reminder_id"]).get_indexer(pd.Index(sample.reminder_id))
    place = np.empty(len(book.reminders), np.int64)
    place[book.ledger.reminders["row"]] = np.arange(len(place))
    return place[table]
