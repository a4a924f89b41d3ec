"""The loans and their schedules: who owes what, and when it falls due.

A loan falls due on the same day of each month; its instalments are numbered from its opening, so that
the schedule of a loan opened before the simulation does not begin at 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulation.arrays import Floats, Ints, Mask, expit, normals, uniforms
from training.simulation.people import People
from training.simulation.span import MONTHS_AHEAD, Span

PRODUCTS = ("credit_card", "consumer", "mortgage", "auto", "business")
CARD = 0

FIRST_DUE_DAY = 7  # earlier ones would have had their reminder before the simulation
_TWO_LOANS = 0.3
_MOOD_SPREAD = 0.7
_SHORTEST_TERM = np.array([0, 9, 180, 24, 6])
_LONGEST_TERM = np.array([0, 36, 360, 60, 36])
_RATE = np.array([0.18, 0.14, 0.042, 0.065, 0.09])
_INCOME_SHARE = np.array([0.12, 0.13, 0.27, 0.16, 0.22])


@dataclass(frozen=True)
class Loans:
    """One entry a loan, (m,); ``term`` is 0 for a card; ``opening_month`` counts from the start."""

    customer: Ints
    product: Ints
    opening_month: Ints
    due_day: Ints
    term: Ints
    annual_rate: Floats
    principal: Floats
    instalment: Floats
    autopay: Mask


@dataclass(frozen=True)
class Schedule:
    """One entry an instalment, (k,), sorted by loan and number; ``due`` in days, ``cents`` due.

    ``mood`` is hidden: what befalls this one instalment, good or bad, in log-odds of payment.
    """

    loan: Ints
    customer: Ints
    number: Ints
    due: Ints
    cents: Ints
    mood: Floats


def draw_loans(people: People, punctual: Floats, span: Span, rng: np.random.Generator) -> Loans:
    """Draw one or two loans a customer, opened before or during ``span``."""
    second = uniforms(rng, len(people)) < _TWO_LOANS
    customer = np.sort(np.concatenate([np.arange(len(people)), np.flatnonzero(second)])).astype(np.int32)
    m = len(customer)
    product = _products(people, customer, rng)
    term = _terms(product, rng)
    rate = np.round(_RATE[product] * np.exp(0.15 * normals(rng, m)), 4)
    share = _INCOME_SHARE[product] * np.exp(0.45 * normals(rng, m))
    instalment = np.maximum(people.income[customer] * share, 60.0)
    principal = _principal(product, instalment, rate, term)
    return Loans(
        customer=customer,
        product=product,
        opening_month=_openings(people.experience_days[customer], term, span, rng),
        due_day=rng.integers(0, 28, m).astype(np.int32),
        term=term,
        annual_rate=rate,
        principal=principal,
        instalment=instalment,
        autopay=uniforms(rng, m) < expit(-1.6 + 0.6 * punctual[customer]),
    )


def draw_schedule(loans: Loans, span: Span, rng: np.random.Generator) -> Schedule:
    """Lay out each loan's instalments until its term, or three months beyond the end of ``span``."""
    months = np.arange(span.months + MONTHS_AHEAD, dtype=np.int32)
    number = months[None, :] - loans.opening_month[:, None]
    due = span.month_day(months)[None, :] + loans.due_day[:, None]
    last = np.where(loans.term == 0, np.iinfo(np.int32).max, loans.term)
    loan, month = np.nonzero((number >= 1) & (number <= last[:, None]) & (due >= FIRST_DUE_DAY))
    amount = loans.instalment[loan]
    wobble = np.exp(0.35 * normals(rng, len(loan)))
    amount = np.where(loans.product[loan] == CARD, np.maximum(amount * wobble, 30.0), amount)
    return Schedule(
        loan=loan.astype(np.int32),
        customer=loans.customer[loan],
        number=number[loan, month],
        due=due[loan, month].astype(np.int32),
        cents=np.round(amount * 100).astype(np.int64),
        mood=_MOOD_SPREAD * normals(rng, len(loan)),
    )


def _products(people: People, customer: Ints, rng: np.random.Generator) -> Ints:
    business = people.sources[customer] == 1
    settled = people.age_days[customer] > 28 * 365.25
    draw = uniforms(rng, len(customer))
    edges = np.where(settled, 0.40, 0.58), np.where(settled, 0.70, 0.90), np.where(settled, 0.86, 0.91)
    product = sum((draw >= edge).astype(np.int32) for edge in edges)
    return np.where(business & (uniforms(rng, len(customer)) < 0.35), 4, product).astype(np.int32)


def _terms(product: Ints, rng: np.random.Generator) -> Ints:
    low, high = _SHORTEST_TERM[product], _LONGEST_TERM[product]
    term: Floats = low + np.floor(uniforms(rng, len(product)) * (high - low + 0.999))
    return term.astype(np.int32)


def _principal(product: Ints, instalment: Floats, rate: Floats, term: Ints) -> Floats:
    """Return what the instalment repays over the term, to the nearest hundred; a card's limit."""
    monthly = rate / 12
    annuity = (1 - (1 + monthly) ** -np.maximum(term, 1).astype(np.float64)) / monthly
    return np.maximum(np.round(instalment * np.where(product == CARD, 14.0, annuity), -2), 500.0)


def _openings(experience_days: Ints, term: Ints, span: Span, rng: np.random.Generator) -> Ints:
    """Return each loan's opening month; never before the customer's first credit."""
    reach = np.minimum(experience_days // 31, np.where(term == 0, 60, np.minimum(0.85 * term, 84)))
    before = -np.maximum(np.ceil(uniforms(rng, len(term)) * reach), 1)
    during = rng.integers(0, max(span.months - 1, 1), len(term))
    return np.where(uniforms(rng, len(term)) < 0.16, during, before).astype(np.int32)
