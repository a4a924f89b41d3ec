"""Phrases that tell a cause for certain, found in whatever spacing, case and punctuation they are written.

A phrase may be taken back by one that says the opposite: "don't stop the reminders" is no wish to opt out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from pydantic.dataclasses import dataclass

from serving.feedback.plain import plain
from serving.settings import STRICT

_APART = r"[\W_]*"
_EDGE = r"(?<![a-z0-9])"
_UNIT = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]")
_DIGIT = re.compile(r"\d")
_LATIN = re.compile(r"[a-z0-9]")


def phrase_pattern(phrase: str) -> str:
    """Return the regular expression that finds a phrase in a plain text: marks may stand between its characters.

    Words in Latin letters are found whole and stay apart, unless an apostrophe joins them.

    >>> bool(re.search(phrase_pattern("退订"), "请退-订")), bool(re.search(phrase_pattern("don't call"), "dont call"))
    (True, True)
    >>> bool(re.search(phrase_pattern("stop calling"), "nonstop calling"))
    False
    """
    written = plain(phrase)
    units = list(_UNIT.finditer(written))
    pattern = "".join(_between(written, units, k) + re.escape(unit.group()) for k, unit in enumerate(units))
    before = _EDGE if _LATIN.match(units[0].group()) else ""
    after = r"(?![a-z0-9])" if _LATIN.match(units[-1].group()) else ""
    return before + pattern + after


def _between(written: str, units: list[re.Match[str]], k: int) -> str:
    """Return what may stand before unit ``k``."""
    if k == 0:
        return ""
    words = _LATIN.match(units[k - 1].group()) and _LATIN.match(units[k].group())
    return r"[\W_]+" if words and "'" not in written[units[k - 1].end() : units[k].start()] else _APART


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern of any of the phrases, the longest first.

    Those in Latin letters share one look at what stands before: only then are the others passed over by their first.
    """
    patterns = [phrase_pattern(phrase) for phrase in sorted(phrases, key=len, reverse=True)]
    latin = [pattern.removeprefix(_EDGE) for pattern in patterns if pattern.startswith(_EDGE)]
    others = [pattern for pattern in patterns if not pattern.startswith(_EDGE)]
    either = ([f"{_EDGE}(?:{'|'.join(latin)})"] if latin else []) + others
    return re.compile("|".join(either) or r"(?!)")


@dataclass(frozen=True, config=STRICT)
class Phrases:
    """The phrases of one cause: told wherever one stands ``anywhere`` or stands ``alone``, ``unless`` denied."""

    anywhere: tuple[str, ...]
    alone: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for phrase in (*self.anywhere, *self.alone, *self.unless):
            if not _UNIT.search(plain(phrase)):
                raise ValueError(f"a phrase must hold a letter or a character, got {phrase!r}")

    def found(self, text: str) -> bool | None:
        """Return whether a reply tells the cause: True by a phrase, False by a denial alone, None where neither stands.

        >>> stop = Phrases(anywhere=("stop calling",), alone=("stop",), unless=("don't stop",))
        >>> [stop.found(text) for text in ("STOP!", "please stop  calling", "don't stop calling", "hello")]
        [True, True, False, None]
        """
        return self.found_in(plain(text))

    def found_in(self, written: str) -> bool | None:
        """Return what ``found`` does of a text that is plain already."""
        left, denials = self._denied.subn(" ", written)
        if self._anywhere.search(left) or self._alone.fullmatch(_bare(left)):
            return True
        return False if denials else None

    @cached_property
    def name_numbers(self) -> bool:
        """Tell whether one of the phrases has a digit in it."""
        return any(_DIGIT.search(plain(phrase)) for phrase in (*self.anywhere, *self.alone, *self.unless))

    @cached_property
    def _anywhere(self) -> re.Pattern[str]:
        return _any_of(self.anywhere)

    @cached_property
    def _alone(self) -> re.Pattern[str]:
        return re.compile("|".join(re.escape(_bare(plain(phrase))) for phrase in self.alone) or r"(?!)")

    @cached_property
    def _denied(self) -> re.Pattern[str]:
        return _any_of(self.unless)


def _bare(written: str) -> str:
    return re.sub(r"[\W_]+", "", written)
