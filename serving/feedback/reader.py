"""A reply read: its causes by phrase and by model, and what it promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Self

from serving.feedback.cause_model import CauseModel
from serving.feedback.causes import CAUSES, Cause
from serving.feedback.promise import Promise, promise_in
from serving.feedback.settings import FeedbackSettings, read_feedback

_REMEMBERED = 4096


@dataclass(frozen=True)
class Reading:
    """``causes`` in the order of ``CAUSES``, empty where the reply is unclear; ``promise`` where one is among them."""

    causes: tuple[Cause, ...]
    promise: Promise | None


@dataclass(frozen=True)
class ReplyReader:
    """Reads replies by a model and the settings' phrases."""

    model: CauseModel
    settings: FeedbackSettings

    @classmethod
    def shipped(cls) -> Self:
        """Return the reader with the model and the settings that come with Duewise."""
        return cls(CauseModel.load(), read_feedback())

    def causes(self, text: str) -> tuple[Cause, ...]:
        """Return the causes a reply tells of, in the order of ``CAUSES``; empty where it is unclear."""
        return self._remembered(text)

    def read(self, text: str, at: datetime) -> Reading:
        """Return what a reply tells; ``at`` is its moment in the customer's zone, from which days are counted."""
        causes = self.causes(text)
        return Reading(causes, promise_in(text, at) if "promise" in causes else None)

    @cached_property
    def _remembered(self) -> Callable[[str], tuple[Cause, ...]]:
        return lru_cache(_REMEMBERED)(self._causes)

    def _causes(self, text: str) -> tuple[Cause, ...]:
        told = set(self.model.told(text))
        for cause, phrases in self.settings.never_missed.items():
            is_said = phrases.found(text)
            if is_said:
                told.add(cause)
            elif is_said is False:
                told.discard(cause)
        return tuple(cause for cause in CAUSES if cause in told)
