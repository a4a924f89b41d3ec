"""Phrases both languages share: sentences one after the other, amounts, shares and moments in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from features.feature import Language
from serving.messages.words import day_told
from serving.reason_settings import Text

type Words = Mapping[Language, str]

LANGUAGES: tuple[Language, ...] = ("en", "zh")

_WHOLE = 9.95
"""From here on an estimate is told without decimals."""


def each(say: Callable[[Language], str]) -> dict[Language, str]:
    """Return what is said in each language."""
    return {language: say(language) for language in LANGUAGES}


def joined(words: Iterable[Words], by: Text) -> dict[Language, str]:
    """Return words one after the other, ``by`` between them."""
    all_words = list(words)
    return each(lambda language: getattr(by, language).join(one[language] for one in all_words))


def sentences(words: Sequence[Words]) -> dict[Language, str]:
    """Return whole sentences one after the other, each beginning with a capital where there is one."""
    begun = [each(lambda language, one=one: one[language][:1].upper() + one[language][1:]) for one in words]  # type: ignore[misc]
    return joined(begun, Text(en=" ", zh=""))


def percent(share: float) -> Words:
    """Return a share in per cent.

    >>> percent(0.0712)
    {'en': '7.1 %', 'zh': '7.1%'}
    """
    return {"en": f"{share:.1%}".replace("%", " %"), "zh": f"{share:.1%}"}


def points(change: float, digits: int = 0) -> Words:
    """Return a change of a share in percentage points, without the unit.

    >>> points(0.0412), points(-0.0004)
    ({'en': '4', 'zh': '4'}, {'en': '0', 'zh': '0'})
    """
    return each(lambda _: f"{100 * change:z.{digits}f}")


def about(value: float) -> Words:
    """Return an amount that a model estimates, in currency without its unit: no finer than it is known.

    >>> about(2.854), about(1_236.4), about(-0.01)
    ({'en': '2.9', 'zh': '2.9'}, {'en': '1,236', 'zh': '1,236'}, {'en': '0.0', 'zh': '0.0'})
    """
    return each(lambda _: f"{value:z,.{int(abs(value) < _WHOLE)}f}")


def moment(at: datetime) -> Words:
    """Return a moment by the clock it is given in.

    >>> moment(datetime(2026, 3, 5, 9, 0))
    {'en': '5 March 2026, 09:00', 'zh': '2026年3月5日09:00'}
    """
    by = Text(en=", ", zh="")
    return each(lambda language: f"{day_told(at.date(), language)}{getattr(by, language)}{at:%H:%M}")
