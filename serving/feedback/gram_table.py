"""N-grams looked up by compiled code: what those of a text add to log-odds, in a few microseconds.

A text is its characters' code points; an n-gram is a stretch of them, found by a hash and then letter by letter. Sums
run in the order of the model's n-grams, so that a text is told the same whatever texts are beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from features.kernel.compiled import compiled

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float32]
Codes = npt.NDArray[np.uint32]

_SPACE = ord(" ")
_MULTIPLIER = 0x100000001B3
_SEED = 0xCBF29CE484222325


class GramTable(NamedTuple):
    """The n-grams of one kind: ``slots`` (a power of 2) hold rows or -1; ``codes`` of all n-grams, ``starts`` of each.

    ``idf`` (grams,), ``weights`` (grams, columns); ``most`` units make an n-gram, words where ``is_words``.
    """

    slots: Ints
    codes: Codes
    starts: Ints
    idf: Weights
    weights: Weights
    most: int
    is_words: bool


class Stretches(NamedTuple):
    """Texts one after another as code points, and where each begins, (texts + 1,)."""

    codes: Codes
    starts: Ints


def stretches(texts: Sequence[str]) -> Stretches:
    """Return texts as compiled code reads them.

    >>> stretches(("ab", "c")).starts.tolist()
    [0, 2, 3]
    """
    starts = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in texts], out=starts[1:])
    return Stretches(np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32), starts)


def gram_table(grams: Sequence[str], idf: Weights, weights: Weights, most: int, is_words: bool) -> GramTable:
    """Return the table of n-grams."""
    codes, starts = stretches(grams)
    slots = _placed(codes, starts, 4 << max(len(grams), 1).bit_length())
    return GramTable(slots, codes, starts, idf, weights, most, is_words)


@compiled
def _mixed(state: np.uint64, code: np.uint32) -> np.uint64:
    return (state ^ np.uint64(code)) * np.uint64(_MULTIPLIER)


@compiled
def _slot(state: np.uint64, slots: int) -> np.int64:
    return np.int64((state ^ (state >> np.uint64(29))) & np.uint64(slots - 1))


@compiled
def _placed(codes: Codes, starts: Ints, size: int) -> Ints:
    slots = np.full(size, -1, np.int64)
    for row in range(len(starts) - 1):
        state = np.uint64(_SEED)
        for k in range(starts[row], starts[row + 1]):
            state = _mixed(state, codes[k])
        slot = _slot(state, size)
        while slots[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        slots[slot] = row
    return slots


@compiled
def _is_gram(table: GramTable, row: int, codes: Codes, start: int, stop: int) -> bool:
    length, own = stop - start, table.starts[row]
    same = 0
    if table.starts[row + 1] - own == length:
        while same < length and table.codes[own + same] == codes[start + same]:
            same += 1
    return same == length


@compiled
def _row_of(table: GramTable, state: np.uint64, codes: Codes, start: int, stop: int) -> np.int64:
    """Return the row of an n-gram, -1 where the model does not know it."""
    slot = _slot(state, len(table.slots))
    while table.slots[slot] >= 0:
        if _is_gram(table, table.slots[slot], codes, start, stop):
            return table.slots[slot]
        slot = (slot + 1) & (len(table.slots) - 1)
    return np.int64(-1)


@compiled
def _rows_from(table: GramTable, codes: Codes, start: int, stop: int, rows: Ints, found: int) -> int:
    """Write the rows of the n-grams that begin at ``start``, and return how many are found with them."""
    state, units = np.uint64(_SEED), 0
    for k in range(start, stop):
        state = _mixed(state, codes[k])
        if table.is_words and k + 1 < stop and codes[k + 1] != _SPACE:
            continue
        units += 1
        row = _row_of(table, state, codes, start, k + 1)
        if row >= 0:
            rows[found] = row
            found += 1
        if units == table.most:
            break
    return found


@compiled
def _rows_in(table: GramTable, codes: Codes, start: int, stop: int) -> Ints:
    """Return the rows of a text's n-grams in rising order, one as often as it occurs."""
    rows, found = np.empty((stop - start) * table.most, np.int64), 0
    for k in range(start, stop):
        if not table.is_words or k == start or codes[k - 1] == _SPACE:
            found = _rows_from(table, codes, k, stop, rows, found)
    return np.sort(rows[:found])


@compiled
def add_margins(table: GramTable, texts: Stretches, out: Floats) -> None:
    """Add what the n-grams of each text add to the log-odds of each column to ``out``, (texts, columns).

    A row of n-grams is scaled to length 1 before the weights: scikit-learn's sublinear tf, smooth idf and l2 norm.
    """
    for text in range(len(out)):
        rows = _rows_in(table, texts.codes, texts.starts[text], texts.starts[text + 1])
        values, square, first = np.zeros(len(rows)), 0.0, 0
        for k in range(len(rows)):
            if k + 1 == len(rows) or rows[k + 1] != rows[k]:
                values[k] = (1.0 + np.log(k + 1.0 - first)) * table.idf[rows[k]]
                square += values[k] * values[k]
                first = k + 1
        for k in range(len(rows)):
            if values[k] != 0.0:
                for column in range(out.shape[1]):
                    out[text, column] += values[k] / np.sqrt(square) * table.weights[rows[k], column]
