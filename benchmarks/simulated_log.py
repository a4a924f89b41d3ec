"""Logs of decisions whose truth is known, of the kinds a bank has, for asking how often an interval is right.

Customers have one to five rows and a temper of their own that no column shows, so that rows of one customer are alike.
The outcome model given to the estimators is wrong on purpose: it is shrunk, shifted, and knows nothing of the temper.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, softmax

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ACTIONS = 9
_PATTERN = np.random.default_rng(7).normal(size=(3, ACTIONS))
_LEANING = np.random.default_rng(8).normal(size=(3, ACTIONS))
_TEMPER = 0.6
_AMOUNT, _AMOUNT_SPREAD = 1_000.0, 0.8


@dataclass(frozen=True)
class Kind:
    """A kind of log: ``rows`` of it; how the logger chose; whether the outcome is the money paid or 0/1.

    ``logger``: "uniform" over nine actions; "skewed", by what the customer is like; "ladder", one action by rule and
    a tenth of the rows at random. Amounts are lognormal with the spread, 0.8, of the simulated bank's instalments.
    """

    rows: int
    logger: str
    money: bool = False


KINDS = {
    "uniform logger, paid or not": Kind(2_000, "uniform"),
    "skewed logger, paid or not": Kind(4_000, "skewed"),
    "ladder with a tenth at random, paid or not": Kind(5_000, "ladder"),
    "skewed logger, money paid": Kind(4_000, "skewed", money=True),
}


@dataclass(frozen=True)
class SimulatedLog:
    """What was logged and the policy under test; n rows, k actions.

    ``worth`` and ``logger_worth`` (n,): what that policy, and the one that logged, are worth in each row.
    """

    action: Ints
    outcome: Floats
    propensity: Floats
    target: Floats
    predicted: Floats
    customer: Ints
    worth: Floats
    logger_worth: Floats


def simulated_log(kind: Kind, rng: np.random.Generator, rows: int | None = None) -> SimulatedLog:
    """Return a log of ``rows`` decisions (None: as many as the kind has)."""
    n = kind.rows if rows is None else rows
    row = np.arange(n)
    customer = np.repeat(row, rng.integers(1, 6, n))[:n]
    members = customer[-1] + 1
    x = rng.normal(size=(members, 3))[customer] + 0.3 * rng.normal(size=(n, 3))
    odds = -0.4 + 0.4 * x[:, :1] + np.linspace(0, 0.45, ACTIONS) + 0.15 * x @ _PATTERN
    paid = expit(odds + _TEMPER * rng.normal(size=(members, 1))[customer])
    logger = _chances(kind.logger, x)
    action = (logger.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
    amount = _AMOUNT * np.exp(0.3 * x[:, 1] + _AMOUNT_SPREAD * rng.normal(size=n)) if kind.money else np.ones(n)
    outcome = (rng.random(n) < paid[row, action]) * amount
    best = (odds + 0.1 * _LEANING[0]).argmax(axis=1)
    target = np.full((n, ACTIONS), 0.05 / ACTIONS)
    target[row, best] += 0.95
    predicted = (0.03 + 0.9 * expit(odds)) * amount[:, None]
    worth, logger_worth = ((policy * paid).sum(axis=1) * amount for policy in (target, logger))
    return SimulatedLog(action, outcome, logger[row, action], target, predicted, customer, worth, logger_worth)


def true_values(kind: Kind, rows: int = 2_000_000, seed: int = 1) -> tuple[float, float]:
    """Return what the policy under test is worth a decision, and what it gains over the logger, on a far larger log."""
    rng, part = np.random.default_rng(seed), 100_000
    logs = (simulated_log(kind, rng, part) for _ in range(rows // part))
    worth, logger_worth = np.mean([(log.worth.mean(), log.logger_worth.mean()) for log in logs], axis=0)
    return float(worth), float(worth - logger_worth)


def _chances(logger: str, x: Floats) -> Floats:
    if logger == "uniform":
        return np.full((len(x), ACTIONS), 1 / ACTIONS)
    if logger == "skewed":
        return 0.8 * softmax(0.8 * x @ _LEANING, axis=1) + 0.2 / ACTIONS
    ruled = np.select([x[:, 0] < -1, x[:, 0] < 0], [8, 4], 1)
    return np.where(np.arange(ACTIONS) == ruled[:, None], 0.9, 0.0) + 0.1 / ACTIONS
