"""What a customer may be told, in approved texts: the reasons by meaning, and the acts: configs/reasons.yaml.

A feature belongs to one reason at most. One that belongs to none is a reason by itself, so that a column is
never left without a word.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from string import Formatter
from typing import Literal

from pydantic.dataclasses import dataclass

from features.catalogue import CATALOGUE
from features.feature import Language
from serving.acts import ACTS
from serving.settings import CONFIGS, STRICT, read_settings


def _compiled(text: str) -> tuple[str, list[str]]:
    """Return a text with each place as ``%s``, which is quicker to fill, and the places' names in order."""
    pieces = [(literal.replace("%", "%%"), place) for literal, place, _, _ in Formatter().parse(text)]
    filled = "".join(literal if place is None else f"{literal}%s" for literal, place in pieces)
    return filled, [place for _, place in pieces if place is not None]


@dataclass(frozen=True, config=STRICT)
class Text:
    """One text in both languages."""

    en: str
    zh: str

    @cached_property
    def words(self) -> dict[Language, str]:
        """The text by language, as it is written."""
        return {"en": self.en, "zh": self.zh}

    def fill(self, **parts: Mapping[Language, str]) -> dict[Language, str]:
        """Return the text in each language, each part in its place.

        >>> Text(en="{who} pays", zh="{who}付款").fill(who={"en": "Ann", "zh": "安"})
        {'en': 'Ann pays', 'zh': '安付款'}
        """
        (english, its_names), (chinese, own_names) = self._compiled
        return {
            "en": english % tuple([parts[name]["en"] for name in its_names]),
            "zh": chinese % tuple([parts[name]["zh"] for name in own_names]),
        }

    @cached_property
    def _compiled(self) -> tuple[tuple[str, list[str]], tuple[str, list[str]]]:
        return _compiled(self.en), _compiled(self.zh)

    def require(self, name: str, *places: str) -> None:
        """Refuse the text, which goes by ``name``, when it has not exactly these places in both languages."""
        for language, text in (("en", self.en), ("zh", self.zh)):
            found = {place for _, place, _, _ in Formatter().parse(text) if place is not None}
            if found != set(places):
                raise ValueError(f"{name}.{language} must have the places {sorted(places)}, got {sorted(found)}")


@dataclass(frozen=True, config=STRICT)
class Approval:
    """In which role, and on which day, the texts of this version were approved."""

    role: str
    day: date  # not `on`, which YAML reads as true


@dataclass(frozen=True, config=STRICT)
class Reason:
    """A reason: its headline where it raises the risk and where it lowers it, and the features it gathers.

    ``absent`` is said instead where the feature that carries it has no value. ``features`` are names; ``*``
    stands for anything.
    """

    raising: Text
    lowering: Text
    absent: Text
    features: tuple[str, ...]
    told: Literal["always", "raising"] = "always"


@dataclass(frozen=True, config=STRICT)
class AbsentTexts:
    """How a reason without a value is told, by direction."""

    raising: Text
    lowering: Text

    def __post_init__(self) -> None:
        self.raising.require("raising", "absent")
        self.lowering.require("lowering", "absent")


@dataclass(frozen=True, config=STRICT)
class WouldChangeTexts:
    """How a counterfactual is told: where acts lead to a better tier, where one leads alone, where none does.

    ``best`` is for who is in the best tier already; ``joined_by`` stands between two acts.
    """

    better: Text
    alone: Text
    none: Text
    best: Text
    joined_by: Text

    def __post_init__(self) -> None:
        self.better.require("better", "acts", "tier", "now", "probability")
        self.alone.require("alone", "acts", "tier", "probability")
        self.none.require("none", "now")
        self.best.require("best", "now")


def _known(key: str, found: Iterable[str], known: Container[str], what: str) -> None:
    for name in found:
        if name not in known:
            raise ValueError(f"{key}: {name} is not {what}")


def _matching(reason: str, pattern: str) -> list[str]:
    names = [name for name in CATALOGUE if fnmatchcase(name, pattern)]
    if not names:
        raise ValueError(f"reasons.{reason}: no feature of the catalogue is called {pattern}")
    return names


@dataclass(frozen=True, config=STRICT)
class ReasonSettings:
    """configs/reasons.yaml; the comments there say what each setting means."""

    version: str
    approved: Approval | None
    most: int
    least: float
    told: Text
    told_absent: AbsentTexts
    reasons: Mapping[str, Reason]
    absent: Mapping[str, Text]
    acts: Mapping[str, Text]
    would_change: WouldChangeTexts
    tiers: Mapping[str, Text]

    def __post_init__(self) -> None:
        if not 1 <= self.most <= len(self.reasons):
            raise ValueError(f"most must be in [1, {len(self.reasons)}], got {self.most}")
        if not self.least > 0:
            raise ValueError(f"least must be above 0, got {self.least}")
        self.told.require("told", "headline", "fact")
        for name, reason in self.reasons.items():
            for text in (reason.raising, reason.lowering, reason.absent):
                text.require(f"reasons.{name}")
        _known("absent", self.absent, CATALOGUE, "a feature of the catalogue")
        _known("acts", self.acts, ACTS, f"an act; expected {', '.join(ACTS)}")
        for act, text in self.acts.items():
            text.require(f"acts.{act}", *ACTS[act].places)
        _ = self.reason_of  # refuses patterns that fit nothing, or what another has

    @property
    def named_version(self) -> str:
        """The version as decisions name it: texts that nobody approved say that they are a draft."""
        return self.version if self.approved else f"{self.version} draft"

    def tier(self, name: str) -> Mapping[Language, str]:
        """Return a tier in words; one without words goes by its name."""
        return self.tiers[name].fill() if name in self.tiers else {"en": name, "zh": name}

    @cached_property
    def reason_of(self) -> Mapping[str, str]:
        """The reason each feature of the catalogue belongs to."""
        found: dict[str, str] = {}
        for name, reason in self.reasons.items():
            for pattern in reason.features:
                for feature in _matching(name, pattern):
                    if feature in found:
                        raise ValueError(f"reasons.{name}: {feature} belongs to {found[feature]} already")
                    found[feature] = name
        return found


def read_reasons(file: str | Path = CONFIGS / "reasons.yaml") -> ReasonSettings:
    """Read the reasons and their texts; PolicyError names the key at fault."""
    return read_settings(ReasonSettings, file)
