"""A straight line from the trees' margin to calibrated log-odds, drawn towards a line held before.

Platt's method with a prior (doi 10.1145/1102351.1102430 compares it with isotonic regression): a few hundred
rows move the line only as far as they prove it wrong. The slope stays above 0, so ranks never change.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from serving.scorer import Calibration

Floats = npt.NDArray[np.float64]

_SLOPE_SPREAD, _LEVEL_SPREAD = 0.2, 0.5
"""Standard deviations of the log slope and of the level (log-odds at the mean margin) around the line held before."""


def fit_calibration(margin: Floats, y: Floats, before: Calibration | None = None) -> Calibration:
    """Return the most plausible line given outcomes ``y`` (n,) at ``margin`` (n,) and the line held ``before``.

    >>> rng = np.random.default_rng(0)
    >>> margin = rng.normal(-2, 1, 20_000)
    >>> line = fit_calibration(margin, (rng.random(20_000) < expit(0.5 * margin + 1)).astype(float))
    >>> round(line.slope, 1), round(line.intercept, 1)
    (0.5, 1.0)
    """
    held = before or Calibration()
    centre = float(margin.mean())
    level = held.slope * centre + held.intercept

    def loss(step: Floats) -> tuple[float, Floats]:
        slope = held.slope * np.exp(step[0])
        log_odds = slope * (margin - centre) + level + step[1]
        gap = expit(log_odds) - y
        fit = float(np.logaddexp(0, log_odds).sum() - (y * log_odds).sum())
        doubt = float((step[0] / _SLOPE_SPREAD) ** 2 + (step[1] / _LEVEL_SPREAD) ** 2) / 2
        gradient = [gap @ (slope * (margin - centre)), gap.sum()]
        return fit + doubt, np.array(gradient) + step / np.array([_SLOPE_SPREAD, _LEVEL_SPREAD]) ** 2

    step = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B").x
    slope = float(held.slope * np.exp(step[0]))
    return Calibration(slope, float(level + step[1] - slope * centre))
