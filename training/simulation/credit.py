"""The credit rows: what the bureau and the bank's own accounts said of each customer, monthly or quarterly.

Delinquency in a row is what had happened by that day: the simulated instalments, and troubles with other
lenders that the book does not otherwise show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulation.arrays import Floats, Ints, Mask, expit, normals, uniforms
from training.simulation.bank import Bank

_YEAR = 365
_QUARTERLY = 0.4


@dataclass(frozen=True)
class Credit:
    """One entry an observation; NaN where the bureau says nothing."""

    customer: Ints
    day: Ints
    credit_limit: Floats
    balance: Floats
    open_accounts: Floats
    enquiries: Floats
    worst_dpd: Floats
    external_debt: Floats
    bureau_score: Floats


@dataclass(frozen=True)
class _Profile:
    """What stays the same about a customer from one observation to the next, (n,)."""

    observation_day: Ints
    quarterly: Mask
    phase: Ints
    limit: Floats
    leaning: Floats
    accounts: Ints
    debt: Floats
    thin: Mask
    elsewhere: Ints


def draw_credit(bank: Bank, settled: Ints, rng: np.random.Generator) -> Credit:
    """Draw the observations within the bank's span; ``settled`` is each instalment's day of full payment."""
    profile = _profile(bank, rng)
    observed = [_observe(bank, profile, settled, month, rng) for month in range(bank.span.months)]
    return Credit(*(np.concatenate(columns) for columns in zip(*observed, strict=True)))


def _profile(bank: Bank, rng: np.random.Generator) -> _Profile:
    people, traits = bank.people, bank.traits
    n = len(people)
    thin = people.experience_days < 240
    return _Profile(
        observation_day=rng.integers(0, 28, n),
        quarterly=uniforms(rng, n) < _QUARTERLY,
        phase=rng.integers(0, 3, n),
        limit=np.round(people.income * np.exp(0.9 + 0.4 * normals(rng, n)), -2),
        leaning=normals(rng, n),
        accounts=rng.poisson(1.5 + 2.0 * traits.shortage + np.minimum(people.experience_days / 1500, 3)),
        debt=people.income * np.exp(normals(rng, n)) * (0.3 + 5.0 * traits.shortage),
        thin=thin,
        elsewhere=_troubles_elsewhere(bank, rng),
    )


def _troubles_elsewhere(bank: Bank, rng: np.random.Generator) -> Ints:
    """Return the days past due with other lenders a month, (n, 12 + months), from a year before the start."""
    tight = bank.traits.tight
    course = np.concatenate([np.repeat(tight[:, :1], 12, axis=1), tight[:, :-1]], axis=1)
    struck = uniforms(rng, *course.shape) < 0.004 + 0.06 * course * course
    days = rng.exponential(18.0, course.shape)
    return np.where(struck, np.minimum(days, 180), 0).astype(np.int16)


def worst_days(bank: Bank, settled: Ints, day: Ints) -> Ints:
    """Return each customer's worst days past due on the book in the year before ``day``, (n,)."""
    schedule = bank.schedule
    today = day[schedule.customer]
    late = np.minimum(settled, today) - schedule.due
    counts = np.flatnonzero((late > 0) & (schedule.due < today) & (settled >= today - _YEAR))
    worst = np.zeros(len(day), dtype=np.int32)
    np.maximum.at(worst, schedule.customer[counts], late[counts])
    return worst


def _observe(
    bank: Bank, profile: _Profile, settled: Ints, month: int, rng: np.random.Generator
) -> tuple[Floats | Ints, ...]:
    traits = bank.traits
    day = int(bank.span.month_day(np.array(month))) + profile.observation_day
    worst = np.maximum(worst_days(bank, settled, day), profile.elsewhere[:, month : month + 12].max(axis=1))
    who = np.flatnonzero((~profile.quarterly | (profile.phase == month % 3)) & (day < bank.span.days))
    n, tight = len(who), traits.tight[who, month]
    usage = expit(-1.5 + 3.2 * tight + 0.6 * profile.leaning[who] + 0.35 * normals(rng, n))
    limit, balance = profile.limit[who], profile.limit[who] * usage - 40 * (uniforms(rng, n) < 0.02)
    thin = profile.thin[who] & (uniforms(rng, n) < 0.6)
    score = _score(bank, who, usage, worst[who], rng)
    score[thin | (uniforms(rng, n) < 0.03)] = np.nan
    nothing = thin | (uniforms(rng, n) < 0.02)
    return (
        who.astype(np.int32),
        day[who].astype(np.int32),
        np.where(nothing, np.nan, limit),
        np.where(nothing, np.nan, np.round(balance, 2)),
        (profile.accounts[who] + 1 + (uniforms(rng, n) < 0.1)).astype(np.float64),
        rng.poisson(0.2 + 2.6 * tight).astype(np.float64),
        np.where(uniforms(rng, n) < 0.02, np.nan, worst[who]),
        np.where(nothing, np.nan, np.round(profile.debt[who] * np.exp(0.1 * normals(rng, n)), 2)),
        score,
    )


def _score(bank: Bank, who: Ints, usage: Floats, worst: Ints, rng: np.random.Generator) -> Floats:
    years = np.minimum(bank.people.experience_days[who] / 365.25, 15)
    base = 680 + 5 * years - 110 * (usage - 0.3) - 28 * np.log1p(worst / 5) - 70 * bank.traits.shortage[who]
    score: Floats = base + 32 * normals(rng, len(who))
    return np.clip(np.round(score), 300, 900).astype(np.float64)
