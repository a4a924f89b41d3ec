"""Timing is found where it was planted, and only there."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from features.answers import Answers
from training.response.timing import LearnedTiming, learn_timing
from training.response.timing_gain import timing_gain
from training.response.timing_log import TimingLog

PARTS = {"morning": (9, 12), "afternoon": (12, 17), "evening": (17, 20)}
ORDERS = np.array(list(permutations((1.3, 1.0, 0.7))))
ALIKE = np.ones(3)
EVERYONE = np.array([0.8, 1.0, 1.2])


def made_up(
    customers: int = 3_000,
    each: int = 24,
    seed: int = 0,
    follows: float = 1.0,
    everyone: np.ndarray = ALIKE,
    late_base: float = 0.0,
    calls_at_night: bool = False,
) -> tuple[TimingLog, np.ndarray]:
    """Return a log and each decision's true multipliers, (n, 3).

    People answer by a rhythm of their own; effects keep ``everyone`` of a part, and follow the rhythm as far as
    ``follows`` says. ``late_base`` is what is paid less in the evening whatever is sent; ``calls_at_night`` sends
    the stronger action in the evening.
    """
    rng = np.random.default_rng(seed)
    rhythm = ORDERS[rng.integers(0, 6, customers)][:, None, :].repeat(each, axis=1)
    action = rng.integers(0, 3, (customers, each))
    evening = (rng.random((customers, each)) < 0.7) & (action == 2) & calls_at_night
    part = np.where(evening, 2, rng.integers(0, 3, (customers, each)))
    at_part = np.take_along_axis(rhythm, part[..., None], 2)[..., 0]
    answered = (rng.random(part.shape) < 0.5 * at_part) & (action > 0)
    effect = np.array([0.0, 0.12, 0.24])[action]
    multiplier = everyone * (1 + follows * (rhythm - 1))
    chance = 0.4 + effect * np.take_along_axis(multiplier, part[..., None], 2)[..., 0] - late_base * (part == 2)
    paid = rng.random(part.shape) < chance
    sent = np.eye(3)[part] * (action > 0)[..., None]
    before = [np.cumsum(c, axis=1) - c for c in (sent, sent * answered[..., None])]
    log = TimingLog(
        parts=PARTS,
        part=part.ravel(),
        action=action.ravel(),
        is_sent=action.ravel() > 0,
        answered=answered.ravel(),
        before=Answers(*(counts.reshape(-1, 3) for counts in before)),
        effect=effect.ravel(),
        residual=(paid - 0.4 - effect).ravel(),
        group=np.arange(customers).repeat(each),
        amount=np.full(part.size, 1_000.0),
    )
    return log, multiplier.reshape(-1, 3)


def learned(log: TimingLog) -> LearnedTiming:
    found = learn_timing(log)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def planted() -> tuple[LearnedTiming, TimingLog, np.ndarray]:
    """Return what was learned of a planted rhythm, and other customers with the truth about them."""
    log, _ = made_up()
    return learned(log), *made_up(seed=1)


def test_the_customers_own_hours_are_found(planted: tuple[LearnedTiming, TimingLog, np.ndarray]) -> None:
    found, log, truth = planted
    assert found.strength == pytest.approx(1.0, abs=3 * found.errors[-1])
    multiplier = found.timing.multipliers(log.before)
    known = log.before.reminded.sum(axis=1) > 10
    assert np.corrcoef(multiplier[known].ravel(), truth[known].ravel())[0, 1] > 0.5
    best = truth[np.arange(len(truth)), multiplier.argmax(axis=1)]
    assert best[known].mean() > 1.12  # of 1.3 at most and 1 on average


def test_what_the_choice_is_said_to_add_is_what_it_adds(planted: tuple[LearnedTiming, TimingLog, np.ndarray]) -> None:
    found, log, truth = planted
    told = timing_gain(found, log, recovery_weight=0.05).loc["all"]
    multiplier = found.timing.multipliers(log.before)
    chosen = np.where(found.timing.prefers(multiplier), truth[np.arange(len(truth)), multiplier.argmax(axis=1)], 1.0)
    really = (log.effect * (chosen - 1.0))[log.is_sent].mean()
    assert told["expected"] == pytest.approx(really, rel=0.15)
    for name in ("expected", "measured"):
        assert 0 < told[f"{name}_low"] < really < told[f"{name}_high"]
    assert told["value_measured"] == pytest.approx(told["measured"] * 1_000 * 0.05)


def test_an_hour_that_is_better_for_everyone_is_found_and_its_interval_holds_the_truth() -> None:
    found = learned(made_up(everyone=EVERYONE, follows=0.0)[0])
    table = found.table()
    assert (table["low"] < EVERYONE).all()
    assert (table["high"] > EVERYONE).all()
    assert list(table["in_use"]) == sorted(table["in_use"])
    assert np.abs(table["in_use"] - 1).max() < np.abs(table["multiplier"] - 1).max()  # drawn to even hours


def test_where_there_is_nothing_there_is_exactly_no_preference() -> None:
    log, _ = made_up(follows=0.0)
    timing = learned(log).timing
    assert timing.strength == 0.0
    assert (timing.population == 1.0).all()
    assert (timing.multipliers(log.before) == 1.0).all()


def test_chance_passes_for_a_preference_as_seldom_as_said() -> None:
    logs = [made_up(customers=400, follows=0.0, seed=seed)[0] for seed in range(100)]
    found = [learned(log).timing for log in logs]
    assert sum(timing.strength > 0 for timing in found) <= 12  # 5 expected
    assert sum((timing.population != 1).any() for timing in found) <= 5  # 1 expected


def test_a_rhythm_of_answers_that_is_none_is_not_made_use_of() -> None:
    log, _ = made_up()
    shuffled = replace(log, answered=np.random.default_rng(0).permutation(log.answered))
    assert learned(shuffled).timing.strength == 0.0


def test_less_paid_in_the_evening_whatever_is_sent_says_nothing_of_reminders() -> None:
    timing = learned(made_up(follows=0.0, late_base=0.1)[0]).timing
    assert (timing.population == 1.0).all()


def test_a_bank_that_calls_in_the_evening_does_not_teach_that_evenings_are_better() -> None:
    found = learned(made_up(follows=0.0, calls_at_night=True)[0])
    assert (found.timing.population == 1.0).all()
    assert np.abs(found.multiplier - 1.0).max() < 4 * found.errors[:-1].max()


def test_half_a_log_and_its_other_half_are_the_log() -> None:
    log, _ = made_up(customers=500)
    first = log.group < 200
    halves = [
        replace(
            log,
            **{name: getattr(log, name)[rows] for name in ("part", "action", "is_sent", "answered", "effect")},
            before=Answers(log.before.reminded[rows], log.before.answered[rows]),
            residual=log.residual[rows],
            group=pd.factorize(log.group[rows])[0],
            amount=log.amount[rows],
        )
        for rows in (first, ~first)
    ]
    whole, again = learned(log), learned(TimingLog.joined(halves))
    pd.testing.assert_frame_equal(whole.table(), again.table())
    assert whole.metrics == again.metrics


def test_one_part_of_the_day_and_a_log_too_short_compare_nothing() -> None:
    log, _ = made_up(customers=5, each=10)
    assert learn_timing(log) is None
    one = replace(
        made_up()[0],
        parts={"day": (9, 20)},
        part=np.zeros(72_000, int),
        before=Answers(np.zeros((72_000, 1)), np.zeros((72_000, 1))),
    )
    assert learn_timing(one) is None
