"""The fitted model of causes, applied without scikit-learn: n-grams, their weights, and a threshold a cause.

Probabilities are those of the fitted TfidfVectorizer and LogisticRegression. That a cause is told is a second
decision: its probability, in the whole reply or in one of its clauses, must reach the cause's threshold and that of
the whole reply being unclear; and enough of the reply must be known. Else nothing is told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from serving.card import read_card, readable, write_card
from serving.feedback.causes import CAUSES, UNCLEAR, Cause
from serving.feedback.gram_table import GramTable, add_margins, gram_table, stretches
from serving.feedback.grams import character_line, word_line
from serving.feedback.plain import plain, without_numbers

Floats = npt.NDArray[np.float64]
Weights = npt.NDArray[np.float32]

SHIPPED = Path(__file__).resolve().parent / "model"
"""The model that comes with Duewise; ``python -m training.feedback`` makes it anew."""

_CARD, _WEIGHTS = "card.json", "weights.npz"
_CLAUSE_END = re.compile(r"[,.;!?，。；！？、~…]+|\b(?:and|but|so)\b")
_PIECE = re.compile(r"(?=([\u3400-\u9fff]|[^\u3400-\u9fff]{3}))")
"""By what it is judged how much of a reply is known: each Chinese character, and each run of three others."""


def model_text(text: str) -> str:
    """Return what of a reply the model reads: its plain form without numbers."""
    return without_numbers(plain(text))


def clauses(read: str) -> tuple[str, ...]:
    """Return the parts of a model text between stops, of two characters or more; none where it has no stop.

    >>> clauses("忘了，今天还"), clauses("i forgot and will pay"), clauses("paid")
    (('忘了', '今天还'), ('i forgot', 'will pay'), ())
    """
    parts = tuple(part.strip() for part in _CLAUSE_END.split(read))
    return tuple(part for part in parts if len(part) > 1) if len(parts) > 1 else ()


@dataclass(frozen=True)
class Block:
    """The n-grams of one kind, of up to ``most`` units: (grams,) names and idf, (grams, columns) weights."""

    most: int
    grams: tuple[str, ...]
    idf: Weights
    weights: Weights

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The row of each n-gram."""
        return {gram: row for row, gram in enumerate(self.grams)}

    def table(self, is_words: bool) -> GramTable:
        """Return the n-grams as compiled code looks them up."""
        return gram_table(self.grams, self.idf, self.weights, self.most, is_words)


@dataclass(frozen=True)
class CauseModel:
    """A model whose columns are ``CAUSES`` and last ``UNCLEAR``: ``bias`` (columns,), ``thresholds`` (causes,).

    ``least_known`` is the share of a reply's pieces (Chinese characters, runs of three others) that must be among
    the model's n-grams; below it nothing is told. ``fitted`` says on what it was fitted and how.
    """

    characters: Block
    words: Block
    bias: Weights
    thresholds: Floats
    least_known: float
    fitted: Mapping[str, Any]

    def probabilities(self, read: str) -> Floats:
        """Return the probability of each column in a model text taken whole, (columns,)."""
        return self._probabilities((read,))[0]

    def _probabilities(self, parts: Sequence[str]) -> Floats:
        """Return the probability of each column in each of some texts, (texts, columns)."""
        margins = np.zeros((len(parts), len(self.bias)))
        for table, units in zip(self._tables, (character_line, word_line), strict=True):
            add_margins(table, stretches([units(part) for part in parts]), margins)
        return 1 / (1 + np.exp(-(margins + self.bias)))

    @cached_property
    def _tables(self) -> tuple[GramTable, GramTable]:
        return self.characters.table(is_words=False), self.words.table(is_words=True)

    def known_share(self, read: str) -> float:
        """Return which share of the pieces of a model text is known; of a text of under three letters, itself."""
        pieces = _PIECE.findall(read) or [read]
        return sum(piece in self.characters.places for piece in pieces) / len(pieces)

    def evidence(self, text: str) -> Floats:
        """Return each cause's largest probability in the reply and in its clauses, (causes,).

        It is 0 where that the whole reply is unclear is likelier.
        """
        return self._evidence(model_text(text))

    def _evidence(self, read: str) -> Floats:
        each = self._probabilities((read, *clauses(read)))
        largest = each[:, :-1].max(axis=0)
        return np.where(largest >= each[0, -1], largest, 0.0)

    def told(self, text: str) -> tuple[Cause, ...]:
        """Return the causes that the reply tells of; empty when it is unclear."""
        return self.told_in(model_text(text))

    def told_in(self, read: str) -> tuple[Cause, ...]:
        """Return what ``told`` does of what the model reads of a reply."""
        if self.known_share(read) < self.least_known:
            return ()
        is_told = self._evidence(read) >= self.thresholds
        return tuple(cause for cause, told in zip(CAUSES, is_told, strict=True) if told)

    def save(self, folder: str | Path) -> None:
        """Write the model as a JSON card and the arrays beside it."""
        card = {
            "columns": [*CAUSES, UNCLEAR],
            "thresholds": self.thresholds.tolist(),
            "least_known": self.least_known,
            "fitted": dict(self.fitted),
            "blocks": {
                name: {"most": block.most, "grams": block.grams}
                for name, block in (("characters", self.characters), ("words", self.words))
            },
        }
        write_card(Path(folder) / _CARD, card)
        np.savez_compressed(
            Path(folder) / _WEIGHTS,
            bias=self.bias,
            characters_idf=self.characters.idf,
            characters_weights=self.characters.weights,
            words_idf=self.words.idf,
            words_weights=self.words.weights,
        )

    @classmethod
    def load(cls, folder: str | Path = SHIPPED) -> Self:
        """Read what ``save`` wrote; by default the model that comes with Duewise.

        Raises
        ------
        ModelError
            When a file is missing, damaged, or of other causes.
        """
        with readable("model of causes", Path(folder)):
            card = read_card(Path(folder) / _CARD)
            if card["columns"] != [*CAUSES, UNCLEAR]:
                raise ValueError(f"its columns are {card['columns']}, expected {[*CAUSES, UNCLEAR]}")
            with np.load(Path(folder) / _WEIGHTS, allow_pickle=False) as arrays:
                characters, words = (_block(card["blocks"][name], name, arrays) for name in ("characters", "words"))
                bias = arrays["bias"]
            thresholds = np.array(card["thresholds"])
            return cls(characters, words, bias, thresholds, card["least_known"], card["fitted"])


def _block(described: Mapping[str, Any], name: str, arrays: Mapping[str, Any]) -> Block:
    idf, weights = arrays[f"{name}_idf"], arrays[f"{name}_weights"]
    grams = tuple(described["grams"])
    if not len(grams) == len(idf) == len(weights):
        raise ValueError(f"{name}: {len(grams)} n-grams with {len(idf)} idf and {len(weights)} rows of weights")
    return Block(described["most"], grams, idf, weights)
