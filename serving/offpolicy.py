"""The value of a policy that was not the one running, from logged decisions and their propensities.

Every method is a score a row first and a mean second. The propensity is that of the action that was logged,
under the policy that logged it: a wrong one makes a wrong value with a narrow interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import PolicyError
from serving.decision_log import DecisionLog, label_column, read_log

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

METHODS = ("dm", "ips", "snips", "dr", "switch-dr", "dr-os")
"""What ``policy_value`` can do; "ipw" and "snipw" are other names of "ips" and "snips"."""

FEWEST_EFFECTIVE_ROWS = 50.0
SMALLEST_OVERLAP = 0.5

_TAMED = ("switch-dr", "dr-os")
_ALIASES = {"ipw": "ips", "snipw": "snips", "switch_dr": "switch-dr", "dr_os": "dr-os"}
_REPLICATES, _MOST_BLOCKS, _CHUNK_CELLS = 1_000, 5_000, 2_000_000


@dataclass(frozen=True)
class PolicyValue:
    """What the policy under test is worth, in the unit of the outcome, and what the answer rests on.

    ``low`` and ``high`` bound a 95 % interval. ``ess``: effective rows, (sum w)^2 / sum w^2. ``overlap``: the
    mean weight, at most 1, which estimates the share of the target's decisions that the logger could have
    made. ``never_logged``: the share of the target's decisions on actions that no row shows. ``threshold``:
    the setting of switch-dr or dr-os that was chosen; infinity leaves every weight as it is.
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


def row_scores(log: DecisionLog, method: str = "dr", threshold: float | None = None) -> Floats:
    """Return a score a row, (n,), whose mean is the value of the target; the larger the better.

    dm: the model's expectation. ips: w x outcome; snips: the same over the mean weight
    (Swaminathan and Joachims 2015, NeurIPS 28). dr: the model's expectation plus w x its surprise
    (10.1214/14-STS500). switch-dr leaves out weights above ``threshold`` (Wang, Agarwal and Dudik 2017,
    ICML, PMLR 70:3589); dr-os shrinks them to threshold x w / (w^2 + threshold) (Su et al. 2020, ICML,
    PMLR 119:9167). None chooses the threshold by ``choose_threshold``.

    >>> log = read_log([0, 1], [0, 1], [0.5, 0.5], [[0.0, 1.0], [0.0, 1.0]])
    >>> row_scores(log, "ips").tolist()
    [0.0, 2.0]

    Raises
    ------
    PolicyError
        When the method is unknown, or needs an outcome model and has none.
    """
    name = _method(method)
    if name == "dm":
        return log.model_value
    if name in ("ips", "snips"):
        scale = log.weight.mean() if name == "snips" else 1.0
        return log.weight * log.outcome / scale
    if name in _TAMED and threshold is None:
        threshold = choose_threshold(log, name)
    return log.model_value + _tamed(log.weight, name, threshold) * log.surprise


def choose_threshold(log: DecisionLog, method: str) -> float:
    """Return the threshold of switch-dr or dr-os with the least squared error, estimated on the safe side.

    The error of a threshold is the variance of its mean plus the square of the most that its bias can be
    (``largest_bias``); infinity, which is dr, is always among those tried.
    """
    name = _method(method)
    weight = log.weight
    used = weight[weight > 0]
    quantiles = np.quantile(used, np.linspace(0.5, 1.0, 21)) if len(used) else np.empty(0)
    grid = quantiles if name == "switch-dr" else np.outer(quantiles**2, [1.0, 10.0, 100.0]).ravel()

    def error(threshold: float) -> float:
        scores = log.model_value + _tamed(weight, name, threshold) * log.surprise
        return largest_bias(log, name, threshold) ** 2 + float(np.var(scores)) / len(weight)

    return float(min(np.append(grid, np.inf), key=error))


def largest_bias(log: DecisionLog, method: str, threshold: float) -> float:
    """Return the most that taming weights can move the value: the mean of (weight left out x |surprise|)."""
    left_out = log.weight - _tamed(log.weight, _method(method), threshold)
    return float(np.mean(left_out * np.abs(log.surprise)))


def policy_value(
    action: Sequence[Any],
    outcome: Sequence[Any],
    propensity: Sequence[Any],
    target: Any,
    predicted: Any = None,
    method: str = "dr",
    seed: int = 0,
    groups: Sequence[Any] | None = None,
) -> PolicyValue:
    """Return what the policy ``target`` would have been worth a decision, with a 95 % interval.

    ``action`` (n,): codes 0 to k - 1, or labels when ``target`` is a DataFrame with a column an action.
    ``outcome`` (n,): 0/1, or any finite amount. ``propensity`` (n,) in (0, 1]: of the logged action, under the
    logger. ``target`` (n, k): probabilities of each action under the policy. ``predicted`` (n, k): E[outcome |
    row, action], learned on other rows. ``groups`` (n,): customers, drawn whole by the bootstrap that makes
    the interval (with ``seed``); None draws rows. The interval of switch-dr and dr-os allows for their bias.

    Raises
    ------
    PolicyError
        When an argument is out of range, or (all methods but dm) the log has too little of what the target does.
    """
    log = read_log(action, outcome, propensity, target, predicted)
    name = _method(method)
    weight = log.weight
    shown = np.isin(np.arange(log.target.shape[1]), log.action)
    support = {
        "ess": float(weight.sum() ** 2 / (weight**2).sum()) if weight.any() else 0.0,
        "overlap": min(1.0, float(weight.mean())),
        "largest_weight": float(weight.max()),
        "never_logged": float(log.target[:, ~shown].sum(axis=1).mean()),
    }
    if name != "dm":
        _refuse_thin(support, len(weight))
    threshold = choose_threshold(log, name) if name in _TAMED else None
    scores = row_scores(log, name, threshold)
    blocks = np.arange(len(weight)) if groups is None else pd.factorize(label_column("groups", groups, len(weight)))[0]
    # A self-normalised mean is a ratio of sums, and the bootstrap has to draw both.
    share = weight / weight.mean() if name == "snips" else np.ones(len(weight))
    value, low, high = bootstrap_ratio(scores, share, blocks, seed)
    bias = 0.0 if threshold is None else largest_bias(log, name, threshold)
    return PolicyValue(value, low - bias, high + bias, **support, rows=len(weight), method=name, threshold=threshold)


def bootstrap_ratio(top: Floats, bottom: Floats, group: Ints, seed: int) -> tuple[float, float, float]:
    """Return sum of ``top`` over sum of ``bottom``, both (n,), with a bootstrap 95 % interval.

    The interval holds both the percentile and the studentised one: with heavy weights each is too short on
    one side. Whole groups are drawn; beyond some thousands they are first dealt at random into blocks.
    """
    rng = np.random.default_rng(seed)
    members = int(group.max()) + 1
    if members > _MOST_BLOCKS:
        group = (rng.permutation(members) % _MOST_BLOCKS)[group]
    a, b = np.bincount(group, top), np.bincount(group, bottom)
    value = float(a.sum() / b.sum())
    left = a - value * b
    moments = np.column_stack([left, b, left**2, left * b, b**2])
    deviation, error = _studentised(moments, rng)
    spread = float(np.sqrt((left**2).sum()) / b.sum())
    if spread == 0 or len(a) < 2:
        return value, value, value
    upper, lower = np.quantile(deviation / np.maximum(error, 1e-3 * spread), [0.975, 0.025])
    below, above = np.quantile(deviation, [0.025, 0.975])
    return value, value + float(min(below, -upper * spread)), value + float(max(above, -lower * spread))


def _studentised(moments: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return, of each replicate, the ratio less the ratio of the sample, and its standard error."""
    size = len(moments)
    step = max(1, _CHUNK_CELLS // size)
    sums = np.concatenate(
        [_counts(rng, min(step, _REPLICATES - done), size) @ moments for done in range(0, _REPLICATES, step)]
    )
    deviation = sums[:, 0] / sums[:, 1]
    square = sums[:, 2] - 2 * deviation * sums[:, 3] + deviation**2 * sums[:, 4]
    return deviation, np.sqrt(np.maximum(square, 0.0)) / sums[:, 1]


def _counts(rng: np.random.Generator, replicates: int, size: int) -> Floats:
    """Return how often each of ``size`` blocks is drawn in each replicate."""
    drawn = rng.integers(0, size, (replicates, size)) + size * np.arange(replicates)[:, None]
    return np.bincount(drawn.ravel(), minlength=replicates * size).reshape(replicates, size).astype(np.float64)


def _tamed(weight: Floats, method: str, threshold: float | None) -> Floats:
    if method == "dr" or threshold is None or np.isinf(threshold):
        return weight
    if method == "switch-dr":
        return np.where(weight <= threshold, weight, 0.0)
    return threshold * weight / (weight**2 + threshold)


def _refuse_thin(support: dict[str, float], rows: int) -> None:
    if support["ess"] >= FEWEST_EFFECTIVE_ROWS and support["overlap"] >= SMALLEST_OVERLAP:
        return
    raise PolicyError(
        f"too little overlap to value this policy: of {rows} rows {support['ess']:.1f} are effective "
        f"(at least {FEWEST_EFFECTIVE_ROWS:.0f} are needed), the mean weight is {support['overlap']:.3f} "
        f"(at least {SMALLEST_OVERLAP}), the largest weight is {support['largest_weight']:.1f}, and "
        f"{support['never_logged']:.1%} of its decisions are on actions that no row shows."
    )


def _method(method: str) -> str:
    name = _ALIASES.get(method, method)
    if name not in METHODS:
        raise PolicyError(f"method must be one of {', '.join(METHODS)}, got {method!r}.")
    return name
