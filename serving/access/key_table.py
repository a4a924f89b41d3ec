"""Keys met so far in the objects of one body, as a hash table over numpy arrays: an attacker cannot aim at it.

A key's hash is two polynomials modulo 2**31 - 1 at places drawn anew by each process, so that no body can be
written whose keys fall together: for keys of n bytes two differ in it but for (n / 2**31)**2 of the drawn places.
"""

from __future__ import annotations

import secrets

import numpy as np
import numpy.typing as npt

from features.kernel.compiled import compiled_lean
from serving.access.json_parts import Bytes

Places = npt.NDArray[np.int64]
Marks = npt.NDArray[np.uint64]
Positions = npt.NDArray[np.int32]

_PRIME = 2**31 - 1
_GOLDEN = 0x9E3779B97F4A7C15
_SHORTEST = 5  # bytes that a key takes at the least: "":0,


def drawn_places() -> Places:
    """Return four secret numbers: two places of the polynomials, where they begin, and an odd multiplier."""
    return np.array([secrets.randbelow(_PRIME - 512) + 256 for _ in range(3)] + [secrets.randbits(62) | 1], np.int64)


def empty_table(size: int, colons: int) -> tuple[Marks, Positions]:
    """Return a table with room for the keys of a body of so many bytes and colons; the system zeroes it when met."""
    keys = min(colons, size // _SHORTEST + 1)
    slots = 1 << max(4, (2 * keys).bit_length())
    return np.zeros(slots, np.uint64), np.zeros(slots, np.int32)


@compiled_lean
def key_hash(key: Bytes, places: Places) -> int:
    """Return the hash of a key, below 2**62: its bytes three at a time, then its length."""
    one, two, word = places[2], places[2], 0
    for k in range(len(key)):
        word = word << 8 | key[k]
        if k % 3 == 2:
            one, two, word = _reduced(one * places[0] + word), _reduced(two * places[1] + word), 0
    one = _reduced(_reduced(one * places[0] + word) * places[0] + len(key))
    two = _reduced(_reduced(two * places[1] + word) * places[1] + len(key))
    return (one << 31) | two


@compiled_lean
def _reduced(value: int) -> int:
    """Return a number below 2**62 modulo 2**31 - 1."""
    value = (value & _PRIME) + (value >> 31)
    return value - _PRIME if value >= _PRIME else value


@compiled_lean
def met_at(marks: Marks, positions: Positions, mark: int, owner: int, at: int, multiplier: int) -> int:
    """Return where the key with hash ``mark`` was met in object ``owner`` before, -1 when never; remember it.

    Parameters
    ----------
    marks, positions
        (slots,) a power of two, more than half of them always empty; 0 is empty.
    """
    mixed = (np.uint64(mark) ^ (np.uint64(owner) * np.uint64(_GOLDEN))) * np.uint64(multiplier)
    mixed = max(mixed, np.uint64(1))
    last = len(marks) - 1
    slot = int(mixed >> np.uint64(33)) & last
    while marks[slot] != np.uint64(0):
        if marks[slot] == mixed:
            return int(positions[slot])
        slot = (slot + 1) & last
    marks[slot], positions[slot] = mixed, at
    return -1
