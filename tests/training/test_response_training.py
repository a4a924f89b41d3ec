from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from serving.actions import Action
from serving.decide import decide
from serving.policy_settings import read_policy
from serving.registry import RESPONSE_MODEL, load_models, registered
from serving.timing import Timing
from training import ResponseModel
from training.dataset import ResponseSample
from training.response_training import TimedResponse, with_evidence


def test_a_training_keeps_its_timing_and_the_registry_gives_it(world: Any) -> None:
    timing = load_models().timing
    assert timing is not None
    assert timing.parts == ("morning", "afternoon", "evening")
    metrics = registered(RESPONSE_MODEL).metrics
    assert metrics["timing_strength"] == timing.strength
    for name in ("expected", "measured"):
        low, middle, high = (metrics[f"timing_adds_{name}{end}"] for end in ("_low", "", "_high"))
        assert low <= middle <= high


def test_the_run_holds_a_table_by_part_and_one_of_what_the_choice_adds(world: Any) -> None:
    from mlflow.artifacts import download_artifacts

    run = registered(RESPONSE_MODEL).run_id
    by_part, adds = (
        pd.read_csv(download_artifacts(run_id=run, artifact_path=f"{name}.csv", tracking_uri=world.tracking_uri))
        for name in ("timing", "timing_adds")
    )
    assert list(by_part["daypart"]) == ["morning", "afternoon", "evening"]
    assert (by_part["low"] < by_part["high"]).all()
    assert list(adds["daypart"]) == ["morning", "afternoon", "evening", "any", "all"]
    assert adds["rows"].iloc[-1] == adds["rows"].iloc[:-1].sum()


def test_a_response_model_saved_without_timing_has_none(world: Any, tmp_path: Path) -> None:
    from mlflow.artifacts import download_artifacts

    run = registered(RESPONSE_MODEL).run_id
    model = ResponseModel.load(download_artifacts(run_id=run, artifact_path="model", tracking_uri=world.tracking_uri))
    TimedResponse(model, None).save(tmp_path)
    assert Timing.find(tmp_path) is None


def sample_of(counts: dict[str, int], known: float) -> ResponseSample:
    """Return rows of each action, a share of them with a known propensity."""
    action = np.repeat(np.array(list(counts), dtype=object), list(counts.values()))
    n = len(action)
    return ResponseSample(
        X=pd.DataFrame({"a": np.arange(n)}),
        outcome=np.zeros(n),
        at=pd.date_range("2025-01-01", periods=n, freq="h"),
        action=action,
        propensity=np.where(np.arange(n) % 100 < 100 * known, 0.1, np.nan),
        reminder_id=np.arange(n).astype(object),
        row=np.arange(n),
    )


@pytest.mark.parametrize(
    ("counts", "known", "kept"),
    [
        ({"none": 200, "sms": 300, "basics": 29}, 1.0, {"none", "sms"}),
        ({"none": 200, "sms": 300, "basics": 30}, 1.0, {"none", "sms", "basics"}),
        ({"none": 200, "sms": 300, "basics": 30}, 0.0, {"none", "sms", "basics"}),
        ({"none": 5, "sms": 300, "basics": 5}, 1.0, {"none", "sms"}),
        ({"none": 200, "sms": 5}, 1.0, {"none", "sms"}),
    ],
    ids=["too few", "enough drawn", "enough by habit", "none stays", "nothing else to tell"],
)
def test_an_action_too_rare_to_be_measured_is_not_learned(counts: dict[str, int], known: float, kept: set[str]) -> None:
    sample = sample_of(counts, known)
    told = with_evidence(sample)
    assert set(told.action) == kept
    assert len(told) == len(told.X) == sum(counts[name] for name in kept)
    assert (sample.action[told.row] == told.action).all()


def test_what_the_log_cannot_tell_of_is_no_evidence_and_is_never_chosen(world: Any) -> None:
    models, policy = load_models(), read_policy()
    unseen = Action("email", "standard", "basics", 0.0)
    settings = replace(policy, actions={**policy.actions, "email_standard_basics": unseen})
    decided = decide(world.book, world.as_of, models, settings)
    unknown = [k for k, name in enumerate(settings.action_ids) if name not in models.effects.actions]
    assert settings.action_ids.index("email_standard_basics") in unknown
    assert (decided.blocked.codes[:, unknown] != 0).all()
    assert not np.isin(decided.choice.action, unknown).any()
