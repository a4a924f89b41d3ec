"""The day a reply names, by the calendar of the customer who wrote it; a day that is not certain is none.

A span is its last day: "next week" is over on its Sunday. A week begins on Monday. A bare weekday or day of the month
is the next one to come.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta

from serving.feedback.numerals import HAN_NUMERAL, han_number

type Reading = tuple[re.Pattern[str], Callable[[re.Match[str], date], date | None]]
"""How a day is written, and what day that is, seen from a day; None where it is none."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HAN_WEEKDAYS = "一二三四五六日"
_FAR = timedelta(days=183)
"""A day of the year that is further away than this has passed, and is not promised again."""
_NUMBER = rf"(\d{{1,2}}|{HAN_NUMERAL})"
_WORDS = {"a": 1, "an": 1, "one": 1, "two": 2, "couple of": 2, "a couple of": 2, "three": 3, "four": 4, "five": 5}
_FEW = "|".join(sorted(_WORDS, key=len, reverse=True))
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:[a-z]*)\.?"
_WEEKDAY = r"(mon|tue|wed|thu|fri|sat|sun)(?:days?|sday|nesday|rs|rsday|urday)"
_SHORT = r"(mon|tues?|wed|thurs?|thu|fri|sat|sun)"
_BEFORE_SHORT = r"(?:on|by|this|next|until|till?|before|pay|paying|ptp|due|come|ok)"
_AFTER_SHORT = r"(?= ?$| (?:ok|morning|afternoon|evening|night|then|latest|for sure))"
_HAN_WEEK = "(?:周|星期|礼拜)"


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else han_number(text)


def _on(year: int, month: int, day: int) -> date | None:
    """Return a day of a month; of one that is shorter its last, None where no month has such a day."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, min(day, calendar.monthrange(year, month)[1])) if 1 <= day <= 31 else None


def _day_of_month(day: int | None, today: date, months: int | None = None) -> date | None:
    """Return that day ``months`` from this one; None of them: the next to come."""
    if day is None:
        return None
    found = _on(today.year, today.month + (months or 0), day)
    return _on(today.year, today.month + 1, day) if months is None and found and found < today else found


def _day_of_year(month: int | None, day: int | None, today: date) -> date | None:
    if month is None or day is None or not 1 <= month <= 12:
        return None
    coming = [_on(today.year + years, month, day) for years in (0, 1)]
    return next((found for found in coming if found and today <= found <= today + _FAR), None)


def _weekday(place: int, today: date, week: str | None) -> date:
    """Return a weekday: of this week unless past, of a later one, or the next to come."""
    monday = today - timedelta(days=today.weekday())
    if week in ("next", "下", "下个"):
        return monday + timedelta(days=7 + place)
    if week in ("下下", "下下个"):
        return monday + timedelta(days=14 + place)
    days = place - today.weekday()
    is_to_come = days > 0 or (days == 0 and week in ("this", "这", "这个", "本"))
    return today + timedelta(days=days if is_to_come else days + 7)


def _month_end(today: date, months: int) -> date | None:
    return _on(today.year, today.month + months, 31)


def _after(days: int | None, today: date) -> date | None:
    return None if days is None or days > 366 else today + timedelta(days=days)


def _slashed(match: re.Match[str], today: date) -> date | None:
    """Return a day written with two numbers, None where either may be the month."""
    first, second = int(match[1]), int(match[2])
    if first > 12:
        first, second = second, first
    elif second <= 12 and first != second:
        return None
    return _day_of_year(first, second, today)


def _iso(match: re.Match[str], today: date) -> date | None:
    try:
        found = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    return found if found >= today else None


def _same_day(match: re.Match[str], today: date) -> date:
    return today


def _readings(*pairs: tuple[str, Callable[[re.Match[str], date], date | None]]) -> tuple[Reading, ...]:
    return tuple((re.compile(pattern), read) for pattern, read in pairs)


_ENGLISH = _readings(
    (r"\b(20\d\d)-(\d\d?)-(\d\d?)\b", _iso),
    (r"(?<![\d/.-])(\d\d?)/(\d\d?)(?![\d/])", _slashed),
    (
        rf"\b{_MONTH} (?:the )?(\d\d?)(?:st|nd|rd|th)?\b",
        lambda m, d: _day_of_year(_MONTHS.index(m[1]) + 1, int(m[2]), d),
    ),
    (
        rf"\b(\d\d?)(?:st|nd|rd|th)? (?:of )?{_MONTH}\b",
        lambda m, d: _day_of_year(_MONTHS.index(m[2]) + 1, int(m[1]), d),
    ),
    (r"\bday after (?:tomorrow|tmrw|tmr)\b", lambda m, d: _after(2, d)),
    (r"\b(?:tomorrow|tmrw|tmr|tmw|2moro|2morrow|2moz|tomoz|tomoro|tomorow)\b", lambda m, d: _after(1, d)),
    (r"\b(?:end of|by end of|end) (?:the |this )?month\b|\beom\b|\bmonth end\b", lambda m, d: _month_end(d, 0)),
    (r"\bend of next month\b|\bnext month\b", lambda m, d: _month_end(d, 1)),
    (r"\b(?:before the weekend)\b", lambda m, d: _weekday(4, d, "this")),
    (r"\b(?:this |the |over the )?weekend\b", lambda m, d: _weekday(6, d, "this")),
    (r"\bnext (?:week|wk)\b", lambda m, d: _weekday(6, d, "next")),
    (r"\b(?:end of (?:the |this )?week|this week|within the week)\b", lambda m, d: _weekday(6, d, "this")),
    (rf"\b(?:(this|next) )?{_WEEKDAY}\b", lambda m, d: _weekday(_WEEKDAYS.index(m[2]), d, m[1])),
    (rf"\b(?:(this|next)|{_BEFORE_SHORT}) {_SHORT}\b", lambda m, d: _weekday(_WEEKDAYS.index(m[2][:3]), d, m[1])),
    (rf"\b{_SHORT}{_AFTER_SHORT}", lambda m, d: _weekday(_WEEKDAYS.index(m[1][:3]), d, None)),
    (rf"\bin (\d\d?|{_FEW}) days?\b", lambda m, d: _after(_WORDS.get(m[1]) or _number(m[1]), d)),
    (rf"\bin (\d|{_FEW}) weeks?\b", lambda m, d: _after(7 * (_WORDS.get(m[1]) or int(m[1])), d)),
    (r"\b(\d\d?)(?:st|nd|rd|th)\b", lambda m, d: _day_of_month(int(m[1]), d)),
    (
        r"\b(?:today|2day|tonight|2nite|tonite|this (?:morning|afternoon|evening)|right (?:now|away)|eod"
        r"|end of (?:the )?day"
        r"|(?:paying|pay|sending|send|doing|do|transferring) (?:it |this |that )?now|in an? hour|after work"
        r"|when i get home|later today)\b|(?:(?<=half )|(?<=\d )|(?<=\dk ))now\b",
        _same_day,
    ),
)

_CHINESE = _readings(
    (rf"{_NUMBER}月{_NUMBER}[号日]?", lambda m, d: _day_of_year(_number(m[1]), _number(m[2]), d)),
    (rf"(?:下个月|下月){_NUMBER}[号日]", lambda m, d: _day_of_month(_number(m[1]), d, 1)),
    (rf"(?:这个月|本月|这月){_NUMBER}[号日]", lambda m, d: _day_of_month(_number(m[1]), d, 0)),
    (rf"{_NUMBER}(?:天|日)(?:之?内|之?后|以内|以后)", lambda m, d: _after(_number(m[1]), d)),
    (rf"(?:再过|再等|过){_NUMBER}天", lambda m, d: None if m[1] == "两" else _after(_number(m[1]), d)),
    (rf"{_NUMBER}(?:个星期|个礼拜|周)(?:之?内|之?后|以内|以后)", lambda m, d: _after(7 * (_number(m[1]) or 99), d)),
    (rf"{_NUMBER}[号日](?!内|后)", lambda m, d: _day_of_month(_number(m[1]), d)),
    (r"大后天", lambda m, d: _after(3, d)),
    (r"后天|后日|后儿", lambda m, d: _after(2, d)),
    (r"明天|明日|明早|明晚|明儿|听日|赶明", lambda m, d: _after(1, d)),
    (r"下(?:个)?月(?:底|末|尾)|下个月|下月(?!初|中)", lambda m, d: _month_end(d, 1)),
    (r"(?:这个?|本)?月(?:底|末|尾)", lambda m, d: _month_end(d, 0)),
    (
        rf"(下下个?|下个?|这个?|本)?{_HAN_WEEK}([一二三四五六日天])",
        lambda m, d: _weekday(_HAN_WEEKDAYS.index(m[2].replace("天", "日")), d, m[1]),
    ),
    (rf"(下个?){_HAN_WEEK}(?:末)?", lambda m, d: _weekday(6, d, m[1])),
    (rf"(?:这个?|本){_HAN_WEEK}(?:末|内)?|周末", lambda m, d: _weekday(6, d, "this")),
    (r"五一", lambda m, d: _day_of_year(5, 1, d)),
    (r"国庆", lambda m, d: _day_of_year(10, 1, d)),
    (r"元旦", lambda m, d: _day_of_year(1, 1, d)),
    (
        r"今天|今日|今晚|今儿|当天|马上|立刻|立即|现在就?去?(?=还|转|付|交|存|弄|打)|这就|一会儿?|等会|待会|稍后|下了?班|晚上|下午|中午",
        _same_day,
    ),
)


def named_days(text: str, today: date) -> list[tuple[int, int, date | None]]:
    """Return the days that a plain text names, in its order: from where to where they stand, and which they are.

    None where the words are those of a day that is not certain, such as "6/1".

    >>> [day and day.isoformat() for _, _, day in named_days("half now, rest on the 15th", date(2026, 3, 20))]
    ['2026-03-20', '2026-04-15']
    """
    found: list[tuple[int, int, date | None]] = []
    taken = text
    for pattern, read in (*_CHINESE, *_ENGLISH):
        for match in pattern.finditer(taken):
            found.append((match.start(), match.end(), read(match, today)))
        taken = pattern.sub(lambda match: "\0" * len(match.group()), taken)
    return sorted(found)
