"""What a training holds when it is about to register: the source of a review's material."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.book import Book
from serving.policy_settings import PolicySettings
from serving.registry import Models
from training.dataset import Sample, Window
from training.default_model import DefaultModel
from training.settings import TrainSettings

Floats = npt.NDArray[np.float64]


class Rival(Protocol):
    """A simpler model fitted on the same rows: a probability, and the points of its bins."""

    points_: pd.DataFrame

    def predict_proba(self, X: pd.DataFrame) -> Floats:
        """Return (n, 2)."""


@dataclass(frozen=True)
class Training:
    """What a training holds when it is about to register.

    ``samples`` have every column of the catalogue; ``dropped`` is the selection's table; ``signs`` are those
    declared, whether or not the trees were held to them. ``models`` are the new ones; ``champion`` those in
    service, ``scorecard`` is fitted on the columns of ``model``; each None where there is none.
    """

    book: Book
    book_hash: str
    settings: TrainSettings
    policy: PolicySettings
    samples: Mapping[Window, Sample]
    model: DefaultModel
    signs: Mapping[str, int]
    dropped: pd.DataFrame
    models: Models
    champion: Models | None
    why_no_champion: str
    scorecard: Rival | None
    trained_at: pd.Timestamp

    @property
    def columns(self) -> list[str]:
        """The columns of the model."""
        return list(self.model.feature_names_in_)

    @property
    def tiers(self) -> npt.NDArray[Any]:
        """The names of the tiers, from the safest."""
        return np.array(list(self.policy.tiers), dtype=object)
