"""What no table holds: the hidden traits of each customer, and how tight their money is month by month.

Nothing here may reach a table as it is; tables only show its consequences.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np

from training.simulation.arrays import Floats, Mask, expit, normals, uniforms
from training.simulation.people import OCCUPATIONS, People
from training.simulation.span import Span

_STRESS_PERSISTENCE = 0.8
# Spring Festival, school fees, the sales of November, the year-end bonus
_SEASON = {1: 0.25, 2: 0.35, 3: 0.1, 9: 0.2, 11: 0.15, 12: -0.2}
_AFFINITY_SPREAD = 0.28


@dataclass(frozen=True)
class Traits:
    """Hidden traits, one entry a customer.

    ``forgetful``, ``shortage``, ``strategic`` (can pay, will not) and ``novice`` (unsure how credit works)
    are in (0, 1), most of them near 0; ``punctual`` is standard normal. ``affinity`` is (n, 4): how well
    each channel of REACH reaches the person, about 1 on average. ``rhythm`` is (n, 3): how much of an
    effect each part of the day keeps, a permutation of 1.3, 1.0, 0.7. ``hunch`` is what a collector
    feels about the person, standardised. ``income_lost`` and ``tight`` are (n, months + 1): out of income,
    and how tight money is in (0, 1).
    """

    forgetful: Floats
    shortage: Floats
    strategic: Floats
    novice: Floats
    punctual: Floats
    affinity: Floats
    rhythm: Floats
    hunch: Floats
    income_lost: Mask
    tight: Floats


def draw_traits(people: People, span: Span, rng: np.random.Generator) -> Traits:
    """Draw the traits of ``people`` and the course of their money over ``span``."""
    n = len(people)
    years = people.age_days / 365.25
    troubles = np.array([o.shortage for o in OCCUPATIONS], dtype=np.float32)[people.occupation]
    young = np.clip((35 - years) / 15, -1.5, 1).astype(np.float32)
    short = -1.9 + 1.25 * normals(rng, n) + troubles + 0.15 * young
    strategic = -3.1 + 1.3 * normals(rng, n)
    experience = (people.experience_days / 365.25).astype(np.float32)
    lost = _income_lost(people, short, span, rng)
    return Traits(
        forgetful=expit(-1.2 + 1.1 * normals(rng, n) + 0.5 * young),
        shortage=expit(short),
        strategic=expit(strategic),
        novice=expit(1.3 - 1.1 * experience + 0.7 * normals(rng, n)),
        punctual=normals(rng, n),
        affinity=_affinity(young, rng),
        rhythm=_rhythms(n, rng),
        hunch=_standard(0.55 * _standard(short) + 0.45 * _standard(strategic) + 0.6 * normals(rng, n)),
        income_lost=lost,
        tight=_tight(short, lost, span, rng),
    )


def _standard(values: Floats) -> Floats:
    return (values - values.mean()) / max(float(values.std()), 1e-6)


def _affinity(young: Floats, rng: np.random.Generator) -> Floats:
    leaning = np.stack([0.0 * young, 0.30 * young, 0.05 * young, -0.20 * young], axis=1)
    spread = _AFFINITY_SPREAD * normals(rng, len(young), 4)
    affinity: Floats = np.exp(leaning + spread - _AFFINITY_SPREAD**2 / 2)
    return affinity.astype(np.float32)


def _rhythms(n: int, rng: np.random.Generator) -> Floats:
    orders = np.array(list(permutations((1.3, 1.0, 0.7))), dtype=np.float32)
    return orders[rng.integers(0, len(orders), n)]


def _income_lost(people: People, short: Floats, span: Span, rng: np.random.Generator) -> Mask:
    """Return in which months the customer is out of income; pensions and allowances never stop."""
    at_risk = people.sources <= 1
    hazard = np.where(at_risk, 0.007 * np.exp(0.35 * (short + 1.9)), 0.0)
    lost = np.zeros((len(people), span.months + 1), dtype=bool)
    months_left = np.where(uniforms(rng, len(people)) < 3 * hazard, rng.integers(1, 6, len(people)), 0)
    for month in range(span.months + 1):
        struck = (months_left == 0) & (uniforms(rng, len(people)) < hazard)
        months_left = np.where(struck, rng.integers(2, 7, len(people)), months_left)
        lost[:, month] = months_left > 0
        months_left = np.maximum(months_left - 1, 0)
    return lost


def _tight(short: Floats, lost: Mask, span: Span, rng: np.random.Generator) -> Floats:
    n = len(short)
    tight = np.empty((n, span.months + 1), dtype=np.float32)
    stress = normals(rng, n)
    fresh = np.sqrt(1 - _STRESS_PERSISTENCE**2)
    for month, calendar_month in enumerate(span.calendar_months()):
        season = _SEASON.get(int(calendar_month), 0.0)
        tight[:, month] = expit(short + 0.9 * stress + 2.2 * lost[:, month] + season)
        stress = _STRESS_PERSISTENCE * stress + fresh * normals(rng, n)
    return tight
