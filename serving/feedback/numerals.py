"""Numbers as replies write them: digits with k, 千 or 万, and Chinese numerals."""

from __future__ import annotations

import re

HAN_DIGITS = "零〇一二两三四五六七八九"
HAN_NUMERAL = f"[{HAN_DIGITS}十百千万]+"

_DIGIT = dict(zip(HAN_DIGITS, (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_UNIT = {"十": 10, "百": 100, "千": 1_000, "万": 10_000}
_SCALE = {"k": 1_000, "千": 1_000, "百": 100, "w": 10_000, "万": 10_000}
_FIGURES = re.compile(r"(\d+(?:\.\d+)?)\s*([kw百千万])?(\d)?")


def han_number(numeral: str) -> int | None:
    """Return the value of a Chinese numeral, None for what is none, such as "两三千" (two or three thousand).

    A digit at the end counts in the next lower unit, as people say it.

    >>> [han_number(text) for text in ("十五", "两千", "三千五", "一万二", "二十", "两三千", "五百零八")]
    [15, 2000, 3500, 12000, 20, None, 508]
    """
    if re.search(f"[{HAN_DIGITS[2:]}]{{2}}", numeral):
        return None
    total = section = last = 0
    unit = 1
    for character in numeral:
        if character in _DIGIT:
            last = _DIGIT[character]
            unit = 1 if last == 0 else unit
            continue
        unit = _UNIT[character]
        if unit == 10_000:
            total, section = (total + section + last) * unit, 0
        else:
            section += (last or 1) * unit
        last = 0
    ends_short = last > 0 and unit >= 100
    return total + section + (last * unit // 10 if ends_short else last)


def figure(text: str) -> float | None:
    """Return the value of digits with what scales them, None for what is none.

    >>> [figure(text) for text in ("2000", "1,500", "1.5k", "3万", "1万2", "500块")]
    [2000.0, 1500.0, 1500.0, 30000.0, 12000.0, None]
    """
    match = _FIGURES.fullmatch(text.replace(",", ""))
    if match is None or (match[3] and match[2] is None):
        return None
    scale = _SCALE.get(match[2] or "", 1)
    return round(float(match[1]) * scale + float(match[3] or 0) * scale / 10, 2)
