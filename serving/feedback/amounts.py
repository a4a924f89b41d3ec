"""The amount a promise names: money, or a share of what is due; numbers that count something else are none."""

from __future__ import annotations

import re

from serving.feedback.numerals import HAN_NUMERAL, figure, han_number

_MARKED = re.compile(r"(?:[$£€¥]|rmb|usd|gbp|人民币) ?(\d[\d,]*(?:\.\d+)?k?)")
_HAN = re.compile(rf"(?<![第几多好千]){HAN_NUMERAL}(?=(块|元|圆)?)")
_FIGURES = re.compile(r"(?<![\d.,:/])(\d[\d,]*(?:\.\d+)? ?[kw百千万]?\d?)(?![\d:/%])(?! ?(?:pm|am|点|分钟|:|%))")
_COUNTED = re.compile(
    r" ?(?:months?|weeks?|days?|hours?|hrs?|mins?|minutes?|years?|times?|calls?|texts?|o'clock|st|nd|rd|th"
    r"|个|期|天|年|次|点|分|号|日|月|周|遍|岁|人|位|家|张|笔)(?![a-z])"
)
_HALF = re.compile(r"\bhalf\b(?! (?:an hour|past|hour))|一半|还半|半额")
_WHOLE = re.compile(
    r"\b(?:in full|full (?:amount|payment|balance|amt)|the full|the lot|everything|pay full)\b"
    r"|\ball of it\b|全额|全部|全款|结清|还清|一次性"
)
_LEAST_BARE, _MOST_DIGITS = 10, 8


def named_amount(text: str) -> tuple[float | None, float | None]:
    """Return the first amount a plain text names and, without one, the share of what is due; None where neither.

    Days must have been taken out of the text.

    >>> named_amount("先还两千"), named_amount("can do 1.5k"), named_amount("half now"), named_amount("in 3 months")
    ((2000.0, None), (1500.0, None), (None, 0.5), (None, None))
    """
    found = [(place, value) for place, value in (*_marked(text), *_han(text), *_bare(text)) if value]
    if found:
        return min(found)[1], None
    if _HALF.search(text):
        return None, 0.5
    return None, 1.0 if _WHOLE.search(text) else None


def _marked(text: str) -> list[tuple[int, float | None]]:
    return [(match.start(), figure(match[1])) for match in _MARKED.finditer(text)]


def _han(text: str) -> list[tuple[int, float | None]]:
    """Return Chinese numerals that are money: with its unit, or in hundreds and more."""
    found = []
    for match in _HAN.finditer(text):
        numeral = match.group()
        is_money = bool(match[1]) or re.search("[百千万]", numeral[1:])
        if is_money and not _COUNTED.match(text, match.end()) and not numeral.startswith(("百", "千", "万")):
            value = han_number(numeral)
            found.append((match.start(), None if value is None else float(value)))
    return found


def _bare(text: str) -> list[tuple[int, float | None]]:
    found = []
    for match in _FIGURES.finditer(text):
        written = match[1].strip().rstrip(",")
        is_long = sum(character.isdigit() for character in written) >= _MOST_DIGITS
        if is_long or _COUNTED.match(text, match.end()):
            continue
        value = figure(written)
        found.append((match.start(), value if value and value >= _LEAST_BARE else None))
    return found
