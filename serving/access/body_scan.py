"""One compiled pass over the bytes of a body: is it JSON, how deep, with which key twice, and how much of what.

It builds nothing, so a hostile body costs no more than its bytes. It does not look at UTF-8; body.py does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.kernel.compiled import compiled_lean
from serving.access.json_parts import (
    DUPLICATE_KEY,
    ENDS_EARLY,
    SOUND,
    SYNTAX,
    TOO_DEEP,
    TOO_WIDE,
    TRAILING,
    Bytes,
    Found,
    past_number,
    past_space,
    past_text,
    past_word,
    unescaped,
)
from serving.access.key_table import Marks, Places, Positions, drawn_places, empty_table, key_hash, met_at

_VALUE, _VALUE_OR_END, _KEY, _KEY_OR_END, _AFTER = range(5)
"""What is expected next."""
_DEPTH, _STATE, _OBJECTS, _EARLIER = range(4)
"""Places of what the pass keeps: how deep it is, what it expects, objects met, where a key twice stood first."""


@dataclass(frozen=True)
class Scan:
    """What a pass found: a fault and where, where a key twice stood first (-1), and elements of lists by depth."""

    fault: int
    at: int
    earlier: int
    elements: tuple[int, ...]


def scan(content: bytes, depth: int, keys: int, places: Places | None = None) -> Scan:
    """Read ``content`` once.

    Parameters
    ----------
    depth
        How deep lists and objects may lie in each other.
    keys
        How many keys an object may have.
    places
        Where the hash of keys is taken; drawn anew by default. A key twice is believed when two draws agree.

    Examples
    --------
    >>> scan(b'{"customers": [{}, {}]}', 8, 100).elements[2]
    2
    >>> scan(b'{"a": 1, "a": 2}', 8, 100).at
    9
    """
    body = np.frombuffer(content, np.uint8)
    colons, limits = content.count(b":"), np.array([depth, keys], np.int64)
    found = _scanned(body, colons, limits, drawn_places() if places is None else places)
    if found.fault == DUPLICATE_KEY and _scanned(body, colons, limits, drawn_places()) != found:
        return scan(content, depth, keys)
    return found


def _scanned(body: Bytes, colons: int, limits: Places, places: Places) -> Scan:
    marks, positions = empty_table(len(body), colons)
    elements, owners, widths = np.zeros((3, limits[0] + 2), np.int64)
    kept = np.zeros(4, np.int64)
    kept[_EARLIER] = -1
    scratch = np.empty(len(body), np.uint8)
    fault, at = _pass(body, limits, places, marks, positions, elements, owners, widths, kept, scratch)
    return Scan(int(fault), int(at), int(kept[_EARLIER]), tuple(elements.tolist()))


@compiled_lean
def _pass(
    body: Bytes,
    limits: Places,
    places: Places,
    marks: Marks,
    positions: Positions,
    elements: Places,
    owners: Places,
    widths: Places,
    kept: Places,
    scratch: Bytes,
) -> Found:
    """Read the body.

    Parameters
    ----------
    limits
        (2,) depth, and keys of an object.
    elements, owners, widths
        (depth + 2,) by depth: elements of lists so far; the number of the object that is open, 0 for a list; its keys.
    """
    at = past_space(body, 0)
    while at < len(body):
        state = kept[_STATE]
        if state == _AFTER and kept[_DEPTH] == 0:
            return TRAILING, at
        if state == _AFTER or _closes(body[at], state):
            fault, after = _past_mark(body[at], at, owners, kept)
        elif state in (_KEY, _KEY_OR_END):
            fault, after = _past_key(body, at, limits[1], places, marks, positions, owners, widths, kept, scratch)
        else:
            fault, after = _past_value(body, at, limits[0], elements, owners, widths, kept)
        if fault != SOUND:
            return fault, after
        at = past_space(body, after)
    return (SOUND if kept[_STATE] == _AFTER and kept[_DEPTH] == 0 else ENDS_EARLY), at


@compiled_lean
def _closes(byte: int, state: int) -> bool:
    """Return whether an empty list or object ends here."""
    return (state == _VALUE_OR_END and byte == 93) or (state == _KEY_OR_END and byte == 125)


@compiled_lean
def _past_mark(byte: int, at: int, owners: Places, kept: Places) -> Found:
    """Read the comma or the closing bracket after a value."""
    inside_object = owners[kept[_DEPTH]] > 0
    if byte == 44:
        kept[_STATE] = _KEY if inside_object else _VALUE
        return SOUND, at + 1
    if byte != (125 if inside_object else 93):
        return SYNTAX, at
    kept[_DEPTH] -= 1
    kept[_STATE] = _AFTER
    return SOUND, at + 1


@compiled_lean
def _past_key(
    body: Bytes,
    at: int,
    most: int,
    places: Places,
    marks: Marks,
    positions: Positions,
    owners: Places,
    widths: Places,
    kept: Places,
    scratch: Bytes,
) -> Found:
    """Read a key and its colon."""
    if body[at] != 34:
        return SYNTAX, at
    fault, after = past_text(body, at)
    if fault != SOUND:
        return fault, after
    colon = past_space(body, after)
    if colon >= len(body) or body[colon] != 58:
        return (ENDS_EARLY if colon >= len(body) else SYNTAX), colon
    widths[kept[_DEPTH]] += 1
    if widths[kept[_DEPTH]] > most:
        return TOO_WIDE, at
    mark = _key_mark(body, at + 1, after - 1, places, scratch)
    earlier = met_at(marks, positions, mark, owners[kept[_DEPTH]], at, places[3])
    if earlier >= 0:
        kept[_EARLIER] = earlier
        return DUPLICATE_KEY, at
    kept[_STATE] = _VALUE
    return SOUND, colon + 1


@compiled_lean
def _key_mark(body: Bytes, start: int, end: int, places: Places, scratch: Bytes) -> int:
    """Return the hash of the key between two quotes, however it is written."""
    for byte in body[start:end]:
        if byte == 92:
            return key_hash(scratch[: unescaped(body, start, end, scratch)], places)
    return key_hash(body[start:end], places)


@compiled_lean
def _past_value(
    body: Bytes, at: int, depth: int, elements: Places, owners: Places, widths: Places, kept: Places
) -> Found:
    """Read a value, or the opening bracket of one."""
    byte = body[at]
    if kept[_DEPTH] > 0 and owners[kept[_DEPTH]] == 0:
        elements[kept[_DEPTH]] += 1
    if byte == 123 or byte == 91:
        return _opened(byte, at, depth, owners, widths, kept)
    kept[_STATE] = _AFTER
    if byte == 34:
        return past_text(body, at)
    if byte == 45 or 48 <= byte <= 57:
        return past_number(body, at)
    return past_word(body, at)


@compiled_lean
def _opened(byte: int, at: int, depth: int, owners: Places, widths: Places, kept: Places) -> Found:
    if kept[_DEPTH] >= depth:
        return TOO_DEEP, at
    kept[_DEPTH] += 1
    is_object = byte == 123
    widths[kept[_DEPTH]] = 0
    kept[_OBJECTS] += is_object
    owners[kept[_DEPTH]] = kept[_OBJECTS] if is_object else 0
    kept[_STATE] = _KEY_OR_END if is_object else _VALUE_OR_END
    return SOUND, at + 1
