"""What each column does to the probability, measured on the fitted model: partial dependence, column by column.

All the cases are given one value after another of a column, the rest of each case left as it is
(Friedman 2001, doi 10.1214/aos/1013203451). Measured, so that a sign is seen and not taken on trust.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from serving.scorer import Scorer

Floats = npt.NDArray[np.float64]

CASES = 100
"""Cases that are given each value: the mean of a hundred curves is smooth enough to see which way it goes."""

VALUES = 7
"""Values of a column, its quantiles from the 1st to the 99th hundredth."""

NOISE = 0.01
"""A mean curve may go against its sign by this much log-odds (about 1 % of the odds) without being called a breach."""


def measured_effects(scorer: Scorer, X: pd.DataFrame, signs: Mapping[str, int]) -> pd.DataFrame:
    """Return the mean calibrated log-odds of ``CASES`` rows of ``X`` at each value of each column.

    Columns: ``feature``, ``sign`` (declared), ``value``, ``log_odds``. A column with one known value or none has
    no rows: it has no effect to measure. So have categories.
    """
    encoding = scorer.encoding
    cases = X.iloc[np.linspace(0, len(X) - 1, min(CASES, len(X))).astype(int)][list(encoding.columns)]
    parts = [
        _curve(scorer, cases, name, _quantiles(X[name].to_numpy(np.float64))).assign(sign=signs.get(name, 0))
        for name in encoding.columns
        if name not in encoding.categories
    ]
    empty = pd.DataFrame({"feature": [], "sign": [], "value": [], "log_odds": []})
    return pd.concat(parts, ignore_index=True)[list(empty)] if parts else empty


def against_sign(effects: pd.DataFrame) -> pd.Series[float]:
    """Return how far each signed column's curve goes against its sign at worst, in log-odds; 0 where it never does.

    From any value to any larger one, not only to the next: a slow decline counts in full.

    >>> curve = pd.DataFrame({"feature": "a", "sign": 1, "value": [1, 2, 3], "log_odds": [0.0, 0.5, 0.2]})
    >>> round(float(against_sign(curve)["a"]), 3)
    0.3
    """
    signed = effects[effects["sign"] != 0]
    rising = signed.assign(log_odds=signed["log_odds"] * signed["sign"]).sort_values("value", kind="stable")
    worst = {name: _fall(curve.to_numpy()) for name, curve in rising.groupby("feature", sort=False)["log_odds"]}
    return pd.Series(worst, name="against", dtype=np.float64).rename_axis("feature")


def sign_breaches(effects: pd.DataFrame) -> int:
    """Return how many columns go against their declared sign by more than ``NOISE``."""
    return int((against_sign(effects) > NOISE).sum())


def _curve(scorer: Scorer, cases: pd.DataFrame, name: str, values: Floats) -> pd.DataFrame:
    if len(values) < 2:
        return pd.DataFrame({"feature": [], "value": [], "log_odds": []})
    given = pd.concat([cases] * len(values)).assign(**{name: np.repeat(values, len(cases))})
    line = scorer.calibration
    log_odds = line.slope * scorer.margin(given) + line.intercept
    return pd.DataFrame(
        {"feature": name, "value": values, "log_odds": log_odds.reshape(len(values), len(cases)).mean(axis=1)}
    )


def _fall(curve: Floats) -> float:
    return float((np.maximum.accumulate(curve) - curve).max())


def _quantiles(column: Floats) -> Floats:
    known = column[~np.isnan(column)]
    if not len(known):
        return known
    return np.unique(np.quantile(known, np.linspace(0.01, 0.99, VALUES), method="inverted_cdf"))
