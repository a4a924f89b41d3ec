"""The response model's part of a training: fit, verdict on the judge window, and its record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from serving.actions import NONE
from serving.registry import RESPONSE_MODEL
from training.dataset import ResponseSample, Window, windows_table
from training.default_training import Report
from training.evaluate import measures
from training.response_model import ResponseModel
from training.settings import TrainSettings
from training.track import Record


def response_record(
    samples: Mapping[Window, ResponseSample],
    settings: TrainSettings,
    lineage: Mapping[str, Any],
    figures: bool,
    report: Report,
) -> Record:
    """Fit the response model, judge it on the judge window, and return what is kept of it."""
    fit, judge = samples["fit"], samples["judge"]
    report(f"fitting the response model on {len(fit):,} reminders")
    model = ResponseModel(seed=settings.seed)
    model.fit(fit.X, fit.action, fit.outcome, fit.propensity, groups=fit.X.index)
    tables = {"average_effects": model.average_effects_, "overlap": model.overlap_, "windows": windows_table(samples)}
    drawn = {}
    if figures:
        from training.reports.figures.run import effects_figure

        drawn = {"average_effects": effects_figure(model.average_effects_.drop(index=NONE, errors="ignore"))}
    return Record(RESPONSE_MODEL, model, lineage, _metrics(model, judge), tables, drawn)


def _metrics(model: ResponseModel, judge: ResponseSample) -> dict[str, float]:
    """Return how well the model foretells the logged outcomes, and how much the effects differ between people."""
    predicted = model.predict(judge.X)
    column = predicted.columns.get_indexer(pd.Index(judge.action))
    seen = column >= 0
    logged = predicted.to_numpy()[np.arange(len(judge)), column][seen]
    verdict = measures(judge.outcome[seen], logged)
    kept = {f"judge_{name}": verdict[name] for name in ("auc", "log_loss", "calibration_error")}
    return {**kept, "heterogeneity": model.heterogeneity_, "randomised_rows": float(model.overlap_["randomised"].sum())}
