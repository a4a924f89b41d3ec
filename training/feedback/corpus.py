"""The hand-written replies: to learn from, to judge by, and of subjects that no model of causes should know.

A row says which causes its text tells of, by a space between; "unclear" alone says none. What each cause covers is
in corpus/README.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import SchemaError
from serving.feedback.causes import CAUSES, UNCLEAR

CORPUS = Path(__file__).resolve().parent / "corpus"
LANGUAGES = ("zh", "en")

Part = Literal["train", "held_out"]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Replies:
    """Texts with what they tell of: ``language`` (n,) and ``told`` (n, causes)."""

    texts: tuple[str, ...]
    language: npt.NDArray[np.str_]
    told: Mask

    def at(self, rows: npt.NDArray[np.int64] | Mask) -> Replies:
        """Return these rows alone."""
        places = np.arange(len(self.texts))[rows]
        return Replies(tuple(self.texts[k] for k in places), self.language[places], self.told[places])


def read_replies(part: Part, languages: Iterable[str] = LANGUAGES, folder: Path = CORPUS) -> Replies:
    """Read a part of the corpus.

    Raises
    ------
    SchemaError
        When a row names something that is no cause, or "unclear" beside a cause.
    """
    frames = [_read(folder / f"{part}_{language}.csv").assign(language=language) for language in languages]
    rows = pd.concat(frames, ignore_index=True)
    told = np.array([[cause in named.split() for cause in CAUSES] for named in rows["causes"]])
    return Replies(tuple(rows["text"]), rows["language"].to_numpy(np.str_), told)


def read_elsewhere(folder: Path = CORPUS) -> pd.DataFrame:
    """Return the replies of other subjects: columns topic and text."""
    return pd.read_csv(folder / "elsewhere.csv", dtype=str, keep_default_na=False)


def _read(file: Path) -> pd.DataFrame:
    rows = pd.read_csv(file, dtype=str, keep_default_na=False)
    for number, named in enumerate(rows["causes"], start=2):
        causes = set(named.split())
        if not causes or not causes <= {*CAUSES, UNCLEAR} or (UNCLEAR in causes and len(causes) > 1):
            legal = ", ".join(CAUSES)
            raise SchemaError(f"{file}, line {number}: causes: got {named!r}; expected {UNCLEAR}, or some of {legal}.")
    return rows
