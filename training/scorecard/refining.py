"""What a column says that the rest of the card does not: its bins and weights of evidence, given the others.

Two columns that tell the same story would both be believed. So each is weighed again by what the others did not
foresee: a default counts 1 - p and any other row p, where p is the default probability by the other columns. The
weight of evidence of those counts is 0 where the others already say it all, and the usual one where they say
nothing; its information value is a marginal one. Taking the columns in turn is backfitting (doi
10.1214/ss/1177013604).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from training.scorecard.binning import Cut, merge_cut
from training.scorecard.characteristic import Characteristic

Floats = npt.NDArray[np.float64]

_SMOOTHING = 3.0
"""Surprise of either kind that every bin starts with."""

_NEWTON_STEPS = 5

_LEAST_GAIN, _TURN_GAIN = 1.0, 3.0
"""As in binning.py, but on surprises, which add up to about a third of the rows."""


def _level(log_odds: Floats, y: Floats) -> float:
    """Return what must be added to the log-odds for as many defaults to be expected as there are."""
    shift = 0.0
    for _ in range(_NEWTON_STEPS):
        expected = expit(log_odds + shift)
        shift += float((y - expected).sum() / (expected * (1 - expected)).sum())
    return shift


def weigh_given_rest(cut: Cut, y: Floats, rest: Floats, sign: int) -> Characteristic:
    """Merge the bins of a column and weigh them by the outcomes ``y`` (n,) that ``rest`` (n,) did not foresee.

    ``rest`` is the log-odds of default by the other columns, at the level of ``y``. ``sign`` is that of
    ``weigh_column``.
    """
    expected = expit(rest)
    surprise = np.column_stack([cut.totals(y * (1 - expected)), cut.totals((1 - y) * expected)])
    merged = merge_cut(cut, surprise[:-1] + _SMOOTHING, sign, _LEAST_GAIN, _TURN_GAIN)
    starts, bins = np.append(merged, merged.max() + 1), int(merged.max()) + 2
    smooth = np.column_stack([np.bincount(starts, kind + _SMOOTHING, bins) for kind in surprise.T])
    shares = np.column_stack([np.bincount(starts, kind, bins) / kind.sum() for kind in surprise.T])
    woe = np.log(smooth[:, 0] / smooth[:, 1])
    return cut.characteristic(merged, y, woe, float((shares[:, 0] - shares[:, 1]) @ woe))


def refine(
    cuts: Mapping[str, Cut],
    y: Floats,
    signs: Mapping[str, int],
    rounds: int,
    least_iv: float,
) -> dict[str, Characteristic]:
    """Weigh the columns in turn, ``rounds`` times, each given all others; return what the last round found.

    At the start no column adds to the log-odds of default. Nor does, until its next turn, a column whose
    information value given the others is below ``least_iv``.
    """
    nothing = np.zeros(len(y))
    parts = dict.fromkeys(cuts, nothing)
    log_odds = nothing
    found: dict[str, Characteristic] = {}
    for _ in range(rounds):
        for name, cut in cuts.items():
            rest = log_odds - parts[name]
            rest = rest + _level(rest, y)
            found[name] = weigh_given_rest(cut, y, rest, signs.get(name, 0))
            parts[name] = found[name].evidence(cut.cells) if found[name].iv >= least_iv else nothing
            log_odds = rest + parts[name]
    return found
