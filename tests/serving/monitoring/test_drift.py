"""Evidently's reports: written from the reference's sample, in both forms, without anything from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from serving.monitoring.drift import write_drift
from serving.monitoring.reference import SCORE


def test_evidently_tells_which_columns_have_drifted(bank: Any, tmp_path: Path) -> None:
    reference = bank.service.reference
    names = [SCORE, *reference.names[:5]]
    moved, empty = names[1], names[2]
    current = reference.sample[names].assign(**{moved: reference.sample[moved] + 1e4, empty: np.nan})
    write_drift(reference, current, tmp_path, most=300)
    told = json.loads((tmp_path / "drift.json").read_text(encoding="utf-8"))
    drift = {one["config"].get("column"): one["value"] for one in told["metrics"] if "ValueDrift" in one["metric_name"]}
    assert empty not in drift
    assert drift[moved] > 0.1 > drift[SCORE]
    assert any("MissingValue" in one["metric_name"] for one in told["metrics"])
    page = (tmp_path / "drift.html").read_text(encoding="utf-8")
    assert "<script src=" not in page
    assert moved in page
