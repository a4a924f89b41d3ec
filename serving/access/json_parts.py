"""The parts of JSON as compiled passes over bytes: where a string, a number or a word ends, and if it is sound.

Each takes the body, the place where the part begins and returns (fault, place): the place after the part, or of
what is wrong. Beyond the grammar they refuse what breaks readers further in: integers outside 64 bits, numbers
that would be infinite, halves of surrogate pairs and the character NUL.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.kernel.compiled import compiled_lean

Bytes = npt.NDArray[np.uint8]
Found = tuple[int, int]

SOUND, SYNTAX, ENDS_EARLY, TOO_DEEP, DUPLICATE_KEY, NOT_FINITE, HUGE_INTEGER, HUGE_NUMBER = range(8)
"""What may be wrong with a body."""
CONTROL, ESCAPE, SURROGATE, NUL, TRAILING, TOO_WIDE = range(8, 14)
"""What may be wrong with a text, with what follows the body, and with an object."""

_LARGEST_ORDER = 308
_CAPPED = 10**12


@compiled_lean
def past_space(body: Bytes, at: int) -> int:
    """Return the first place from ``at`` on that is no white space."""
    while at < len(body) and (body[at] == 32 or body[at] == 10 or body[at] == 13 or body[at] == 9):
        at += 1
    return at


@compiled_lean
def past_digits(body: Bytes, at: int) -> int:
    """Return the first place from ``at`` on that is no digit."""
    while at < len(body) and 48 <= body[at] <= 57:
        at += 1
    return at


@compiled_lean
def past_text(body: Bytes, at: int) -> Found:
    """Read a string whose opening quote is at ``at``."""
    at += 1
    while at < len(body):
        byte = body[at]
        if byte == 34:
            return SOUND, at + 1
        if byte < 32:
            return CONTROL, at
        if byte != 92:
            at += 1
            continue
        fault, after = _past_escape(body, at)
        if fault != SOUND:
            return fault, after
        at = after
    return ENDS_EARLY, at


@compiled_lean
def _past_escape(body: Bytes, at: int) -> Found:
    if at + 1 >= len(body):
        return ENDS_EARLY, len(body)
    if body[at + 1] != 117:
        return (SOUND, at + 2) if _plain_escape(body[at + 1]) >= 0 else (ESCAPE, at)
    unit = code_unit(body, at)
    if unit < 0:
        return ESCAPE, at
    if unit == 0:
        return NUL, at
    if 0xD800 <= unit < 0xDC00:
        return (SOUND, at + 12) if 0xDC00 <= code_unit(body, at + 6) < 0xE000 else (SURROGATE, at)
    return (SURROGATE, at) if 0xDC00 <= unit < 0xE000 else (SOUND, at + 6)


@compiled_lean
def _plain_escape(byte: int) -> int:
    r"""Return the character that ``\`` and a byte stand for, -1 when they stand for none."""
    if byte == 34 or byte == 92 or byte == 47:
        return byte
    for letter, meant in ((98, 8), (102, 12), (110, 10), (114, 13), (116, 9)):
        if byte == letter:
            return meant
    return -1


@compiled_lean
def code_unit(body: Bytes, at: int) -> int:
    r"""Return the number of the ``\uXXXX`` at ``at``, -1 when there is none."""
    if at + 6 > len(body) or body[at] != 92 or body[at + 1] != 117:
        return -1
    unit = 0
    for byte in body[at + 2 : at + 6]:
        digit = _hex_digit(byte)
        if digit < 0:
            return -1
        unit = unit * 16 + digit
    return unit


@compiled_lean
def _hex_digit(byte: int) -> int:
    if 48 <= byte <= 57:
        return int(byte) - 48
    lower = int(byte) | 32
    return lower - 87 if 97 <= lower <= 102 else -1


@compiled_lean
def unescaped(body: Bytes, start: int, end: int, out: Bytes) -> int:
    """Write the characters of a sound string between its quotes to ``out`` as UTF-8; return how many bytes."""
    size, at = 0, start
    while at < end:
        if body[at] != 92:
            out[size] = body[at]
            size, at = size + 1, at + 1
        elif body[at + 1] != 117:
            out[size] = _plain_escape(body[at + 1])
            size, at = size + 1, at + 2
        else:
            point, at = code_unit(body, at), at + 6
            if 0xD800 <= point < 0xDC00:
                point, at = 0x10000 + (point - 0xD800) * 0x400 + code_unit(body, at) - 0xDC00, at + 6
            size = _put(out, size, point)
    return size


@compiled_lean
def _put(out: Bytes, size: int, point: int) -> int:
    """Write a code point as UTF-8 from place ``size`` on; return the place after it."""
    if point < 0x80:
        out[size] = point
        return size + 1
    more = 1 if point < 0x800 else 2 if point < 0x10000 else 3
    out[size] = (0xFF00 >> more + 1 & 0xFF) | point >> 6 * more
    for k in range(more):
        out[size + 1 + k] = 0x80 | (point >> 6 * (more - 1 - k) & 0x3F)
    return size + 1 + more


@compiled_lean
def past_number(body: Bytes, start: int) -> Found:
    """Read a number; one of 1e308 and more is refused, and an integer outside [-2**63, 2**63)."""
    first = start + 1 if body[start] == 45 else start
    after = past_digits(body, first)
    if after == first:
        return _no_digits(body, start, first)
    if body[first] == 48 and after > first + 1:
        return SYNTAX, first + 1
    fault, after_fraction = _past_fraction(body, after)
    if fault != SOUND:
        return fault, after_fraction
    fault, end, exponent = _past_exponent(body, after_fraction)
    if fault != SOUND:
        return fault, end
    if end == after:
        return (HUGE_INTEGER, start) if _is_huge(body, first, after, first > start) else (SOUND, end)
    order = _order(body, first, after, after_fraction) + exponent
    return (HUGE_NUMBER, start) if order >= _LARGEST_ORDER else (SOUND, end)


@compiled_lean
def _no_digits(body: Bytes, start: int, at: int) -> Found:
    if at >= len(body):
        return ENDS_EARLY, at
    return (NOT_FINITE, start) if body[at] == 73 else (SYNTAX, at)


@compiled_lean
def _past_fraction(body: Bytes, at: int) -> Found:
    if at >= len(body) or body[at] != 46:
        return SOUND, at
    after = past_digits(body, at + 1)
    if after == at + 1:
        return (ENDS_EARLY if after >= len(body) else SYNTAX), after
    return SOUND, after


@compiled_lean
def _past_exponent(body: Bytes, at: int) -> tuple[int, int, int]:
    if at >= len(body) or body[at] | 32 != 101:
        return SOUND, at, 0
    digits = at + 2 if at + 1 < len(body) and (body[at + 1] == 43 or body[at + 1] == 45) else at + 1
    after = past_digits(body, digits)
    if after == digits:
        return (ENDS_EARLY if after >= len(body) else SYNTAX), after, 0
    value = 0
    for byte in body[digits:after]:
        value = min(value * 10 + int(byte) - 48, _CAPPED)
    return SOUND, after, -value if body[at + 1] == 45 else value


@compiled_lean
def _is_huge(body: Bytes, first: int, after: int, negative: bool) -> bool:
    if after - first != 19:
        return after - first > 19
    magnitude = np.uint64(0)
    for byte in body[first:after]:
        magnitude = magnitude * np.uint64(10) + np.uint64(byte - 48)
    return bool(magnitude > np.uint64(2**63 - 1) + np.uint64(negative))


@compiled_lean
def _order(body: Bytes, first: int, after: int, after_fraction: int) -> int:
    """Return the power of ten of the first digit that is not 0; far below 0 when there is none."""
    if body[first] != 48:
        return after - first - 1
    for at in range(after + 1, after_fraction):
        if body[at] != 48:
            return after - at
    return -2 * _CAPPED


@compiled_lean
def past_word(body: Bytes, at: int) -> Found:
    """Read true, false or null; NaN and Infinity are named as such."""
    byte = body[at]
    if byte == 78 or byte == 73:
        return NOT_FINITE, at
    # the letters of true, false and null as numbers, since compiled code reads no texts
    for word in ((116, 114, 117, 101, 0), (110, 117, 108, 108, 0), (102, 97, 108, 115, 101)):
        if byte == word[0]:
            return _past_letters(body, at, word)
    return SYNTAX, at


@compiled_lean
def _past_letters(body: Bytes, at: int, word: tuple[int, int, int, int, int]) -> Found:
    for letter in word:
        if letter == 0:
            break
        if at >= len(body):
            return ENDS_EARLY, at
        if body[at] != letter:
            return SYNTAX, at
        at += 1
    return SOUND, at
