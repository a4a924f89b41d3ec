"""The roll: each customer's latest decision, in columns, and what people decided about it.

Latest is that of the latest moment of cut and, of several, the one written last; a row of before rows had a moment has
the one at which it was written. It is made of the journal's short rows alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.kernel.windows import Floats, Ints, Mask

WORDS = ("tier", "stance", "programme", "stage", "action", "escalation", "blocked_by")
"""The columns of few different texts."""

NUMBERS = ("default_probability", "days_past_due", "amount_open", "expected_effect", "expected_value")

_NEVER = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Review:
    """What a person decided about a step that needs one; ``by`` is the public part of the token used."""

    decision_id: str
    step: str
    verdict: str
    reason: str
    by: str
    at: str
    customer_id: str | None


@dataclass(frozen=True)
class Words:
    """A column of few different texts: ``code`` (n,) is the place in ``names``, -1 for null."""

    names: tuple[str, ...] = ()
    code: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def told(self, row: int) -> str | None:
        """Return the text of a row."""
        place = int(self.code[row])
        return None if place < 0 else self.names[place]

    def equal(self, name: str) -> Mask:
        """Return which rows have a text, (n,)."""
        return self.code == (self.names.index(name) if name in self.names else len(self.names))


@dataclass(frozen=True)
class Roll:
    """Customers (n,), each once: ``ids`` and ``decisions`` are texts, ``at`` seconds since 1970 UTC.

    ``words`` and ``numbers`` (n,) by name, NaN where not known; ``place`` is a customer's row by id. ``reviews`` by
    decision and step; ``read_to`` is up to which entry the journal was read.
    """

    place: dict[str, int] = field(default_factory=dict)
    ids: npt.NDArray[Any] = field(default_factory=lambda: np.empty(0, dtype=object))
    decisions: npt.NDArray[Any] = field(default_factory=lambda: np.empty(0, dtype=object))
    at: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    requires_human: Mask = field(default_factory=lambda: np.empty(0, np.bool_))
    words: Mapping[str, Words] = field(default_factory=lambda: dict.fromkeys(WORDS, Words()))
    numbers: Mapping[str, Floats] = field(default_factory=lambda: dict.fromkeys(NUMBERS, np.empty(0)))
    reviews: Mapping[tuple[str, str], Review] = MappingProxyType({})
    read_to: int = 0

    def __len__(self) -> int:
        return len(self.ids)

    def with_decisions(self, frame: pd.DataFrame) -> Roll:
        """Return the roll with decisions in it that were written after those it has, as ``Journal.frames`` yields them.

        What was handed out before stays as it was.
        """
        frame = frame[frame["customer"].notna()]
        place = dict(self.place)
        code = np.array([place.setdefault(name, len(place)) for name in frame["customer"]], np.int64)
        moment = _moments(frame)
        rows = _last_of_each(code, moment)
        held = _longer(self.at, len(place), _NEVER)
        rows = rows[moment[rows] >= held[code[rows]]]
        where, taken = code[rows], frame.iloc[rows]
        written = {name: (_longer(self.numbers[name], len(place), np.nan), _floats(taken[name])) for name in NUMBERS}
        return Roll(
            place=place,
            ids=_put(_longer(self.ids, len(place), ""), where, taken["customer"].to_numpy(object)),
            decisions=_put(_longer(self.decisions, len(place), ""), where, _ids(taken)),
            at=_put(held, where, moment[rows]),
            requires_human=_put(
                _longer(self.requires_human, len(place), False), where, taken["requires_human"].to_numpy(np.bool_)
            ),
            words={name: _words(self.words[name], len(place), where, taken[name]) for name in WORDS},
            numbers={name: _put(column, where, cells) for name, (column, cells) in written.items()},
            reviews=self.reviews,
            read_to=self.read_to,
        )

    def with_reviews(self, reviews: list[Review]) -> Roll:
        """Return the roll with what people decided since."""
        return replace(self, reviews={**self.reviews, **{(one.decision_id, one.step): one for one in reviews}})

    def steps(self, row: int) -> tuple[str, ...]:
        """Return what of a customer's decision needs a person: ``visit`` or ``letter``, and ``reminder``."""
        step = self.words["escalation"].told(row)
        asked = () if step is None else (step,)
        return (*asked, "reminder") if self.requires_human[row] else asked


def _moments(frame: pd.DataFrame) -> Ints:
    written = frame["at"].to_numpy(dtype="datetime64[s]").astype(np.int64)
    moment = _floats(frame["as_of"])
    return np.where(np.isnan(moment), written, np.nan_to_num(moment)).astype(np.int64)


def _ids(frame: pd.DataFrame) -> npt.NDArray[Any]:
    return frame["about"].where(frame["about"].notna(), frame["key"]).to_numpy(object)


def _floats(column: pd.Series[Any]) -> Floats:
    return column.to_numpy(np.float64, na_value=np.nan)


def _last_of_each(code: Ints, moment: Ints) -> Ints:
    order = np.lexsort((np.arange(len(code)), moment, code))
    return order[np.append(code[order][1:] != code[order][:-1], True)] if len(order) else order


def _longer[Cells: npt.NDArray[Any]](column: Cells, n: int, fill: Any) -> Cells:
    return np.concatenate([column, np.full(n - len(column), fill, column.dtype)])  # type: ignore[return-value]


def _put[Cells: npt.NDArray[Any]](column: Cells, where: Ints, cells: Any) -> Cells:
    column[where] = cells
    return column


def _words(held: Words, n: int, where: Ints, cells: pd.Series[Any]) -> Words:
    codes, names = pd.factorize(cells)
    places = {name: k for k, name in enumerate(held.names)}
    ours = np.array([*(places.setdefault(str(name), len(places)) for name in names), -1], np.int64)
    return Words(tuple(places), _put(_longer(held.code, n, -1), where, ours[codes]))
