"""How long a text message is: in which alphabet it travels, and how many segments are paid for.

A text that fits the GSM 7-bit alphabet (3GPP TS 23.038, section 6.2.1) has 160 places in one segment and 153 in
each of several; the ten characters of its extension table take two places, never parted between segments. Any
other character turns the whole text into UCS-2: 70 places, or 67 in each of several; a character beyond the
basic plane, such as an emoji, takes two that are never parted either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The basic table without its escape."""

EXTENSION = frozenset("\f^{}\\[~]|€")
"""What the escape leads to: two places each."""

_GSM_7 = BASIC | EXTENSION
_ESCAPE = "\x1b"
_HIGH_SURROGATES = range(0xD8, 0xDC)
_GSM_7_PLACES, _UCS_2_PLACES = (160, 153), (70, 67)
"""Units in a segment that stands alone, and in each of several."""


@dataclass(frozen=True)
class SmsLength:
    """``characters`` as people count them, ``units`` the places they take, and the ``segments`` paid for."""

    encoding: Literal["GSM-7", "UCS-2"]
    characters: int
    units: int
    segments: int


def sms_length(text: str) -> SmsLength:
    """Return how long ``text`` is as a text message; one without a character is a segment too.

    >>> sms_length("Due: €5")
    SmsLength(encoding='GSM-7', characters=7, units=8, segments=1)
    >>> sms_length("还款" * 36)
    SmsLength(encoding='UCS-2', characters=72, units=72, segments=2)
    """
    if _GSM_7.issuperset(text):
        escaped = _escaped(text)
        segments = _segments(len(escaped), *_GSM_7_PLACES, lambda place: escaped[place] == _ESCAPE)
        return SmsLength("GSM-7", len(text), len(escaped), segments)
    coded = text.encode("utf-16-be", "surrogatepass")
    segments = _segments(len(coded) // 2, *_UCS_2_PLACES, lambda place: coded[2 * place] in _HIGH_SURROGATES)
    return SmsLength("UCS-2", len(text), len(coded) // 2, segments)


def _escaped(text: str) -> str:
    """Return the text with an escape before each character of the extension table."""
    for character in EXTENSION:
        if character in text:
            text = text.replace(character, _ESCAPE + character)
    return text


def _segments(units: int, alone: int, part: int, opens_pair: Callable[[int], bool]) -> int:
    """Return how many segments so many units take, where no segment may end in a unit that opens a pair."""
    if units <= alone:
        return 1
    segments, end = 0, 0
    while end < units:
        segments, end = segments + 1, end + part
        if end < units and opens_pair(end - 1):
            end -= 1
    return segments
