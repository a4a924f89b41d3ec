"""The array types of the simulator, and the three small draws every part of it needs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.integer[Any]]
Mask = npt.NDArray[np.bool_]


def expit(logits: Floats) -> Floats:
    """Return 1 / (1 + exp(-logits)), of the same shape and dtype.

    >>> expit(np.array([0.0])).tolist()
    [0.5]
    """
    return np.reciprocal(1.0 + np.exp(-logits))


def normals(rng: np.random.Generator, *shape: int) -> Floats:
    """Return standard normal draws as float32."""
    return rng.standard_normal(shape, dtype=np.float32)


def uniforms(rng: np.random.Generator, *shape: int) -> Floats:
    """Return uniform draws in [0, 1) as float32."""
    return rng.random(shape, dtype=np.float32)


def pick_columns(weights: Floats, draws: Floats) -> Ints:
    """Pick a column in each row, with the probability of its weight; (n, k), (n,) in [0, 1) -> (n,).

    Weights are not negative and need not add up to one; a column of weight zero is never picked.

    >>> pick_columns(np.array([[1.0, 0.0, 1.0], [0.0, 2.0, 0.0]]), np.array([0.7, 0.0])).tolist()
    [2, 1]
    """
    heaps = np.cumsum(weights, axis=1, dtype=np.float64)
    return (heaps[:, :-1] <= (draws * heaps[:, -1])[:, None]).sum(axis=1)
