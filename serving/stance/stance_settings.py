"""The signals a stance is read from, and how many of a side it takes: configs/stance.yaml.

A signal holds where its number is known and within its limits, or where a reply told its cause. It never holds on a
missing value.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic.dataclasses import dataclass

from features.catalogue import CATALOGUE
from features.feature import Language, Unit, spoken
from serving.feedback.causes import CAUSES, Cause
from serving.reason_settings import Approval, Text
from serving.settings import CONFIGS, STRICT, read_settings
from serving.stance.sides import SIDES, Side

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_RANGE: Mapping[Unit, tuple[float, float]] = {
    "days": (-3660, 3660),
    "count": (0, 1000),
    "share": (-10, 10),
    "currency": (-1e9, 1e9),
    "ratio": (-100, 100),
    "years": (0, 120),
    "points": (-1000, 1000),
}
"""Between which limits of a unit make sense; shares of income or of a limit may be above 1."""


def legal_limits(feature: str) -> tuple[float, float]:
    """Return between which a limit of a feature must lie.

    >>> legal_limits("late_share_365d"), legal_limits("utilisation"), legal_limits("late_count_365d")
    ((0, 1), (-10, 10), (0, 1000))
    """
    return (0, 1) if "share" in feature.split("_") else _RANGE[CATALOGUE[feature].unit]


@dataclass(frozen=True, config=STRICT)
class Signal:
    """One thing that may be seen of a customer.

    It reads a ``feature`` of the catalogue (or ``instead``, where that one is missing), and holds from ``at_least`` to
    ``at_most``, both included; or it reads a ``cause`` that replies told. ``words`` has the place {value} for the
    number, told in the feature's unit or ``told_as`` a share.
    """

    speaks_for: tuple[Side, ...]
    words: Text
    feature: str | None = None
    instead: str | None = None
    cause: Cause | None = None
    at_least: float | None = None
    at_most: float | None = None
    told_as: Literal["share"] | None = None

    def __post_init__(self) -> None:
        if not self.speaks_for or len(set(self.speaks_for)) < len(self.speaks_for):
            raise ValueError(f"speaks_for must name sides, each once, got {list(self.speaks_for)}")
        if (self.feature is None) == (self.cause is None):
            raise ValueError("feature or cause must be given, one of them, got " + ("none", "both")[bool(self.feature)])
        if self.feature is None:
            self._check_cause()
        else:
            self._check_feature(self.feature)

    def _check_cause(self) -> None:
        for name in ("instead", "at_least", "at_most", "told_as"):
            if getattr(self, name) is not None:
                raise ValueError(f"{name} goes with a feature; a cause is told or not, got {getattr(self, name)!r}")
        self.words.require("words")

    def _check_feature(self, feature: str) -> None:
        for name, read in (("feature", feature), ("instead", self.instead)):
            if read is not None and read not in CATALOGUE:
                near = get_close_matches(read, CATALOGUE, 3, 0.5) or ["dpd_now"]
                raise ValueError(f"{name} must be one of features.CATALOGUE, such as {', '.join(near)}, got {read!r}")
        low, high = legal_limits(feature)
        limits = {"at_least": self.at_least, "at_most": self.at_most}
        given = {name: limit for name, limit in limits.items() if limit is not None}
        if not given:
            raise ValueError("at_least or at_most must be given beside a feature, or both, got neither")
        for name, limit in given.items():
            if not low <= limit <= high:
                raise ValueError(f"{name} must be in [{low:g}, {high:g}] for {feature}, got {limit}")
        if len(given) == 2 and given["at_least"] > given["at_most"]:
            raise ValueError(f"at_least must not be above at_most, got {given['at_least']} and {given['at_most']}")
        self.words.require("words", "value")

    def read_of(self, values: pd.Series[float]) -> str | None:
        """Return the feature that is read of one customer, whose features are ``values``; None: replies are."""
        if self.feature is not None and self.instead is not None and np.isnan(values[self.feature]):
            return self.instead
        return self.feature

    def say(self, value: float | None) -> dict[Language, str]:
        """Return the sentence in each language, with the customer's own number where it has one."""
        if self.feature is None or value is None:
            return self.words.fill()
        unit: Unit = self.told_as or CATALOGUE[self.feature].unit
        return self.words.fill(value={"en": spoken(value, unit, "en"), "zh": spoken(value, unit, "zh")})


@dataclass(frozen=True, config=STRICT)
class Needed:
    """How many signals it takes before a side is believed; one of inability is always enough."""

    clean: int
    able: int
    unwilling: int
    chronic: int
    forgetful: int

    def __post_init__(self) -> None:
        for name, least in (("clean", 1), ("able", 2), ("unwilling", 2), ("chronic", 1), ("forgetful", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be {least} or more, got {getattr(self, name)}")


@dataclass(frozen=True, config=STRICT)
class StanceSettings:
    """configs/stance.yaml; the comments there say what each setting means."""

    version: str
    approved: Approval | None
    needed: Needed
    signals: Mapping[str, Signal]

    def __post_init__(self) -> None:
        spoken_for = {side for signal in self.signals.values() for side in signal.speaks_for}
        absent = [side for side in SIDES if side not in spoken_for]
        if absent:
            raise ValueError(f"signals must speak for every side; none does for {', '.join(absent)}")

    @property
    def named_version(self) -> str:
        """The version as records name it: signals that nobody approved say that they are a draft."""
        return self.version if self.approved else f"{self.version} draft"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The signals by name, in the order of the columns of ``Stances.signals``."""
        return tuple(self.signals)

    @cached_property
    def read_from(self) -> pd.Index[str]:
        """The features to read: of each signal that reads one, then those read instead."""
        of = list(self.signals.values())
        first = [signal.feature for signal in of if signal.feature is not None]
        return pd.Index([*first, *(signal.instead for signal in of if signal.instead is not None)], dtype="str")

    @cached_property
    def limits(self) -> Floats:
        """From what and to what each signal that reads a feature holds, (2, features read)."""
        of = [signal for signal in self.signals.values() if signal.feature is not None]
        low = [-np.inf if signal.at_least is None else signal.at_least for signal in of]
        return np.array([low, [np.inf if signal.at_most is None else signal.at_most for signal in of]])

    @cached_property
    def of_features(self) -> Ints:
        """The places among the signals of those that read a feature."""
        return np.array([k for k, signal in enumerate(self.signals.values()) if signal.feature is not None])

    @cached_property
    def with_other(self) -> Ints:
        """The places among ``of_features`` of the signals that may read another feature."""
        of = [signal for signal in self.signals.values() if signal.feature is not None]
        return np.array([k for k, signal in enumerate(of) if signal.instead is not None], np.int64)

    @cached_property
    def of_causes(self) -> Ints:
        """The place among the signals, and that of the cause among ``CAUSES``, of those that read one, (2, m)."""
        pairs = [(k, signal.cause) for k, signal in enumerate(self.signals.values()) if signal.cause is not None]
        return np.array([(k, CAUSES.index(cause)) for k, cause in pairs], np.int64).reshape(-1, 2).T

    @cached_property
    def membership(self) -> npt.NDArray[np.float32]:
        """Which sides each signal speaks for, (signals, sides): 1 or 0."""
        rows = [[side in signal.speaks_for for side in SIDES] for signal in self.signals.values()]
        return np.array(rows, np.float32)


def read_stance(file: str | Path = CONFIGS / "stance.yaml") -> StanceSettings:
    """Read the signals; PolicyError names the key at fault."""
    return read_settings(StanceSettings, file)
