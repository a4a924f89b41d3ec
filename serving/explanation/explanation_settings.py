"""configs/explanations.yaml: the sentences of which an explanation is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import get_args

from pydantic.dataclasses import dataclass

from features.feature import Language
from features.tables.schema import INTENSITIES
from serving.actions import STANCES, Channel, Intensity, Offer
from serving.reason_settings import Approval, Text
from serving.rules.rulebook import OWN_LIMITS
from serving.settings import CONFIGS, STRICT, read_settings


@dataclass(frozen=True, config=STRICT)
class Most:
    """How many other actions, rules that blocked and signals of the stance are told."""

    alternatives: int
    blocked: int
    signals: int

    def __post_init__(self) -> None:
        for name, most in vars(self).items():
            if most < 0:
                raise ValueError(f"{name} must be 0 or more, got {most}")


@dataclass(frozen=True, config=STRICT)
class RiskTexts:
    """Why this risk."""

    probability: Text
    in_default: Text
    reasons: Text

    def __post_init__(self) -> None:
        self.probability.require("probability", "probability", "tier")
        self.in_default.require("in_default", "days", "probability", "tier")
        self.reasons.require("reasons", "reasons")


@dataclass(frozen=True, config=STRICT)
class ActionTexts:
    """Why this action."""

    stance: Text
    stance_alone: Text
    replies: Text
    chosen: Text
    nothing_due: Text
    nothing_allowed: Text
    nothing_pays: Text
    next: Text
    worth: Text
    blocked: Text
    by: Text
    by_until: Text
    price: Text
    scarce: Text
    drawn: Text
    person: Text
    person_alone: Text
    no_plan: Text

    def __post_init__(self) -> None:
        for name, places in _PLACES.items():
            getattr(self, name).require(name, *places)


_PLACES: Mapping[str, tuple[str, ...]] = {
    "stance": ("stance", "signals"),
    "stance_alone": ("stance",),
    "replies": ("causes",),
    "chosen": ("action", "effect", "low", "high", "value"),
    "next": ("actions",),
    "worth": ("action", "value"),
    "blocked": ("rules",),
    "by": ("actions", "rule"),
    "by_until": ("actions", "moment", "rule"),
    "price": ("price",),
    "scarce": ("action", "price", "value"),
    "drawn": ("probability",),
}


@dataclass(frozen=True, config=STRICT)
class CustomerTexts:
    """What the customer may be told."""

    due: Text
    late: Text
    checked: Text
    planned: Text
    nothing_due: Text
    reminder: Mapping[Channel, Text]
    no_reminder: Text
    person: Text
    how: Text
    reasons: Text

    def __post_init__(self) -> None:
        for name in ("due", "late", "checked"):
            getattr(self, name).require(name, "amount", "debt", "day")
        self.planned.require("planned", "debt")
        _exactly("reminder", self.reminder, get_args(Channel))
        self.reasons.require("reasons", "reasons")


@dataclass(frozen=True, config=STRICT)
class ExplanationSettings:
    """configs/explanations.yaml; the comments there say what each setting means."""

    version: str
    approved: Approval | None
    most: Most
    joined_by: Text
    listed_by: Text
    channels: Mapping[Channel, Text]
    intensities: Mapping[Intensity, Text]
    offers: Mapping[Offer, Text]
    action: Text
    offering: Text
    any: Text
    any_by: Text
    stances: Mapping[str, Text]
    risk: RiskTexts
    action_text: ActionTexts
    limits: Mapping[str, Text]
    rules: Mapping[str, Text]
    asked_for_person: Text
    customer: CustomerTexts
    person: Text
    person_words: Text

    def __post_init__(self) -> None:
        self.action.require("action", "intensity", "channel")
        self.offering.require("offering", "intensity", "channel", "offer")
        self.any_by.require("any_by", "channel")
        self.person.require("person", "phone", "words")
        _exactly("channels", self.channels, get_args(Channel))
        _exactly("intensities", self.intensities, INTENSITIES)
        _exactly("offers", self.offers, get_args(Offer))
        _exactly("stances", self.stances, STANCES)
        _exactly("limits", self.limits, [reason.id for reason in OWN_LIMITS[1:]])

    def told(self, cause: str) -> Mapping[Language, str]:
        """Return in words that a customer's reply told of a cause."""
        return self.limits[f"told_{cause}"].words

    @property
    def named_version(self) -> str:
        """The version as records name it: texts that nobody approved say that they are a draft."""
        return self.version if self.approved else f"{self.version} draft"


def read_explanations(file: str | Path = CONFIGS / "explanations.yaml") -> ExplanationSettings:
    """Read the texts of explanations; PolicyError names the key at fault."""
    return read_settings(ExplanationSettings, file)


def _exactly(name: str, found: Iterable[str], expected: Iterable[str]) -> None:
    wanted = list(expected)
    if set(found) != set(wanted):
        raise ValueError(f"{name} must have exactly the keys {wanted}, got {list(found)}")
