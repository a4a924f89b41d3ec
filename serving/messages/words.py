"""Dates in words, and the white space of a message: what both languages need besides their templates."""

from __future__ import annotations

import re
from datetime import date

from features.feature import Language

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def day_told(day: date, language: Language, with_year: bool = True) -> str:
    """Return a date as a letter says it.

    >>> day_told(date(2026, 3, 5), "en"), day_told(date(2026, 3, 5), "zh", with_year=False)
    ('5 March 2026', '3月5日')
    """
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日" if with_year else f"{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}" if with_year else f"{day.day} {_MONTHS[day.month - 1]}"


def on_one_line(text: str, language: Language) -> str:
    r"""Return a text without its line breaks: a template may be written in lines, a text message is one.

    >>> on_one_line("Due today. \n  Thank you.\n", "en"), on_one_line("今天到期。\n谢谢。", "zh")
    ('Due today. Thank you.', '今天到期。谢谢。')
    """
    return ("" if language == "zh" else " ").join(filter(None, map(str.strip, text.splitlines())))


def in_paragraphs(text: str) -> str:
    r"""Return a text whose lines end in no spaces, with one empty line at most between two.

    >>> in_paragraphs("\nDear customer, \n\n\nthank you.\n")
    'Dear customer,\n\nthank you.'
    """
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines)
