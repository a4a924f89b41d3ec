"""A feature: one small function over a history, with what a collections analyst needs to know of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import getdoc
from typing import Literal

import numpy as np

from features.history import History
from features.windows import Floats

Unit = Literal["days", "count", "share", "currency", "ratio", "years", "points"]
Language = Literal["en", "zh"]

RISKIER, SAFER, UNSIGNED = 1, -1, 0


@dataclass(frozen=True)
class Feature:
    """A named column of the matrix.

    ``sign`` says which way risk goes when the feature rises and everything else stays: +1 up, -1 down,
    0 not agreed. ``en`` and ``zh`` are the reason texts; ``{value}`` stands for the customer's own value.
    """

    name: str
    meaning: str
    unit: Unit
    sign: int
    source: str
    en: str
    zh: str
    compute: Callable[[History], Floats]

    def __call__(self, history: History) -> Floats:
        """Return the feature of each customer of the history, (n,), NaN where it cannot be known."""
        return self.compute(history)

    def say(self, value: float, language: Language = "en") -> str:
        """Return the reason text with the customer's own value in it.

        A missing value is said to be missing, never shown as a number.
        """
        if np.isnan(value) and language == "en":
            return f"not known: {self.meaning[0].lower()}{self.meaning[1:].partition(';')[0].rstrip('.')}"
        text = self.zh if language == "zh" else self.en
        return text.replace("{value}", spoken(value, self.unit, language))


def feature(
    *, unit: Unit, sign: int, source: str, en: str, zh: str
) -> Callable[[Callable[[History], Floats]], Feature]:
    """Make a feature of a function; its name is the column and its docstring the meaning."""

    def made(compute: Callable[[History], Floats]) -> Feature:
        meaning = (getdoc(compute) or "").split("\n\n")[0].replace("\n", " ")
        return Feature(compute.__name__, meaning, unit, sign, source, en, zh, compute)

    return made


def spoken(value: float, unit: Unit, language: Language = "en") -> str:
    """Return a value as it is said in a reason.

    >>> spoken(0.256, "share"), spoken(12.0, "days", "zh"), spoken(12345.6, "currency"), spoken(1.0, "days")
    ('26 %', '12天', '12,346', '1 day')
    """
    if np.isnan(value):
        return "未知"
    match unit:
        case "share":
            return f"{value:.0%}".replace("%", " %") if language == "en" else f"{value:.0%}"
        case "days" | "years":
            return _duration(value, unit, language)
        case "ratio":
            return f"{value:.2f}"
        case _:
            return f"{value:,.0f}"


def _duration(value: float, unit: Literal["days", "years"], language: Language) -> str:
    number = f"{value:.0f}"
    if language == "zh":
        return number + {"days": "天", "years": "岁"}[unit]
    return f"{number} {unit[:-1] if number in ('1', '-1') else unit}"
