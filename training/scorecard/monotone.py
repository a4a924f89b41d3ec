"""Neighbouring bins merged until the default rate runs one way, or turns once where that pays.

It works on counts alone, so that it is the same for a bank and for a million rows. Counts must be above 0: the
binning adds a few rows to every bin before.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def _support(counts: Floats) -> Floats:
    """Return the log likelihood of each bin's outcomes at its own rate, (bins,), from ``counts`` (bins, 2)."""
    total = counts.sum(axis=1, keepdims=True)
    support: Floats = (counts * np.log(counts / total)).sum(axis=1)
    return support


def _one_way(counts: Floats, rising: bool) -> Ints:
    """Return the first bin of each block of the isotonic regression of the default rate."""
    rows = counts.sum(axis=1)
    found = isotonic_regression(counts[:, 0] / rows, weights=rows, increasing=rising)
    return np.asarray(found.blocks[:-1], dtype=np.int64)


def _one_turn(counts: Floats, rising: bool) -> Iterator[Ints]:
    """Give, for every place of the turn, the blocks of the rate that first rises (or falls), then does the other."""
    for turn in range(1, len(counts)):
        yield np.append(_one_way(counts[:turn], rising), turn + _one_way(counts[turn:], not rising))


def _merged(counts: Floats, rows: Floats, starts: Ints, least_rows: float, least_gain: float) -> Ints:
    """Merge the neighbours whose difference says least, until no bin is small and each difference says enough."""
    while len(starts) > 1:
        grouped = np.add.reduceat(counts, starts)
        pairs, alone = grouped[:-1] + grouped[1:], _support(grouped)
        loss = alone[:-1] + alone[1:] - _support(pairs)
        own_rows = np.add.reduceat(rows, starts)
        if own_rows.min() < least_rows:
            smallest = int(own_rows.argmin())
            beside = [pair for pair in (smallest - 1, smallest) if 0 <= pair < len(pairs)]
            weakest = min(beside, key=lambda pair: float(loss[pair]))
        elif loss.min() < least_gain:
            weakest = int(loss.argmin())
        else:
            break
        starts = np.delete(starts, weakest + 1)
    return starts


def merge_bins(counts: Floats, rows: Floats, sign: int, least_rows: float, least_gain: float, turn_gain: float) -> Ints:
    """Return the number of the merged bin of each bin, (bins,), in their order.

    Parameters
    ----------
    counts
        (bins, 2) rows with and without default, in the order of the values, all above 0; weighted or smoothed.
    rows
        (bins,) the rows themselves.
    sign
        +1 when the rate must not fall as the value rises, -1 when it must not rise. With 0 it may do either, or
        turn once when that gains ``turn_gain``.
    least_rows
        A merged bin has as many rows, or is the only one.
    least_gain
        Log likelihood that a bin must gain over being one with its neighbour.
    turn_gain
        Log likelihood that a turn must gain besides.

    >>> counts = np.array([[5.0, 95.0], [9.0, 91.0], [7.0, 93.0], [30.0, 70.0]])
    >>> merge_bins(counts, counts.sum(axis=1), +1, 50, 1.0, 5.0).tolist()
    [0, 0, 0, 1]
    """
    if sign:
        starts = _merged(counts, rows, _one_way(counts, sign > 0), least_rows, least_gain)
        return _numbered(starts, len(counts))
    best, most = np.zeros(1, dtype=np.int64), -np.inf
    for rising in (True, False):
        turned = max(_one_turn(counts, rising), key=lambda s: _support(np.add.reduceat(counts, s)).sum(), default=best)
        for starts, cost in ((_one_way(counts, rising), 0.0), (turned, turn_gain)):
            starts = _merged(counts, rows, starts, least_rows, least_gain)
            worth = float(_support(np.add.reduceat(counts, starts)).sum()) - cost - least_gain * len(starts)
            if worth > most:
                best, most = starts, worth
    return _numbered(best, len(counts))


def _numbered(starts: Ints, bins: int) -> Ints:
    return np.searchsorted(starts, np.arange(bins), side="right") - 1
