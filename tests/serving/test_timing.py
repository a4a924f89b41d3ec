from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from features import ModelError
from features.answers import Answers
from serving.timing import Timing

EVEN = np.array([0.3, 0.5, 0.2])
TIMING = Timing(
    parts=("morning", "afternoon", "evening"),
    hours=((9, 12), (12, 17), (17, 20)),
    shares=EVEN,
    usual=np.array([1.1, 0.9, 1.1]),
    population=np.array([1.2, 0.9, 0.95]),
    drawn=8.0,
    strength=0.7,
)


def answers(reminded: list[float], answered: list[float]) -> Answers:
    return Answers(np.array([reminded], float), np.array([answered], float))


NOBODY = answers([0, 0, 0], [0, 0, 0])


def some(rows: int, seed: int = 0) -> Answers:
    rng = np.random.default_rng(seed)
    reminded = rng.integers(0, 20, (rows, 3)).astype(float)
    return Answers(reminded, np.floor(reminded * rng.random((rows, 3))))


def test_a_part_answered_more_than_the_others_keeps_more_of_the_effect() -> None:
    own = replace(TIMING, population=np.ones(3))
    multiplier = own.multipliers(answers([20, 20, 20], [2, 6, 16]))
    assert multiplier.argmax() == 2
    assert multiplier.argmin() == 0


def test_a_thin_log_is_drawn_to_the_population_the_thinner_the_more() -> None:
    population = TIMING.multipliers(NOBODY)
    apart = [np.abs(TIMING.multipliers(answers([n, n, n], [n, 0, 0])) - population).max() for n in (1, 5, 20, 100)]
    assert apart[0] < 0.1
    assert (np.diff(apart) > 0).all()


def test_who_has_answered_nothing_gets_the_population() -> None:
    expected = TIMING.population / (TIMING.population @ EVEN)
    np.testing.assert_allclose(TIMING.multipliers(answers([9, 0, 4], [0, 0, 0]))[0], expected)
    np.testing.assert_allclose(TIMING.multipliers(NOBODY)[0], expected)


def test_hours_drawn_as_the_logs_keep_the_effects_of_the_log() -> None:
    np.testing.assert_allclose(TIMING.multipliers(some(500)) @ EVEN, 1.0)


def test_where_nothing_was_proven_every_part_keeps_exactly_the_same() -> None:
    nothing = replace(TIMING, population=np.ones(3), strength=0.0)
    assert not nothing.has_preference
    assert (nothing.multipliers(some(500)) == 1.0).all()


def test_a_customer_without_evidence_has_no_preference_where_the_population_has_none() -> None:
    multiplier = replace(TIMING, population=np.ones(3)).multipliers(NOBODY)
    assert (multiplier == 1.0).all()
    assert not TIMING.prefers(multiplier).any()


def test_a_customer_is_told_the_same_whoever_stands_beside_them() -> None:
    many, row = some(500), 77
    alone = Answers(many.reminded[[row]], many.answered[[row]])
    assert (TIMING.multipliers(alone) == TIMING.multipliers(many)[[row]]).all()


def test_a_loaded_timing_predicts_to_the_bit(tmp_path: Path) -> None:
    odd = replace(TIMING, shares=np.array([1, 1, 1]) / 3, strength=0.1 + 0.2)
    odd.save(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["timing.json"]
    assert (Timing.load(tmp_path).multipliers(some(500)) == odd.multipliers(some(500))).all()


def test_a_folder_without_timing_has_none(tmp_path: Path) -> None:
    assert Timing.find(tmp_path) is None


def test_a_damaged_timing_is_named(tmp_path: Path) -> None:
    (tmp_path / "timing.json").write_text('{"format": 1, "parts": ["morning"]}')
    with pytest.raises(ModelError, match=r"the timing in .* cannot be read"):
        Timing.find(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"usual": np.ones(2)}, r"timing of 3 parts does not fit"), ({"drawn": 0.0}, r"drawn must be above 0, got 0\.0")],
    ids=["another number of parts", "nothing drawn"],
)
def test_a_timing_that_does_not_fit_together_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        replace(TIMING, **change)
