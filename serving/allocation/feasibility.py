"""Whether bounds can be kept together at all; if not, a refusal with the numbers.

They cannot when some mix of them, each with a weight of at least 0, is exceeded even where every customer
takes the action that uses least of the mix (Farkas' lemma).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from features.errors import PolicyError
from serving.allocation.bundle import began, minimise
from serving.allocation.lagrangian import Bound, Floats, Relaxed

_CERTAIN = 1e-7


def refuse_impossible(relaxed: Relaxed, bounds: Sequence[Bound]) -> None:
    """Raise PolicyError when no assignment, not even one of shares of customers, keeps every bound."""
    if _doing_nothing_keeps_all(relaxed):
        return
    worthless = replace(relaxed, value=np.where(np.isfinite(relaxed.value), 0.0, -np.inf))
    for k, bound in enumerate(bounds):
        spare = _spare(worthless, np.eye(len(bounds))[k])
        if spare < -_CERTAIN:
            least = bound.limit - spare * relaxed.unit[k]
            raise PolicyError(f"{bound.name} cannot be kept: {_words(least, bound.limit)}.")
    certain = _CERTAIN * np.sqrt(len(relaxed.value))
    first = began(worthless.dual, np.zeros(len(bounds)), 1.0)
    mix = minimise(worthless.dual, first, 1e-9, highest=1.0, enough=-certain)
    if mix.value < -certain:
        names = [
            f"{bound.name} ({bound.limit:,.6g})"
            for bound, weight in zip(bounds, mix.prices, strict=True)
            if weight > 1e-9
        ]
        raise PolicyError(f"these bounds cannot be kept together: {', '.join(names)}.")


def _doing_nothing_keeps_all(relaxed: Relaxed) -> bool:
    """Tell whether some action that uses nothing is open to everyone, and no bound asks for more than nothing."""
    idle = (relaxed.usage == 0).all(axis=0)
    return bool((relaxed.limits >= 0).all() and np.isfinite(relaxed.value[:, idle]).all(axis=0).any())


def _spare(worthless: Relaxed, mix: Floats) -> float:
    """Return what a mix of bounds has left, in units, where everyone uses as little of it as they may."""
    return worthless.dual(mix)[0]


def _words(least: float, limit: float) -> str:
    """Say what can be had and what is asked; minimum service is a bound below 0."""
    if limit < 0:
        return f"at least {-limit:,.6g} is asked, at most {-least:,.6g} can be had"
    return f"at most {limit:,.6g} is asked, {least:,.6g} is the least that can be had"
