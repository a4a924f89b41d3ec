"""From a book to a judgement, on the small trained world."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import training.evaluation
from features import ModelError, PolicyError
from serving.policy_settings import Capacity, read_policy
from training import simulate_bank
from training.dataset import customer_windows, held_out_responses
from training.evaluation import evaluate, read_truth
from training.settings import read_train_settings


def test_the_judged_customers_are_none_of_those_that_were_learned_from(world: Any) -> None:
    settings = read_train_settings()
    held_out = held_out_responses(world.book, settings, most=10_000_000)
    windows = customer_windows(world.book.customers["customer_id"], settings)
    assert set(windows[held_out.sample.X.index]) == {"tune", "judge"}
    assert held_out.kept == 1
    thinned = held_out_responses(world.book, settings, most=2_000)
    assert len(thinned.sample) == 2_000
    assert thinned.reminders == held_out.reminders
    known = ~np.isnan(held_out.sample.propensity)
    assert (~np.isnan(thinned.sample.propensity)).sum() == known.sum() < 2_000


def test_a_day_s_capacity_is_scaled_to_the_judged_customers_and_days(world: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(training.evaluation, "MOST_OCCASIONS", 2_000)
    policy = replace(read_policy(), capacity=Capacity({"call": 1.0}))
    facts = evaluate(world.book, policy).judgement
    assert "scaled to" in facts.facts["capacity"]
    frontier = facts.tables["frontier"]
    assert frontier.loc[frontier["now"], "calls_a_day"].tolist() == pytest.approx([1.0])


def test_what_cannot_be_evaluated_is_refused_in_a_sentence(world: Any, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"duewise-response has no challenger. `duewise train BOOK` makes one"):
        evaluate(world.book, read_policy(), "challenger")
    with pytest.raises(PolicyError, match="is no truth that"):
        read_truth(tmp_path / "none.parquet")
    other = simulate_bank(50, 6, seed=1).truth.logged()
    with pytest.raises(PolicyError, match="must be of the same simulation"):
        evaluate(world.book, read_policy(), None, other)
