"""``simulate_bank``: a bank that runs for some months; the seed alone decides everything that happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from features.book import Book
from training.simulation import tables
from training.simulation.bank import Bank, open_bank
from training.simulation.credit import draw_credit
from training.simulation.incomes import draw_incomes
from training.simulation.programme import Progress, Run, run_programme
from training.simulation.replies import reply_texts
from training.simulation.span import Span
from training.simulation.truth import Truth

FIRST_DAY = date(2024, 7, 1)


@dataclass(frozen=True)
class Simulation:
    """What a bank would know (``book``) and what it could not (``truth``)."""

    book: Book
    truth: Truth


def simulate_bank(
    customers: int,
    months: int,
    seed: int,
    *,
    start: date = FIRST_DAY,
    randomised: float = 0.10,
    progress: Progress | None = None,
) -> Simulation:
    """Simulate ``customers`` over ``months`` from ``start``; the same arguments give identical tables.

    Nothing in the book is dated after the last day, ``start`` plus ``months``, except the schedule, which is
    known three months ahead. ``randomised`` is the share of decisions drawn evenly among the allowed
    actions, with their propensity logged; the others follow the bank's ladder, propensity null.
    Consents and stop flags are kept throughout; a channel a customer opted out of in a reply is not used
    again, though ``customers`` still shows the consent given. ``progress(done, total)`` is called as each
    month ends.

    Raises
    ------
    ValueError
        When customers or months is below 1, or randomised is not in [0, 1].

    >>> simulate_bank(50, 3, seed=1).truth.probability().columns[0]
    'none'
    """
    if customers < 1 or months < 1:
        raise ValueError(f"customers and months must be 1 or more, got {customers} and {months}.")
    if not 0 <= randomised <= 1:
        raise ValueError(f"randomised must be in [0, 1], got {randomised}.")
    bank_seed, run_seed, record_seed = np.random.SeedSequence(seed).spawn(3)
    bank = open_bank(customers, Span(start, months), bank_seed)
    run = run_programme(bank, randomised, np.random.default_rng(run_seed), progress)
    return Simulation(Book.of(_records(bank, run, record_seed)), Truth(bank, run))


def _records(bank: Bank, run: Run, seeds: np.random.SeedSequence) -> dict[str, pd.DataFrame]:
    loans, incomes, credit, words = (np.random.default_rng(seed) for seed in seeds.spawn(4))
    return {
        "customers": tables.customers_table(bank),
        "loans": tables.loans_table(bank, loans),
        "instalments": tables.instalments_table(bank),
        "payments": tables.payments_table(bank, run.receipts),
        "incomes": tables.incomes_table(bank, draw_incomes(bank, incomes)),
        "credit": tables.credit_table(bank, draw_credit(bank, run.standing.settled, credit)),
        "reminders": tables.reminders_table(bank, run.decisions, reply_texts(bank, run.decisions, words)),
    }
