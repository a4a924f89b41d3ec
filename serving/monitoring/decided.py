"""The journal's decisions in columns, each with what came of it as told: what everything else is counted from.

A decision's moment is that of its cut, as a replay or a late hour writes it down later; rows of before there was one
have the moment they were written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.kernel.windows import Floats, Ints, Mask
from features.labels import instalment_rows
from features.ledger.texts import Posted
from serving.actions import NONE
from serving.journal import Journal

WORDS = ("tier", "stance", "programme", "stage", "action", "model", "policy", "rules", "blocked_by")
"""The columns of a decision that hold few different texts."""

NUMBERS = ("default_probability", "amount_open", "propensity", "expected_effect", "expected_value")
TOLD = ("delivered", "read", "conversation", "reply", "promise")
"""What an outcome says with yes or no."""

type Advance = Callable[[str, float], None]
"""Told how far a stage is, in [0, 1]."""


@dataclass(frozen=True)
class Words:
    """A column of few different texts: ``code`` (n,) is the place in ``names``, -1 for null."""

    names: tuple[str, ...]
    code: Ints

    def at(self, rows: Ints | Mask) -> Words:
        """Return these rows."""
        return Words(self.names, self.code[rows])

    def counts(self) -> dict[str, int]:
        """Return how many rows have each text that is there; null is left out."""
        told = np.bincount(self.code[self.code >= 0], minlength=len(self.names))
        return {name: int(rows) for name, rows in zip(self.names, told, strict=True) if rows}

    def among(self, wanted: Callable[[str], bool]) -> Mask:
        """Tell which rows have a text that is wanted."""
        return np.array([*map(wanted, self.names), False], np.bool_)[self.code]


@dataclass(frozen=True)
class Decided:
    """Decisions, (n,), the oldest moment first, each decision_id once.

    ``at`` seconds since 1970 UTC; ``customer`` is the position in the book, -1 for one whom it does not have, and
    ``person`` a number for each customer of the journal; ``instalment`` a row of the ledger's instalments, -1 where
    nothing is due. ``words`` and ``numbers`` by name; ``outcomes`` holds of each of ``TOLD`` 1 for yes, 0 for no, NaN
    where it was not told, and ``paid`` in the book's currency.
    """

    at: Ints
    customer: Ints
    person: Ints
    instalment: Ints
    requires_human: Mask
    words: Mapping[str, Words]
    numbers: Mapping[str, Floats]
    outcomes: Mapping[str, Floats]

    def __len__(self) -> int:
        return len(self.at)

    def __getitem__(self, name: str) -> Floats:
        return self.numbers[name]

    @property
    def reminded(self) -> Mask:
        """Which decisions were to send something, (n,)."""
        return self.words["action"].among(lambda name: name != NONE)

    def rows(self, chosen: Ints | Mask) -> Decided:
        """Return these decisions."""
        return Decided(
            at=self.at[chosen],
            customer=self.customer[chosen],
            person=self.person[chosen],
            instalment=self.instalment[chosen],
            requires_human=self.requires_human[chosen],
            words={name: column.at(chosen) for name, column in self.words.items()},
            numbers={name: column[chosen] for name, column in self.numbers.items()},
            outcomes={name: column[chosen] for name, column in self.outcomes.items()},
        )

    def between(self, since: int, until: int) -> Decided:
        """Return the decisions at or after ``since`` and before ``until``, in seconds."""
        first, last = np.searchsorted(self.at, [since, until])
        return self.rows(np.arange(first, last))

    def first(self) -> Decided:
        """Return each customer's first decision: one row a customer, so that chance can be reckoned with.

        It is there whatever comes of it. The last one is often the last because the customer then paid, so judged by
        last decisions any model expects too little to be paid.
        """
        return self._one_each(np.arange(len(self))[::-1])

    def last(self) -> Decided:
        """Return each customer's last decision: where they stood at the end. Nothing is judged by it, see ``first``."""
        return self._one_each(np.arange(len(self)))

    def drawn(self, seed: int) -> Decided:
        """Return one decision of each customer drawn by lot, so that they lie on all days of a window."""
        return self._one_each(np.random.default_rng(seed).permutation(len(self)))

    def _one_each(self, order: Ints) -> Decided:
        last = np.full(int(self.person.max(initial=-1)) + 1, -1)
        last[self.person[order]] = order
        return self.rows(np.sort(last[last >= 0]))


def read_decided(journal: Journal, book: Posted, since: int, advance: Advance = lambda stage, share: None) -> Decided:
    """Return the journal's decisions at or after ``since``, in seconds, with their outcomes.

    Raises
    ------
    JournalError, UnavailableError
        When the journal is damaged or does not answer.
    """
    total = max(journal.head().seq, 1)
    frames = _watched(journal.frames("decision"), lambda share: advance("read", share), total)
    columns = _Columns()
    for frame in frames:
        columns.take(frame, since)
    decided, ids = columns.joined(book)
    outcomes = _outcomes(_watched(journal.frames("outcome"), lambda share: advance("outcomes", share), total), ids)
    order = np.argsort(decided.at, kind="stable")
    return replace(decided, outcomes=outcomes).rows(order)


def _watched(frames: Iterable[pd.DataFrame], tell: Callable[[float], None], total: int) -> Iterator[pd.DataFrame]:
    tell(0.0)
    for frame in frames:
        yield frame
        tell(min(float(frame["seq"].iloc[-1]) / total, 1.0))
    tell(1.0)


class _Coder:
    """Numbers texts in the order in which they are met, over many chunks."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    def code(self, cells: pd.Series[Any]) -> Ints:
        codes, names = pd.factorize(cells)
        place = np.array([*(self.places.setdefault(str(name), len(self.places)) for name in names), -1], np.int64)
        return place[codes]


class _Columns:
    """The columns of many chunks as they come, so that a million rows never lie as Python objects at a time."""

    def __init__(self) -> None:
        self.coders = {name: _Coder() for name in (*WORDS, "customer", "loan_id")}
        self.parts: dict[str, list[npt.NDArray[Any]]] = {}

    def take(self, frame: pd.DataFrame, since: int) -> None:
        """Take the decisions of a chunk that are not older than ``since``."""
        written = frame["at"].to_numpy(dtype="datetime64[s]").astype(np.int64)
        moment = frame["as_of"].to_numpy(np.float64)
        at = np.where(np.isnan(moment), written, np.nan_to_num(moment)).astype(np.int64)
        wanted = (at >= since) & frame["customer"].notna().to_numpy()
        frame, at = frame[wanted], at[wanted]
        self._keep("at", at)
        self._keep("id", frame["about"].where(frame["about"].notna(), frame["key"]).to_numpy(dtype=object))
        self._keep("requires_human", frame["requires_human"].to_numpy(np.bool_))
        self._keep("instalment_no", np.nan_to_num(frame["instalment_no"].to_numpy(np.float64), nan=-1).astype(np.int64))
        for name in NUMBERS:
            self._keep(name, frame[name].to_numpy(np.float64))
        for name, coder in self.coders.items():
            self._keep(name, coder.code(frame[name]))

    def joined(self, book: Posted) -> tuple[Decided, pd.Index[Any]]:
        """Return all that was taken, each decision_id once and without outcomes, and the ids."""
        whole = {name: np.concatenate(parts) for name, parts in self.parts.items()} or self._nothing()
        ids = pd.Index(whole["id"], dtype=object)
        first = ~ids.duplicated()
        whole = {name: column[first] for name, column in whole.items()}
        customers = list(self.coders["customer"].places)
        place = np.append(book.ledger.position.get_indexer(pd.Index(customers, dtype=book.ledger.position.dtype)), -1)
        loans = _loan_rows(book, list(self.coders["loan_id"].places))
        decided = Decided(
            at=whole["at"],
            customer=place[whole["customer"]],
            person=whole["customer"],
            instalment=instalment_rows(book.ledger, loans[whole["loan_id"]], whole["instalment_no"]),
            requires_human=whole["requires_human"],
            words={name: Words(tuple(self.coders[name].places), whole[name]) for name in WORDS},
            numbers={name: whole[name] for name in NUMBERS},
            outcomes={},
        )
        return decided, ids[first]

    def _keep(self, name: str, column: npt.NDArray[Any]) -> None:
        self.parts.setdefault(name, []).append(column)

    def _nothing(self) -> dict[str, npt.NDArray[Any]]:
        kinds: dict[str, Any] = {"id": object, "requires_human": np.bool_} | dict.fromkeys(NUMBERS, np.float64)
        return {name: np.empty(0, kinds.get(name, np.int64)) for name in ("at", "instalment_no", *self.coders, *kinds)}


def _loan_rows(book: Posted, names: list[str]) -> Ints:
    """Return the ledger's rows of loans by id, -1 where there is none, and -1 once more at the end for null."""
    loans = book.ledger.loans
    known = pd.Index(book.texts.loans[loans["row"]], dtype=object)
    return np.append(known.get_indexer(pd.Index(names, dtype=object)), -1)


def _outcomes(frames: Iterable[pd.DataFrame], ids: pd.Index[Any]) -> dict[str, Floats]:
    """Return what was told of each decision: yes when any outcome says so, and the largest amount paid."""
    told = {name: np.full(len(ids), np.nan) for name in (*TOLD, "paid")}
    for frame in frames:
        place = ids.get_indexer(pd.Index(frame["about"], dtype=object))
        for name, column in told.items():
            values = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
            known = (place >= 0) & ~np.isnan(values)
            np.fmax.at(column, place[known], values[known])
    return told
