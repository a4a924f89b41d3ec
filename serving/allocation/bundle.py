"""The least value of a convex function of a few prices, each at least 0, by cutting planes in a trust region.

Each step asks the function once, for its value and a gradient, and HiGHS for the least of the planes seen so
far within the region; the region grows where the planes are right and shrinks where they are not
(Marsten, Hogan and Blankenship 1975, 10.1287/opre.23.3.389).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

Floats = npt.NDArray[np.float64]

type Oracle = Callable[[Floats], tuple[float, Floats]]

_MOST_PLANES = 200
_SERIOUS, _RIGHT = 0.1, 0.6


type Plane = tuple[Floats, float, Floats]
"""Where the function was asked, its value and its gradient there."""


@dataclass(frozen=True)
class Least:
    """Where the function was found least, (r,), its value there, and what is known of it around: to go on from."""

    prices: Floats
    value: float
    radius: float
    planes: tuple[Plane, ...]


def began(oracle: Oracle, prices: Floats, radius: float) -> Least:
    """Ask at ``prices`` (r,); ``radius`` is how far a first step may go."""
    value, gradient = oracle(prices)
    return Least(prices, value, radius, ((prices, value, gradient),))


def minimise(
    oracle: Oracle,
    least: Least,
    tolerance: float,
    most_asked: int = 200,
    highest: float = np.inf,
    enough: float = -np.inf,
) -> Least:
    """Go on until the planes promise at most ``tolerance`` more, or the value is ``enough``.

    ``highest`` bounds every price.

    >>> def square(p: Floats) -> tuple[float, Floats]:
    ...     return float(((p - 2.0) ** 2).sum()), 2 * (p - 2.0)
    >>> minimise(square, began(square, np.zeros(2), 1.0), 1e-9).prices.round(3).tolist()
    [2.0, 2.0]
    """
    centre, value, radius, planes = least.prices, least.value, least.radius, list(least.planes)
    for _ in range(most_asked):
        step, promised = _least_of_planes(planes, centre, value, radius, highest)
        if promised <= tolerance or value <= enough:
            break
        trial = centre + step
        found, slope = oracle(trial)
        planes.append((trial, found, slope))
        gained = value - found
        if gained < _SERIOUS * promised:
            radius *= 0.5
        else:
            centre, value = trial, found
            at_edge = np.abs(step).max() >= radius * (1 - 1e-9)
            radius *= 2.5 if at_edge and gained >= _RIGHT * promised else 1.0
        planes = _near(planes, centre, value, radius)
    return Least(centre, value, radius, tuple(planes))


def _heights(planes: list[Plane], centre: Floats, value: float) -> tuple[Floats, Floats]:
    """Return how high each plane lies at the centre above the value there, and the slopes."""
    slopes = np.array([slope for _, _, slope in planes])
    return np.array([found - value + slope @ (centre - at) for at, found, slope in planes]), slopes


def _least_of_planes(
    planes: list[Plane], centre: Floats, value: float, radius: float, highest: float
) -> tuple[Floats, float]:
    """Return the step within the region to the least of the highest plane, and by how much that is below the value."""
    heights, slopes = _heights(planes, centre, value)
    scale = float(np.abs(slopes).max(initial=0.0)) * radius
    if scale == 0:
        return np.zeros_like(centre), 0.0
    rows = np.column_stack([slopes * (radius / scale), -np.ones(len(planes))])
    low, high = np.maximum(-1.0, -centre / radius), np.minimum(1.0, (highest - centre) / radius)
    bounds = np.column_stack([np.append(low, -np.inf), np.append(high, np.inf)])
    cost = np.append(np.zeros(len(centre)), 1.0)
    solved = linprog(cost, A_ub=rows, b_ub=-heights / scale, bounds=bounds.tolist(), method="highs")
    if solved.x is None:
        return np.zeros_like(centre), 0.0
    step = np.clip(solved.x[:-1], low, high) * radius
    return step, -float((heights + slopes @ step).max())


def _near(planes: list[Plane], centre: Floats, value: float, radius: float) -> list[Plane]:
    """Return the planes nearest to the value at the centre, the newest among equals."""
    if len(planes) <= _MOST_PLANES:
        return planes
    heights, slopes = _heights(planes, centre, value)
    reach = heights + radius * np.abs(slopes).sum(axis=1)
    return [planes[k] for k in sorted(np.argsort(-reach, kind="stable")[: _MOST_PLANES // 2])]
