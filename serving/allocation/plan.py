"""The morning's plan: a book's values to the prices by which each of its customers is then decided for, alone.

The prices are those of the linear programme, moved until the choice by them, exploration included, keeps within
capacity: on average over its draws, and in the draws that the day's decisions will make.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from features.errors import PolicyError
from serving.allocation import ShadowPrices, shadow_prices
from serving.allocation.capacity import Claim, claims_of
from serving.allocation.lagrangian import Floats
from serving.allocation.prices import Priced, Prices
from serving.policy import drawn, odds, tie_breaks
from serving.policy_settings import PolicySettings

_ROUNDS, _AT_A_TIME = 8, 100_000
_SPARE, _CLOSE, _LITTLE = 0.0005, 0.002, 1e-5
"""Shares of a limit: what a round aims to leave free, and what is near enough to it; a share of the value."""


@dataclass(frozen=True)
class Offers:
    """What a plan is made of, a row a customer.

    ``value`` (n, k) in currency, -inf where blocked; ``traits`` has the tier by name and the groups of fairness;
    ``draw`` and ``tie_draw`` (n,) in [0, 1) are those of the decisions to come.
    """

    value: Floats
    traits: pd.DataFrame
    draw: Floats
    tie_draw: Floats

    def parts(self) -> Iterator[Offers]:
        """Return the same in parts, so that only the values themselves are in memory for everybody."""
        for start in range(0, len(self.value), _AT_A_TIME):
            rows = slice(start, start + _AT_A_TIME)
            yield Offers(self.value[rows], self.traits.iloc[rows], self.draw[rows], self.tie_draw[rows])


@dataclass(frozen=True)
class _Use:
    """What the choice by some prices uses of each bound, (r,), on average and as drawn, and its expected value."""

    expected: Floats
    drawn: Floats
    value: float

    @property
    def most(self) -> Floats:
        return np.maximum(self.expected, self.drawn)


def plan(offers: Offers, settings: PolicySettings, as_of: pd.Timestamp, model_version: str) -> Prices:
    """Return the prices of the capacity in ``settings`` for a book as known at ``as_of``.

    Raises
    ------
    PolicyError
        When the capacity cannot be kept, with the numbers.
    """
    claims = claims_of(settings, offers.traits, offers.value)
    bounds = [claim.bound(offers.traits, settings.action_ids) for claim in claims]
    limits = np.array([bound.limit for bound in bounds])
    first = shadow_prices(offers.value, bounds, offers.tie_draw)
    best, best_use = first, _use(offers, claims, first, settings)
    found, use, aimed = best, best_use, limits
    for _ in range(_ROUNDS):
        if _is_close(use, limits, found):
            break
        aimed = _aim(aimed, use, limits, found)
        try:
            asked = [replace(bound, limit=aim) for bound, aim in zip(bounds, aimed, strict=True)]
            found = shadow_prices(offers.value, asked, offers.tie_draw, found.prices)
        except PolicyError:  # no customers are left to make up for what exploration takes
            break
        use = _use(offers, claims, found, settings)
        settled = _gains_little(use, best_use, limits)
        if _rank(use, limits) > _rank(best_use, limits):
            best, best_use = found, use
        if settled:
            break
    priced = tuple(
        Priced(claim, float(price), float(expected), float(day))
        for claim, price, expected, day in zip(claims, best.prices, best_use.expected, best_use.drawn, strict=True)
    )
    return Prices(
        policy_version=settings.version,
        model_version=model_version,
        as_of=as_of.tz_convert("UTC").isoformat(),
        customers=len(offers.value),
        value=best_use.value,
        upper=first.upper,
        tie_size=best.tie_size,
        priced=priced,
    )


def _use(offers: Offers, claims: Sequence[Claim], found: ShadowPrices, settings: PolicySettings) -> _Use:
    """Return what the choice by the prices found uses."""
    k, r = len(settings.action_ids), len(claims)
    usage = np.array([claim.usages(settings.action_ids) for claim in claims]).reshape(r, k)
    expected, day, value = np.zeros(r), np.zeros(r), 0.0
    for part in offers.parts():
        weight = np.array([claim.weight(part.traits) for claim in claims]).reshape(r, len(part.value))
        price = np.zeros_like(part.value)
        for one, uses, each in zip(weight, usage, found.prices, strict=True):
            price += one[:, None] * (each * uses)
        likely = odds(part.value - (price - tie_breaks(part.tie_draw, k, found.tie_size)), settings)
        taken = drawn(likely, part.draw)
        expected += ((weight @ likely) * usage).sum(axis=1)
        day += (weight * usage[:, taken]).sum(axis=1)
        value += float(likely[likely > 0] @ part.value[likely > 0])
    return _Use(expected, day, value)


def _sizes(limits: Floats) -> Floats:
    return np.maximum(np.abs(limits), 1e-9)


def _is_close(use: _Use, limits: Floats, found: ShadowPrices) -> bool:
    """Tell whether every bound is kept, and those that have a price are used to the limit, nearly."""
    spare = (limits - use.most) / _sizes(limits)
    return bool((spare >= 0).all() and (spare[found.prices > 0] <= _CLOSE).all())


def _aim(aimed: Floats, use: _Use, limits: Floats, found: ShadowPrices) -> Floats:
    """Return the limits to plan with next: moved by what the choice used too much or, where it cost, too little."""
    off = use.most - (limits - _SPARE * np.abs(limits))
    return np.where((off > 0) | (found.prices > 0), aimed - off, aimed)


def _gains_little(use: _Use, before: _Use, limits: Floats) -> bool:
    """Tell whether both keep every bound, and the later is worth no more than the earlier by what would matter."""
    kept = all((one.most <= limits).all() for one in (use, before))
    return kept and use.value - before.value <= _LITTLE * abs(before.value)


def _rank(use: _Use, limits: Floats) -> tuple[float, float]:
    """Order choices: by how far the worst bound is exceeded, then by value."""
    return -float(max(((use.most - limits) / _sizes(limits)).max(initial=0.0), 0.0)), use.value
