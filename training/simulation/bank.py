"""The simulated bank before its first day: its people, their hidden traits, their loans and schedules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulation.loans import Loans, Schedule, draw_loans, draw_schedule
from training.simulation.people import People, draw_people
from training.simulation.span import Span
from training.simulation.traits import Traits, draw_traits


@dataclass(frozen=True)
class Bank:
    """Everything that is settled before the first reminder; codes index rows of one another."""

    span: Span
    people: People
    traits: Traits
    loans: Loans
    schedule: Schedule


def open_bank(customers: int, span: Span, seeds: np.random.SeedSequence) -> Bank:
    """Draw a bank of ``customers``; each part has its own stream, so that one may change alone."""
    people_seed, traits_seed, loans_seed, schedule_seed = seeds.spawn(4)
    people = draw_people(customers, np.random.default_rng(people_seed))
    traits = draw_traits(people, span, np.random.default_rng(traits_seed))
    loans = draw_loans(people, traits.punctual, span, np.random.default_rng(loans_seed))
    schedule = draw_schedule(loans, span, np.random.default_rng(schedule_seed))
    return Bank(span, people, traits, loans, schedule)
