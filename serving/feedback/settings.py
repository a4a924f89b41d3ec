"""What follows from what a reply tells: configs/feedback.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic.dataclasses import dataclass

from features.kernel.windows import Ints
from serving.actions import Intensity, Offer
from serving.feedback.causes import CAUSES, NEVER_MISSED, Cause
from serving.feedback.follows import follows_of
from serving.feedback.phrases import Phrases
from serving.reason_settings import Approval, Text
from serving.settings import CONFIGS, STRICT, read_settings

Closes = Literal["none", "channel", "number", "all"]
"""Which channels a cause closes: the one replied on; text messages and calls if it was one of them; or all."""


@dataclass(frozen=True, config=STRICT)
class PromiseSettings:
    """For how many days a promise holds reminders back: one ``without_day``, and any other ``at_most``."""

    without_day: int
    at_most: int

    def __post_init__(self) -> None:
        if not 0 < self.without_day <= self.at_most:
            raise ValueError(f"without_day must be in [1, at_most], got {self.without_day} with {self.at_most}")


@dataclass(frozen=True, config=STRICT)
class Consequence:
    """What follows from a cause; see configs/feedback.yaml. ``days`` None: until a person clears it."""

    closes: Closes
    days: int | None
    until_settled: bool
    strongest: Intensity | None
    offer: Offer | None
    requires_human: bool

    def __post_init__(self) -> None:
        if self.days is not None and self.days < 1:
            raise ValueError(f"days must be 1 or more, or null, got {self.days}")


@dataclass(frozen=True, config=STRICT)
class FeedbackSettings:
    """configs/feedback.yaml; the comments there say what each setting means."""

    version: str
    approved: Approval | None
    never_missed: Mapping[Cause, Phrases]
    person: Phrases
    promise: PromiseSettings
    consequences: Mapping[Cause, Consequence]
    advice: Mapping[Cause, Text]

    def __post_init__(self) -> None:
        for name, found, expected in (
            ("never_missed", self.never_missed, NEVER_MISSED),
            ("consequences", self.consequences, CAUSES),
            ("advice", self.advice, CAUSES),
        ):
            if set(found) != set(expected):
                raise ValueError(f"{name} must have exactly the keys {list(expected)}, got {list(found)}")
        if self.consequences["opt_out"].closes == "none":
            raise ValueError("consequences.opt_out.closes must be channel, number or all: an opt-out is honoured")

    @cached_property
    def follows(self) -> Ints:
        """What follows from each cause, (causes, columns of ``Follow``)."""
        return follows_of(self.consequences, self.promise)

    @property
    def named_version(self) -> str:
        """The version as records name it: settings that nobody approved say that they are a draft."""
        return self.version if self.approved else f"{self.version} draft"


def read_feedback(file: str | Path = CONFIGS / "feedback.yaml") -> FeedbackSettings:
    """Read the phrases, consequences and advice; PolicyError names the key at fault."""
    return read_settings(FeedbackSettings, file)
