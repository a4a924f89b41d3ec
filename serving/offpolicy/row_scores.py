"""Scores a row whose mean is the value of a policy, one kind a method: a mean of rows can be resampled and compared.

A score says nothing of its own row: it is heavy where the logger seldom did what the target does. Only means count.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.errors import PolicyError
from serving.offpolicy.decision_log import DecisionLog

Floats = npt.NDArray[np.float64]

METHODS = ("dm", "ips", "snips", "dr", "switch-dr", "dr-os")
"""What ``policy_value`` can do; "ipw" and "snipw" are other names of "ips" and "snips"."""

TAMED = ("switch-dr", "dr-os")
"""Methods that trade heavy weights for bias, by a threshold."""

_ALIASES = {"ipw": "ips", "snipw": "snips", "switch_dr": "switch-dr", "dr_os": "dr-os"}


def method_name(method: str) -> str:
    """Return the name of a method in ``METHODS``.

    Raises
    ------
    PolicyError
        When there is no such method.
    """
    name = _ALIASES.get(method, method)
    if name not in METHODS:
        raise PolicyError(f"method must be one of {', '.join(METHODS)}, got {method!r}.")
    return name


def arm_scores(log: DecisionLog) -> Floats:
    """Return the doubly robust score of every action in every row, (n, k), in the unit of the outcome.

    The model's expectation, plus, for the action that was logged, its surprise over the propensity
    (10.1214/14-STS500). The mean of a column estimates what that action would bring if all rows got it; the mean of
    a difference of columns its effect; the target-weighted mean is the value of the target by dr.

    >>> from serving.offpolicy.decision_log import read_log
    >>> log = read_log([0, 1], [0, 1], [0.5, 0.25], np.eye(2), np.full((2, 2), 0.5))
    >>> arm_scores(log).tolist()
    [[-0.5, 0.5], [0.5, 2.5]]

    Raises
    ------
    PolicyError
        When the log has no outcome model.
    """
    scores: Floats = log.model().copy()
    scores[np.arange(len(log.action)), log.action] += log.surprise / log.propensity
    return scores


def row_scores(log: DecisionLog, method: str = "dr", threshold: float | None = None) -> Floats:
    """Return a score a row, (n,), whose mean is the value of the target; the larger the better.

    dm: the model's expectation. ips: w x outcome. snips: V + w x (outcome - V) over the mean weight, V being the
    weighted mean outcome: its mean is V and its spread that of a ratio (Swaminathan and Joachims 2015, NeurIPS 28).
    dr: the model's expectation plus w x its surprise (10.1214/14-STS500). switch-dr leaves out weights above
    ``threshold`` (Wang, Agarwal and Dudik 2017, ICML, PMLR 70:3589); dr-os shrinks them to
    threshold x w / (w^2 + threshold) (Su et al. 2020, ICML, PMLR 119:9167). None chooses the threshold by
    ``choose_threshold``.

    >>> from serving.offpolicy.decision_log import read_log
    >>> log = read_log([0, 1], [0, 1], [0.5, 0.5], [[0.0, 1.0], [0.0, 1.0]])
    >>> row_scores(log, "ips").tolist()
    [0.0, 2.0]

    Raises
    ------
    PolicyError
        When the method is unknown, or needs an outcome model and has none.
    """
    name = method_name(method)
    if name == "dm":
        return log.model_value
    if name == "ips":
        return log.weight * log.outcome
    if name == "snips":
        return _self_normalised(log.weight, log.outcome)
    if name in TAMED and threshold is None:
        threshold = choose_threshold(log, name)
    return log.model_value + _tamed(log.weight, name, threshold) * log.surprise


def choose_threshold(log: DecisionLog, method: str) -> float:
    """Return the threshold of switch-dr or dr-os with the least squared error, estimated on the safe side.

    The error of a threshold is the variance of its mean plus the square of the most that its bias can be
    (``largest_bias``); infinity, which is dr, is always among those tried.
    """
    name = method_name(method)
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
    left_out = log.weight - _tamed(log.weight, method_name(method), threshold)
    return float(np.mean(left_out * np.abs(log.surprise)))


def _self_normalised(weight: Floats, outcome: Floats) -> Floats:
    mean = weight.mean()
    if mean == 0:
        raise PolicyError("snips has no value: the target does nothing that any row shows, all weights are 0.")
    value = np.mean(weight * outcome) / mean
    return value + weight * (outcome - value) / mean


def _tamed(weight: Floats, method: str, threshold: float | None) -> Floats:
    if method == "dr" or threshold is None or np.isinf(threshold):
        return weight
    if method == "switch-dr":
        return np.where(weight <= threshold, weight, 0.0)
    return threshold * weight / (weight**2 + threshold)
