"""A reply read: its causes by phrase and by model, whether it asks for a person, and what it promises.

Two replies that differ in their numbers alone tell the same causes, unless a phrase has a number in it; they are read
once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Self

from serving.feedback.cause_model import CauseModel
from serving.feedback.causes import CAUSES, Cause
from serving.feedback.plain import plain, without_numbers
from serving.feedback.promise import Promise, promise_in
from serving.feedback.settings import FeedbackSettings, read_feedback

_REMEMBERED, _SHORT = 32_768, 500
"""How many texts are remembered, and how many characters one of them may have: what is remembered stays small."""
_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
"""A digit that phrases do not take for one: at their edges only 0 to 9 count."""


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
        return self._told(text)[0]

    def asks_for_person(self, text: str) -> bool:
        """Tell whether a reply asks, in one of the settings' phrases, for a person instead of a machine."""
        return self._told(text)[1]

    def promise(self, text: str, today: date) -> Promise | None:
        """Return what a reply promises, None where nothing; ``today`` is the customer's day, from which days count."""
        return self._promises(text, today) if len(text) <= _SHORT else self._promise(text, today)

    def _told(self, text: str) -> tuple[tuple[Cause, ...], bool]:
        return self._remembered(text) if len(text) <= _SHORT else self._read(text)

    @cached_property
    def _remembered(self) -> Callable[[str], tuple[tuple[Cause, ...], bool]]:
        return lru_cache(_REMEMBERED)(self._read)

    @cached_property
    def _read_plain(self) -> Callable[[str], tuple[tuple[Cause, ...], bool]]:
        return lru_cache(_REMEMBERED)(self._of_plain)

    @cached_property
    def _promises(self) -> Callable[[str, date], Promise | None]:
        return lru_cache(_REMEMBERED)(self._promise)

    def _promise(self, text: str, today: date) -> Promise | None:
        return promise_in(text, today) if "promise" in self.causes(text) else None

    def _read(self, text: str) -> tuple[tuple[Cause, ...], bool]:
        written = plain(text)
        is_by_number = self._phrases_name_numbers or _FOREIGN_DIGIT.search(written)
        read = written if is_by_number else without_numbers(written)
        return self._read_plain(read) if len(read) <= _SHORT else self._of_plain(read)

    def _of_plain(self, written: str) -> tuple[tuple[Cause, ...], bool]:
        told = set(self.model.told_in(without_numbers(written)))
        for cause, phrases in self.settings.never_missed.items():
            is_said = phrases.found_in(written)
            if is_said:
                told.add(cause)
            elif is_said is False:
                told.discard(cause)
        return tuple(cause for cause in CAUSES if cause in told), self.settings.person.found_in(written) is True

    @cached_property
    def _phrases_name_numbers(self) -> bool:
        return any(phrases.name_numbers for phrases in (*self.settings.never_missed.values(), self.settings.person))
