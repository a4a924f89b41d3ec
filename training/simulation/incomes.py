"""The income rows: salaries on their pay day, takings of a business, pensions; a lost income is a gap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulation.arrays import Floats, Ints, Mask, normals, uniforms
from training.simulation.bank import Bank

SOURCES = ("salary", "business", "pension", "transfer", "other")
_BUSINESS, _OTHER = 1, 4
_BUSINESS_SLOTS = 4
_SLOT_DAYS = 7
_SPREAD = np.array([0.05, 0.55, 0.005, 0.2])


@dataclass(frozen=True)
class Incomes:
    """One entry an income, sorted by month; ``source`` indexes SOURCES."""

    customer: Ints
    day: Ints
    cents: Ints
    source: Ints


def draw_incomes(bank: Bank, rng: np.random.Generator) -> Incomes:
    """Draw every income received before the end of the bank's span."""
    months = [_month(bank, month, rng) for month in range(bank.span.months)]
    customer, day, cents, source = (np.concatenate(parts) for parts in zip(*months, strict=True))
    seen = (day >= 0) & (day < bank.span.days)
    return Incomes(customer[seen], day[seen], cents[seen], source[seen])


def _month(bank: Bank, month: int, rng: np.random.Generator) -> tuple[Ints, Ints, Ints, Ints]:
    sources = bank.people.sources
    lost = bank.traits.income_lost[:, month]
    start = int(bank.span.month_day(np.array(month)))
    regular = np.flatnonzero((sources != _BUSINESS) & ~lost)
    wobble = rng.choice(np.array([-1, 0, 0, 0, 0, 1, 2]), len(regular))
    regular_day = start + bank.people.pay_day[regular] + wobble
    taker, taking_day = _takings(sources == _BUSINESS, lost, start, rng)
    extra = np.flatnonzero(uniforms(rng, len(sources)) < 0.06)
    extra_day = start + rng.integers(0, 28, len(extra))
    customer = np.concatenate([regular, taker, extra]).astype(np.int32)
    source = np.concatenate([sources[regular], sources[taker], np.full(len(extra), _OTHER)]).astype(np.int8)
    day = np.concatenate([regular_day, taking_day, extra_day]).astype(np.int32)
    return customer, day, _cents(bank.people.income[customer], source, rng), source


def _takings(business: Mask, lost: Mask, start: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return who takes money on which day: up to four times a month, on different days, few when lost."""
    share = np.where(business, np.where(lost, 0.15, 0.6), 0.0)
    taken = uniforms(rng, len(business), _BUSINESS_SLOTS) < share[:, None]
    customer, slot = np.nonzero(taken)
    return customer, start + _SLOT_DAYS * slot + rng.integers(0, _SLOT_DAYS, len(slot))


def _cents(usual: Floats, source: Ints, rng: np.random.Generator) -> Ints:
    part = np.array([1.0, 1 / (0.6 * _BUSINESS_SLOTS), 1.0, 1.0, 0.2])[source]
    spread = np.append(_SPREAD, 0.8)[source]
    amount = usual * part * np.exp(spread * normals(rng, len(source)) - spread**2 / 2)
    cents: Floats = np.maximum(np.round(amount * 100), 100)
    return cents.astype(np.int64)
