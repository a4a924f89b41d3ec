"""Placebo: the same judgement on a log in which there is nothing to find, many times.

Actions change hands among rows that had the same chances of each; outcomes stay. Whatever gain is then found is chance
or a flaw of the procedure, never the work of an action.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import PolicyError
from serving.offpolicy.decision_log import DecisionLog, label_column, read_log
from serving.offpolicy.row_scores import method_name, row_scores

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_ROUNDING = 1e-9
_FEWEST_ROUNDS = 19

type Learn = Callable[[Ints, Floats], tuple[Any, Any]]
"""From actions (n,) codes and propensities (n,) to a target (n, k) and predictions (n, k), or None for the latter."""


@dataclass(frozen=True)
class Placebo:
    """The gain on the log as it is, and its distribution when nothing could be learned.

    ``gains`` (rounds,): the gain after each shuffle, in the unit of the outcome; ``mean``, ``low`` and ``high`` its
    mean and the middle 95 %. ``share``: how often chance does as well, (1 + shuffles with a gain not below ``gain``) /
    (1 + rounds): the p-value of "no action changes any outcome", one-sided; small is good.

    The mean is 0 but for how unevenly actions happened to fall, which ips feels and snips and dr hardly do. A mean
    with ``learn`` clearly above the one without is what judging on the rows one learned from brings: then no gain
    found in that way is to be trusted. ``mean_error``: the standard error of the mean over shuffles.
    """

    gain: float
    gains: Floats
    mean: float
    mean_error: float
    low: float
    high: float
    share: float


def placebo_gain(
    action: npt.ArrayLike,
    outcome: npt.ArrayLike,
    propensity: npt.ArrayLike,
    target: Any,
    baseline: Any = None,
    predicted: Any = None,
    method: str = "dr",
    strata: npt.ArrayLike | None = None,
    learn: Learn | None = None,
    rounds: int = 200,
    seed: int = 0,
) -> Placebo:
    """Return the gain of ``target`` over ``baseline`` (None: the logger), and what it is after each of many shuffles.

    Arguments as those of ``policy_gain``. ``strata`` (n,) says which rows the logger treated alike, so that each of
    a stratum's rows had the same chance of each action: only among them may actions change hands. None: all rows.
    Give only rows that were assigned by chance. ``learn`` makes target and predictions from shuffled actions as
    they were made from the real ones; without it both stay, and only the judgement is tested. Given the strata the
    share is exact, whatever the outcomes are, also with several rows a customer (Fisher's randomisation test).

    Raises
    ------
    PolicyError
        When an argument is out of range, or an action had two propensities in one stratum.
    """
    if rounds < _FEWEST_ROUNDS:
        raise PolicyError(f"rounds must be at least {_FEWEST_ROUNDS} for a share of 1 in 20, got {rounds}.")
    name = method_name(method)
    ours = read_log(action, outcome, propensity, target, predicted)
    theirs = None if baseline is None else read_log(action, outcome, propensity, baseline, predicted)
    stratum = _strata(strata, len(ours.action))
    _refuse_mixed(ours, stratum)
    gain = _gain(ours, theirs, name)
    gains = np.array([_gain(*pair, name) for pair in _shuffled(ours, theirs, stratum, learn, rounds, seed)])
    low, high = np.quantile(gains, [0.025, 0.975])
    return Placebo(
        gain=gain,
        gains=gains,
        mean=float(gains.mean()),
        mean_error=float(gains.std(ddof=1) / np.sqrt(rounds)),
        low=float(low),
        high=float(high),
        share=float((1 + (gains >= gain - _ROUNDING).sum()) / (1 + rounds)),
    )


def _gain(ours: DecisionLog, theirs: DecisionLog | None, method: str) -> float:
    running = ours.outcome if theirs is None else row_scores(theirs, method)
    return float(row_scores(ours, method).mean() - running.mean())


def _shuffled(
    ours: DecisionLog, theirs: DecisionLog | None, stratum: Ints, learn: Learn | None, rounds: int, seed: int
) -> Iterator[tuple[DecisionLog, DecisionLog | None]]:
    """Yield the log of each policy with actions, and the propensity each had, dealt anew within strata."""
    rng = np.random.default_rng(seed)
    place = np.argsort(stratum, kind="stable")
    for _ in range(rounds):
        source = np.empty_like(place)
        source[place] = np.lexsort((rng.random(len(stratum)), stratum))
        new = replace(ours, action=ours.action[source], propensity=ours.propensity[source])
        if learn is not None:
            new = _learned(new, learn)
        yield new, None if theirs is None else replace(new, target=theirs.target)


def _learned(log: DecisionLog, learn: Learn) -> DecisionLog:
    target, predicted = learn(log.action, log.propensity)
    return read_log(cast(Any, log.action), cast(Any, log.outcome), cast(Any, log.propensity), target, predicted)


def _strata(strata: npt.ArrayLike | None, rows: int) -> Ints:
    if strata is None:
        return np.zeros(rows, dtype=np.int64)
    return pd.factorize(label_column("strata", strata, rows))[0].astype(np.int64)


def _refuse_mixed(log: DecisionLog, stratum: Ints) -> None:
    """Raise where an action had two propensities in one stratum: its rows were not treated alike."""
    cells = pd.DataFrame({"stratum": stratum, "action": log.action, "propensity": log.propensity})
    chances = cells.groupby(["stratum", "action"])["propensity"].agg(["min", "max"])
    mixed = chances[chances["max"] > chances["min"] * (1 + 1e-6)]
    if len(mixed):
        worst = mixed.iloc[0]
        raise PolicyError(
            f"{len(mixed)} actions had differing propensities within a stratum, the first from {worst['min']:.4g} to "
            f"{worst['max']:.4g}: give strata in which all rows had the same chances, or only rows assigned at random."
        )
