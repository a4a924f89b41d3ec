"""Each customer is reminded at their own best part of those still open, and effects are those of that part."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features import Book
from features.answers import answers_by_part
from features.matrix import history_of
from serving.answers import answers
from serving.batch import score_book
from serving.decide import decide
from serving.desk import Desk
from serving.policy_settings import ContactHours, read_policy
from serving.registry import Models, load_models
from serving.rules import RuleBook, open_parts
from serving.sending import Sending, sending
from serving.timing import Timing

SHARES = np.full(3, 1 / 3)
TIMING = Timing(
    ("morning", "afternoon", "evening"), ((9, 12), (12, 17), (17, 20)), SHARES, np.ones(3), np.ones(3), 8.0, 0.8
)
HOURS = ContactHours(9, 20)
SHANGHAI = "Asia/Shanghai"


def sent(book: Book, as_of: pd.Timestamp, timing: Timing | None, hours: ContactHours = HOURS) -> Sending:
    rules = RuleBook.of(read_policy().rules, hours)
    due_day = np.full(len(book.customers), as_of.timestamp() // 86_400 + 30, np.int64)
    return sending(history_of(book, as_of), as_of.to_pydatetime(), due_day, rules, timing)


@pytest.fixture(scope="module")
def models(world: Any) -> Models:
    return replace(load_models(), timing=TIMING)


@pytest.mark.parametrize("clock", ["2025-05-20T06:00", "2025-05-20T13:30", "2025-05-20T18:45", "2025-05-20T22:00"])
def test_the_best_part_still_open_is_chosen_for_each(world: Any, clock: str) -> None:
    as_of = pd.Timestamp(f"{clock}+08:00")
    found = sent(world.book, as_of, TIMING)
    multiplier = TIMING.multipliers(answers_by_part(history_of(world.book, as_of), TIMING.hours))
    for row, zone in enumerate(world.book.customers["timezone"]):
        stretches = open_parts(as_of.to_pydatetime(), zone, HOURS, TIMING.hours)
        if found.part[row] < 0:
            assert found.multiplier[row] == 1.0
            assert (multiplier[row] == multiplier[row, 0]).all()
            continue
        best = max((k for k, stretch in enumerate(stretches) if stretch is not None), key=lambda k: multiplier[row, k])
        assert found.part[row] == best
        assert found.multiplier[row] == multiplier[row, best]
        start, end = (moment.astimezone(UTC).replace(tzinfo=None) for moment in stretches[best] or ())
        assert (found.earliest[row].item(), found.latest[row].item()) == (start, end)
    assert len(np.unique(found.part)) > 1 or clock.endswith("18:45")


def test_nothing_learned_is_the_whole_lawful_window(world: Any) -> None:
    nothing = replace(TIMING, strength=0.0)
    for timing in (None, nothing):
        found = sent(world.book, world.as_of, timing)
        assert (found.part == -1).all()
        assert (found.multiplier == 1.0).all()
        assert found.names == ()
        assert (found.latest == np.datetime64("2025-05-20T12:00")).mean() > 0.9  # 20:00 in Shanghai


def test_hours_no_part_lies_in_are_still_the_whole_lawful_window(world: Any) -> None:
    found = sent(world.book, world.as_of, TIMING, ContactHours(20, 22))
    assert (found.part == -1).all()
    assert (found.multiplier == 1.0).all()


def test_without_evidence_the_populations_best_part_is_chosen(book: Book) -> None:
    population = replace(TIMING, population=np.array([0.8, 0.9, 1.3]), strength=0.0)
    found = sent(book, pd.Timestamp("2026-03-01T07:00:00+08:00"), population)
    assert (found.part == 2).all()


def test_the_effects_and_the_value_are_those_at_the_time_of_sending(world: Any, models: Models) -> None:
    settings = read_policy()
    at_part = decide(world.book, world.as_of, models, settings)
    even = decide(world.book, world.as_of, replace(models, timing=None), settings)
    multiplier = at_part.sending.multiplier[:, None]
    helpful = even.effects.effect > 0
    assert (multiplier != 1.0).any()
    np.testing.assert_allclose(
        at_part.effects.effect, np.where(helpful, even.effects.effect * multiplier, even.effects.effect)
    )
    np.testing.assert_allclose(at_part.effects.from_timing, at_part.effects.effect - even.effects.effect, atol=1e-15)
    assert (at_part.effects.low <= at_part.effects.effect).all()
    assert (at_part.effects.effect <= at_part.effects.high).all()
    allowed = np.isfinite(even.choice.value)
    gain = at_part.choice.value[allowed] - even.choice.value[allowed]
    worth = np.nan_to_num(at_part.pressing.amount_open)[:, None] * settings.recovery_weight
    np.testing.assert_allclose(gain, (at_part.effects.from_timing * worth)[allowed], atol=1e-9)


def test_no_effect_exceeds_what_is_left_to_certainty() -> None:
    stretch = np.zeros(1, "datetime64[us]")
    found = Sending(("morning",), np.zeros(1, int), np.array([2.0]), stretch, stretch)
    assert found.at_the_time(np.array([[0.3, 0.1, -0.2, 0.0]]), np.array([0.4])).tolist() == [[0.4, 0.2, -0.2, 0.0]]


def test_one_customer_is_told_what_the_batch_decided_to_the_bit(
    world: Any, models: Models, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = read_policy()
    out = tmp_path_factory.mktemp("timed") / "decisions.parquet"
    score_book(world.folder, world.as_of, models, settings, out, chunk=300)
    batch = pd.read_parquet(out).set_index("customer_id")
    assert batch["daypart"].nunique() > 1
    assert batch.loc[batch["action"] == "none", ["send_from", "send_until", "daypart"]].isna().all().all()
    voice = Desk(models, settings).voice
    some = [*batch.groupby(["action", "daypart"]).head(2).index, *batch.index[batch["action"] == "none"][:2]]
    for name in some:
        (answer,) = answers(decide(world.book, world.as_of, models, settings, [name]), voice)
        row, told = batch.loc[name], answer.recommendation
        assert told.expected_value == row["expected_value"]
        assert told.expected_effect.effect == row["expected_effect"]
        assert told.daypart_adds == row["daypart_adds"]
        assert told.daypart == (None if pd.isna(row["daypart"]) else row["daypart"])
        if told.send_at is None:
            assert pd.isna(row["send_from"])
        else:
            assert (told.send_at.earliest, told.send_at.latest) == (row["send_from"], row["send_until"])
            assert told.send_at.earliest.tzinfo is not None
            assert 9 <= told.send_at.earliest.hour < 20


def test_a_reminder_is_never_sent_at_an_hour_that_is_past(world: Any) -> None:
    now = datetime(2025, 5, 20, 14, 20, tzinfo=UTC)
    found = sent(world.book, pd.Timestamp(now), TIMING)
    assert (found.earliest >= np.datetime64(now.replace(tzinfo=None))).all()
    assert (found.earliest < found.latest).all()
