"""Which features are a plain reading of a timeline: those are taken together instead of one by one.

Each feature is asked once with a history that only writes down what is read; who gives that back as it is, reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, cast

import numpy as np

from features.facts.kinds import KINDS
from features.feature import Feature
from features.history import History
from features.kernel.timeline import Kind, Timeline
from features.kernel.windows import Floats, Ints


@dataclass(frozen=True)
class Readings:
    """The features read from one timeline: their ``rows`` in the matrix and ``places`` among what it tells."""

    timeline: str
    rows: Ints
    places: Ints

    def fill(self, values: Floats, history: History) -> None:
        """Write the features of a history into their rows of ``values`` (features, n)."""
        values[self.rows] = getattr(history, self.timeline).told[self.places]


@dataclass(frozen=True)
class _Read:
    timeline: str
    place: int


class _Recorder(Timeline):
    """A timeline without rows, which tells where it was read."""

    def __init__(self, kind: Kind, name: str) -> None:
        self.kind = kind
        self.name = name

    def _told(self, column: IntEnum, days: int, measure: int) -> Floats:
        return cast(Floats, _Read(self.name, self.kind.place(column, days, measure)))


class _Recording:
    """Stands for a history; it has timelines that record, and nothing else."""

    def __init__(self) -> None:
        for name, kind in KINDS.items():
            setattr(self, name, _Recorder(kind, name))


def readings_of(features: Mapping[str, Feature]) -> tuple[list[Readings], list[int]]:
    """Return the features that are plain readings, a group a timeline, and the rows of the others."""
    recording, reads, others = _Recording(), dict[str, list[tuple[int, int]]](), list[int]()
    for row, feature in enumerate(features.values()):
        match _asked(feature, recording):
            case _Read(timeline, place):
                reads.setdefault(timeline, []).append((row, place))
            case _:
                others.append(row)
    return [Readings(name, *np.array(pairs).T) for name, pairs in reads.items()], others


def _asked(feature: Feature, recording: Any) -> Any:
    try:
        return feature.compute(recording)
    except Exception:  # whatever it does with numbers, it cannot do with a recording
        return None
