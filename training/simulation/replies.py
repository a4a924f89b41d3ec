"""The words of each reply, in the customer's language, from its cause and the day it promises."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from training.simulation.arrays import Ints
from training.simulation.bank import Bank
from training.simulation.contact import CAUSES
from training.simulation.phrases import EN, ZH
from training.simulation.records import Decisions

_SPEECH = (ZH, EN)
_JOINTS = ("，", ". ")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def spoken_day(day: date, english: bool) -> str:
    """Return a day as a customer writes it.

    >>> spoken_day(date(2025, 3, 9), english=False), spoken_day(date(2025, 3, 9), english=True)
    ('3月9号', '9 March')
    """
    return f"{day.day} {_MONTHS[day.month - 1]}" if english else f"{day.month}月{day.day}号"


def compose(language: int, causes: tuple[int, ...], choices: tuple[int, ...], day: date) -> str:
    """Return one reply; ``choices`` pick a phrase for each cause, ``day`` is what a promise names.

    >>> compose(1, (7,), (0,), date(2025, 3, 9))
    'I will pay on 9 March'
    """
    phrases = [_SPEECH[language][CAUSES[cause]] for cause in causes]
    texts = [options[choice % len(options)] for options, choice in zip(phrases, choices, strict=True)]
    return _JOINTS[language].join(texts).replace("{day}", spoken_day(day, english=language == 1))


def reply_texts(bank: Bank, decisions: Decisions, rng: np.random.Generator) -> tuple[Ints, list[str]]:
    """Return the rows of ``decisions`` with a reply, and what each of them says."""
    rows = np.flatnonzero(decisions.replied)
    choices = rng.integers(0, 60, (len(rows), 2)).tolist()
    languages = bank.people.language[bank.schedule.customer[decisions.instalment[rows]]].tolist()
    causes = np.stack([decisions.cause[rows], decisions.second_cause[rows]], axis=1).tolist()
    days = (decisions.day[rows] + decisions.promise_days[rows]).tolist()
    start = bank.span.start
    return rows, [
        _reply(language, told, choice, start + timedelta(days=day))
        for language, told, choice, day in zip(languages, causes, choices, days, strict=True)
    ]


def _reply(language: int, told: list[int], choice: list[int], day: date) -> str:
    kept = [(cause, pick) for cause, pick in zip(told, choice, strict=True) if cause >= 0]
    return compose(language, tuple(c for c, _ in kept), tuple(p for _, p in kept), day)
