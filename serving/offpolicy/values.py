"""The value of a policy that was not the one running, and its gain over another, from logged decisions.

The propensity is that of the action that was logged, under the policy that logged it: a wrong one makes a wrong value
with a narrow interval.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import PolicyError
from serving.offpolicy.bootstrap import bootstrap_mean
from serving.offpolicy.decision_log import DecisionLog, label_column, read_log
from serving.offpolicy.overlap import Overlap
from serving.offpolicy.row_scores import TAMED, choose_threshold, method_name, row_scores

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PolicyValue:
    """What the policy under test is worth, in the unit of the outcome, and what the answer rests on.

    ``low`` and ``high`` bound a 95 % interval. ``ess``, ``overlap``, ``largest_weight``, ``never_logged``: see
    ``Overlap``. ``threshold``: the setting of switch-dr or dr-os that was chosen; infinity leaves every weight as it
    is.
    """

    value: float
    low: float
    high: float
    ess: float
    overlap: float
    largest_weight: float
    never_logged: float
    rows: int
    method: str
    threshold: float | None = None


@dataclass(frozen=True)
class PolicyGain:
    """What one policy brings over another on the same log, a decision, in the unit of the outcome.

    ``low`` and ``high`` bound a 95 % interval of ``gain``, narrower than the two values' own where the policies
    agree: what is hard about a row is hard for both. ``value`` and ``baseline_value`` are the two; ``ess`` and
    ``overlap`` the smaller of theirs.
    """

    gain: float
    low: float
    high: float
    value: float
    baseline_value: float
    ess: float
    overlap: float
    rows: int
    method: str


@dataclass(frozen=True)
class _Judged:
    """A policy's value by a method, and the scores, (n,), whose resampled mean says how sure it is."""

    value: float
    scores: Floats
    overlap: Overlap
    threshold: float | None


def _judge(log: DecisionLog, method: str) -> _Judged:
    overlap = Overlap.of(log)
    if method != "dm":
        overlap.refuse_thin()
    if method not in TAMED:
        scores = row_scores(log, method)
        return _Judged(float(scores.mean()), scores, overlap, None)
    threshold = choose_threshold(log, method)
    tamed = float(row_scores(log, method, threshold).mean())
    return _Judged(tamed, row_scores(log, "dr"), overlap, threshold)


def _blocks(groups: npt.ArrayLike | None, rows: int) -> Ints:
    if groups is None:
        return np.arange(rows)
    return pd.factorize(label_column("groups", groups, rows))[0].astype(np.int64)


def policy_value(
    action: npt.ArrayLike,
    outcome: npt.ArrayLike,
    propensity: npt.ArrayLike,
    target: Any,
    predicted: Any = None,
    method: str = "dr",
    seed: int = 0,
    groups: npt.ArrayLike | None = None,
) -> PolicyValue:
    """Return what the policy ``target`` would have been worth a decision, with a 95 % interval.

    ``action`` (n,): codes 0 to k - 1, or labels when ``target`` is a DataFrame with a column an action.
    ``outcome`` (n,): 0/1, or any finite amount. ``propensity`` (n,) in (0, 1]: of the logged action, under the
    logger. ``target`` (n, k): probabilities of each action under the policy. ``predicted`` (n, k): E[outcome |
    row, action], learned on other rows. ``groups`` (n,): customers, drawn whole by the bootstrap that makes
    the interval (with ``seed``); None draws rows.

    The interval of dm knows nothing of the model's errors. That of switch-dr and dr-os is dr's: what taming weights
    saves in variance it may cost in bias, and no log can rule that bias out, so no shorter interval is honest
    whatever the model's errors are (Armstrong and Kolesar 2018, 10.3982/ECTA14434).

    Raises
    ------
    PolicyError
        When an argument is out of range, fewer than two customers are logged, or (all methods but dm) the log has
        too little of what the target does.
    """
    log = read_log(action, outcome, propensity, target, predicted)
    name = method_name(method)
    judged = _judge(log, name)
    _, low, high = bootstrap_mean(judged.scores, _blocks(groups, len(log.action)), seed)
    value = judged.value
    support = asdict(judged.overlap)
    return PolicyValue(value, min(low, value), max(high, value), **support, method=name, threshold=judged.threshold)


def policy_gain(
    action: npt.ArrayLike,
    outcome: npt.ArrayLike,
    propensity: npt.ArrayLike,
    target: Any,
    baseline: Any = None,
    predicted: Any = None,
    method: str = "dr",
    seed: int = 0,
    groups: npt.ArrayLike | None = None,
) -> PolicyGain:
    """Return what ``target`` would bring a decision over ``baseline``, with a 95 % interval of the difference.

    Arguments as those of ``policy_value``; ``baseline`` (n, k) is another policy's probabilities, and None the policy
    that logged, whose value is the mean outcome. Scores are subtracted row by row and customers drawn whole.

    Raises
    ------
    PolicyError
        As ``policy_value`` does, for either policy.
    """
    log = read_log(action, outcome, propensity, target, predicted)
    name = method_name(method)
    ours = _judge(log, name)
    if baseline is None:
        theirs = _Judged(float(log.outcome.mean()), log.outcome, _of_logger(len(log.action)), None)
    else:
        theirs = _judge(read_log(action, outcome, propensity, _aligned(baseline, target), predicted), name)
    _, low, high = bootstrap_mean(ours.scores - theirs.scores, _blocks(groups, len(log.action)), seed)
    gain = ours.value - theirs.value
    return PolicyGain(
        gain=gain,
        low=min(low, gain),
        high=max(high, gain),
        value=ours.value,
        baseline_value=theirs.value,
        ess=min(ours.overlap.ess, theirs.overlap.ess),
        overlap=min(ours.overlap.overlap, theirs.overlap.overlap),
        rows=len(log.action),
        method=name,
    )


def _of_logger(rows: int) -> Overlap:
    return Overlap(ess=float(rows), overlap=1.0, largest_weight=1.0, never_logged=0.0, rows=rows)


def _aligned(baseline: Any, target: Any) -> Any:
    """Return ``baseline`` with the columns of ``target`` in its order, where both are tables."""
    if not (isinstance(baseline, pd.DataFrame) and isinstance(target, pd.DataFrame)):
        return baseline
    if set(baseline.columns) != set(target.columns):
        raise PolicyError(f"baseline has the actions {list(baseline.columns)}, target {list(target.columns)}.")
    return baseline[list(target.columns)]
