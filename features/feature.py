"""A feature: one small function over a history, with what a collections analyst needs to know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from inspect import getdoc
from math import isnan
from types import MappingProxyType
from typing import Any, Literal

from features.history import History
from features.kernel.windows import Floats

Unit = Literal["days", "count", "share", "currency", "ratio", "years", "points"]
Language = Literal["en", "zh"]

RISKIER, SAFER, UNSIGNED = 1, -1, 0

BELOW_ZERO: Mapping[Language, str] = MappingProxyType({"en": "; below 0: ", "zh": "；低于0："})
"""What parts a reason text from its words for a value below 0."""


@dataclass(frozen=True)
class Example:
    """What the feature is for one customer of the worked book (example.py) on its day."""

    customer: str
    value: float


@dataclass(frozen=True)
class Feature:
    """A named column of the matrix.

    ``sign`` says which way risk goes when the feature rises and everything else stays: +1 up, -1 down,
    0 not agreed. ``en`` and ``zh`` are the reason texts; ``{value}`` stands for the customer's own value. A text
    may go on with ``; below 0: `` (in Chinese ``；低于0：``) and other words for a value below 0, said without
    its sign.
    """

    name: str
    meaning: str
    unit: Unit
    sign: int
    source: str
    en: str
    zh: str
    example: Example
    compute: Callable[[History], Floats]

    def __call__(self, history: History) -> Floats:
        """Return the feature of each customer of the history, (n,), NaN where it cannot be known."""
        return self.compute(history)

    def say(self, value: float, language: Language = "en") -> str:
        """Return the reason text with the customer's own value in it.

        A missing value is said to be missing, never shown as a number.
        """
        if isnan(value) and language == "en":
            return f"not known: {self.meaning[0].lower()}{self.meaning[1:].partition(';')[0].rstrip('.')}"
        text, below = self._texts[language]
        text, value = (below, -value) if value < 0 and below else (text, value)
        return text.replace("{value}", spoken(value, self.unit, language))

    @cached_property
    def _texts(self) -> Mapping[Language, tuple[str, str]]:
        """The text and that for values below 0, empty where it is the same, by language."""
        parted = {"en": self.en.partition(BELOW_ZERO["en"]), "zh": self.zh.partition(BELOW_ZERO["zh"])}
        return {language: (text, below) for language, (text, _, below) in parted.items()}  # type: ignore[misc]


@dataclass(frozen=True)
class Over:
    """What a series runs over (days, channels): how each ends a name, and its words in English and Chinese."""

    ending: str
    words: Mapping[Any, tuple[str, str]]


WINDOWS = Over(
    "_{}d",
    MappingProxyType(
        {
            7: ("the last week", "近一周"),
            30: ("the last month", "近一个月"),
            90: ("the last three months", "近三个月"),
            180: ("the last six months", "近六个月"),
            365: ("the last year", "近一年"),
        }
    ),
)
AGO = Over(
    "_{}d_ago",
    MappingProxyType(
        {
            30: ("a month ago", "一个月前"),
            60: ("two months ago", "两个月前"),
            90: ("three months ago", "三个月前"),
            120: ("four months ago", "四个月前"),
            150: ("five months ago", "五个月前"),
        }
    ),
)
BEFORE = Over(
    "_{}",
    MappingProxyType(
        {
            1: ("an observation earlier", "前一次观测"),
            2: ("two observations earlier", "前两次观测"),
            3: ("three observations earlier", "前三次观测"),
            4: ("four observations earlier", "前四次观测"),
        }
    ),
)


def feature(
    unit: Unit, sign: int, source: str, en: str, zh: str, **example: float
) -> Callable[[Callable[[History], Floats]], Feature]:
    """Make a feature of a function; its name is the column and its docstring the meaning.

    The last argument is the worked example: a customer of the worked book and the value there.
    """
    ((customer, value),) = example.items()

    def made(compute: Callable[[History], Floats]) -> Feature:
        return Feature(
            compute.__name__, _meaning(compute), unit, sign, source, en, zh, Example(customer, value), compute
        )

    return made


def series(
    over: Over, unit: Unit, sign: int, source: str, en: str, zh: str, **examples: Mapping[Any, float]
) -> Callable[[Callable[[History, Any], Floats]], tuple[Feature, ...]]:
    """Make a feature of a function for each of some keys; ``{span}`` stands for the key in its texts and docstring.

    The last argument is the worked examples: a customer of the worked book, and the keys with the value of each.
    """
    ((customer, values),) = examples.items()

    def made(compute: Callable[[History, Any], Floats]) -> tuple[Feature, ...]:
        return tuple(one(compute, key, value) for key, value in values.items())

    def one(compute: Callable[[History, Any], Floats], key: Any, value: float) -> Feature:
        english, chinese = over.words[key]
        meaning = _meaning(compute).replace("{span}", str(key))
        name = compute.__name__ + over.ending.format(key)
        texts = en.replace("{span}", english), zh.replace("{span}", chinese)
        return Feature(
            name, meaning, unit, sign, source, *texts, Example(customer, value), partial(_with, compute, key)
        )

    return made


def _with(compute: Callable[[History, Any], Floats], key: Any, history: History) -> Floats:
    return compute(history, key)


def _meaning(compute: Callable[..., Floats]) -> str:
    return (getdoc(compute) or "").split("\n\n")[0].replace("\n", " ")


def spoken(value: float, unit: Unit, language: Language = "en") -> str:
    """Return a value as it is said in a reason.

    >>> spoken(0.256, "share"), spoken(12.0, "days", "zh"), spoken(12345.6, "currency"), spoken(1.0, "days")
    ('26 %', '12天', '12,346', '1 day')
    """
    if isnan(value):
        return "未知"
    match unit:
        case "share":
            return f"{value:z.0%}".replace("%", " %") if language == "en" else f"{value:z.0%}"
        case "days" | "years" | "currency":
            return _with_unit(f"{value:z,.0f}", unit, language)
        case "ratio":
            return f"{value:z.2f}"
        case _:
            return f"{value:z,.0f}"


def _with_unit(number: str, unit: Literal["days", "years", "currency"], language: Language) -> str:
    if language == "zh":
        return number + {"days": "天", "years": "岁", "currency": "元"}[unit]
    if unit == "currency":
        return number
    return f"{number} {unit[:-1] if number in ('1', '-1') else unit}"
