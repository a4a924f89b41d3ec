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
    return {"en": say("en"), "zh": say("zh")}


def joined(words: Iterable[Words], by: Text) -> dict[Language, str]:
    """Return words one after the other, ``by`` between them."""
    all_words = list(words)
    return {"en": by.en.join([one["en"] for one in all_words]), "zh": by.zh.join([one["zh"] for one in all_words])}


def sentences(words: Sequence[Words]) -> dict[Language, str]:
    """Return whole sentences one after the other, each beginning with a capital where there is one."""
    begun = [{"en": _begun(one["en"]), "zh": _begun(one["zh"])} for one in words]
    return {"en": " ".join([one["en"] for one in begun]), "zh": "".join([one["zh"] for one in begun])}


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


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
    day, clock = at.date(), f"{at:%H:%M}"
    return {"en": f"{day_told(day, 'en')}, {clock}", "zh": f"{day_told(day, 'zh')}{clock}"}
