"""Two intervals that are often taken for one another: around what was observed, and around what was expected.

Around an observed rate: where the true rate may lie (Wilson). Around an expected rate: where the observed rate of
so many cases falls 95 times in 100 if the probabilities are right; this is the one a model is held against.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import binom, binomtest

from training.review.bootstrap import LEVEL

Floats = npt.NDArray[np.float64]


def around_observed(defaults: int, cases: int, level: float = LEVEL) -> tuple[float, float]:
    """Return Wilson's interval of a rate (doi 10.1080/01621459.1927.10502953).

    >>> low, high = around_observed(5, 50)
    >>> round(low, 4), round(high, 4)
    (0.0435, 0.2136)
    """
    found = binomtest(defaults, cases).proportion_ci(level, method="wilson")
    return float(found.low), float(found.high)


def around_expected(expected: float, cases: float, level: float = LEVEL) -> tuple[float, float]:
    """Return the rates between which the observed rate of ``cases`` falls with probability ``level`` or more.

    Quantiles of the binomial with the expected rate; ``cases`` may be an effective number, see ``effective_cases``.
    Cases of differing probabilities vary a little less than the binomial says: the interval is on the wide side.

    >>> around_expected(0.05, 100)
    (0.01, 0.1)
    """
    trials = max(int(cases), 1)
    ends = [float(binom.ppf(side, trials, expected)) / trials for side in ((1 - level) / 2, (1 + level) / 2)]
    return ends[0], ends[1]


def likeness(rows: pd.DataFrame, column: str = "default_probability") -> float:
    """Return how alike the outcomes of one customer are beyond what the probability knows, in [0, 1].

    The mean product of a customer's residuals at two moments, over what it would be if they were the same
    outcome: sum r_i r_j / sum sqrt(v_i v_j) over pairs of one customer's cases, r = outcome - p, v = p (1 - p).
    Horizons that overlap make it large: what happens in the shared part happens to both.
    """
    p = rows[column].to_numpy(np.float64)
    spread = np.sqrt(p * (1 - p))
    parts = pd.DataFrame({"r": rows["outcome"].to_numpy(np.float64) - p, "s": spread})
    squares = parts**2
    whose = rows["customer"].to_numpy()
    pairs = parts.groupby(whose).sum() ** 2 - squares.groupby(whose).sum()
    most = float(pairs["s"].sum())
    return float(np.clip(pairs["r"].sum() / most, 0, 1)) if most > 0 else 0.0


def effective_cases(customer: npt.NDArray[np.int64], alike: float) -> float:
    """Return how many cases of different customers say as much as these, ``customer`` (n,) being whose each is.

    Kish's design effect: n / (1 + (m - 1) x ``alike``), m being the mean number of cases of the customer of a case.

    >>> effective_cases(np.array([1, 1, 2, 2]), 1.0), effective_cases(np.array([1, 1, 2, 2]), 0.0)
    (2.0, 4.0)
    """
    n = len(customer)
    counts = np.unique(customer, return_counts=True)[1]
    return float(n / (1 + ((counts**2).sum() / n - 1) * alike)) if n else 0.0
