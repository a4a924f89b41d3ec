from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from serving.registry import RESPONSE_MODEL, load_models, registered
from serving.timing import Timing
from training import ResponseModel
from training.response_training import TimedResponse


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
