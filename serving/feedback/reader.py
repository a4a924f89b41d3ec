"""A reply read: its causes by phrase and by model, whether it asks for a person, and what it promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Self

from serving.feedback.cause_model import CauseModel
from serving.feedback.causes import CAUSES, Cause
from serving.feedback.promise import Promise, promise_in
from serving.feedback.settings import FeedbackSettings, read_feedback

_REMEMBERED = 32_768


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
        return self._remembered(text)[0]

    def asks_for_person(self, text: str) -> bool:
        """Tell whether a reply asks, in one of the settings' phrases, for a person instead of a machine."""
        return self._remembered(text)[1]

    def promise(self, text: str, today: date) -> Promise | None:
        """Return what a reply promises, None where nothing; ``today`` is the customer's day, from which days count."""
        return self._promises(text, today)

    @cached_property
    def _remembered(self) -> Callable[[str], tuple[tuple[Cause, ...], bool]]:
        return lru_cache(_REMEMBERED)(self._read)

    @cached_property
    def _promises(self) -> Callable[[str, date], Promise | None]:
        return lru_cache(_REMEMBERED)(self._promise)

    def _promise(self, text: str, today: date) -> Promise | None:
        return promise_in(text, today) if "promise" in self.causes(text) else None

    def _read(self, text: str) -> tuple[tuple[Cause, ...], bool]:
        told = set(self.model.told(text))
        for cause, phrases in self.settings.never_missed.items():
            is_said = phrases.found(text)
            if is_said:
                told.add(cause)
            elif is_said is False:
                told.discard(cause)
        return tuple(cause for cause in CAUSES if cause in told), self.settings.person.found(text) is True
