"""How much of an effect each part of the day keeps for each customer: the only place where timing predicts.

What reminders at a part add for everyone, times what the customer's own answers say of it. Both are learned with
the response and are exactly 1 where the log does not prove them. Reminders sent as evenly over the day as the
log's keep 1 on average: the response model's effects are those of the log's hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from features.answers import Answers
from features.errors import ModelError
from serving.card import read_card, readable, write_card

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_CARD = "timing.json"
_PER_PART = ("shares", "usual", "population")


@dataclass(frozen=True)
class Timing:
    """What was learned of when to send, for p parts of the day.

    ``parts`` their names; ``hours`` [from, until) of the customer's own day; ``shares`` (p,) of the log's
    reminders, adding up to 1; ``usual`` (p,): how readily people answer in each, 1 on average over ``shares``.
    ``population`` (p,): what of an effect each part keeps for someone who answers as people usually do, 1 on
    average. ``drawn``: for how many answers of the customer the usual ones count, above 0. ``strength``: how much
    of a customer's own rhythm of answering is found again in effects, 0 where it was not proven.
    """

    parts: tuple[str, ...]
    hours: tuple[tuple[int, int], ...]
    shares: Floats
    usual: Floats
    population: Floats
    drawn: float
    strength: float

    def __post_init__(self) -> None:
        shapes = {name: getattr(self, name).shape for name in _PER_PART}
        if len(self.hours) != len(self.parts) or set(shapes.values()) != {(len(self.parts),)}:
            raise ModelError(f"timing of {len(self.parts)} parts does not fit {len(self.hours)} hours and {shapes}.")
        if not self.drawn > 0:
            raise ModelError(f"drawn must be above 0, got {self.drawn}.")

    @property
    def has_preference(self) -> bool:
        """Tell whether any customer may be better reminded at one part than at another."""
        return self.strength != 0 or bool((self.population != self.population[0]).any())

    def rhythm(self, answers: Answers) -> Floats:
        """Return how readily each customer answers in each part against the usual, (n, p), 1 on average.

        (answers + k) / (expected + k), k being ``drawn``: the mean of a gamma posterior (doi
        10.1080/00031305.1999.10474456) where expected is what the customer's own share of answers makes of the
        reminders sent at the part. 1 in every part for who has answered nothing, or has had nothing to answer.
        """
        sent, answered = _total(answers.reminded), _total(answers.answered)
        share = np.divide(answered, sent, out=np.zeros_like(sent), where=sent > 0)
        expected = answers.reminded * share[:, None] * self.usual
        return self._even((answers.answered + self.drawn) / (expected + self.drawn))

    def multipliers(self, answers: Answers) -> Floats:
        """Return how much of an effect each part keeps for each customer, (n, p), at least 0, 1 on average."""
        if not self.has_preference:
            return np.ones(answers.reminded.shape)
        kept = self.population * (1.0 + self.strength * (self.rhythm(answers) - 1.0))
        return self._even(np.maximum(kept, 0.0))

    def prefers(self, multiplier: Floats) -> Mask:
        """Tell for which customers a part is better than another, (n,), by their multipliers (n, p)."""
        return (multiplier != multiplier[:, :1]).any(axis=1)

    def save(self, path: str | Path) -> None:
        """Write the timing into the folder ``path``, beside the response model it was learned with."""
        fields = {name: getattr(self, name) for name in ("parts", "hours", "drawn", "strength")}
        write_card(Path(path) / _CARD, fields | {name: getattr(self, name).tolist() for name in _PER_PART})

    @classmethod
    def load(cls, path: str | Path) -> Timing:
        """Read what ``save`` wrote; it predicts the same, to the bit.

        Raises
        ------
        ModelError
            When the file is missing or damaged.
        """
        folder = Path(path)
        with readable("timing", folder):
            card: dict[str, Any] = read_card(folder / _CARD)
            per_part = {name: np.array(card[name], dtype=np.float64) for name in _PER_PART}
            hours = tuple((int(begins), int(ends)) for begins, ends in card["hours"])
            return cls(tuple(card["parts"]), hours, drawn=card["drawn"], strength=card["strength"], **per_part)

    @classmethod
    def find(cls, path: str | Path) -> Timing | None:
        """Read the timing of the folder ``path``; None where a response model was saved without."""
        return cls.load(path) if (Path(path) / _CARD).exists() else None

    def _even(self, values: Floats) -> Floats:
        """Return rows of ``values`` divided by their mean over ``shares``; rows that are even are 1 to the bit."""
        mean = _total(values * self.shares)
        level = np.where(mean > 0, mean, 1.0)[:, None]
        alike = (values == values[:, :1]).all(axis=1, keepdims=True)
        return np.where(alike, 1.0, values / level)


def _total(values: Floats) -> Floats:
    """Return the sum of each row, part by part in order: the same bits for one row and for many."""
    total = np.zeros(len(values))
    for part in range(values.shape[1]):
        total = total + values[:, part]
    return total
