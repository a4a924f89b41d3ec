"""The response model's part of a training: fit, when to send, verdict on the judge window, and its record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.book import Book
from serving.actions import NONE
from serving.policy_settings import PolicySettings
from serving.registry import RESPONSE_MODEL
from serving.timing import Timing
from training.dataset import ResponseSample, Window, windows_table
from training.default_training import Report
from training.evaluate import measures
from training.response.evidence import FEWEST_ROWS
from training.response.model import ResponseModel
from training.response.timing import LearnedTiming, learn_timing
from training.response.timing_gain import ALL, timing_gain
from training.response.timing_log import TimingLog
from training.settings import TrainSettings
from training.track import Record


@dataclass(frozen=True)
class TimedResponse:
    """A response model and the timing learned with it, saved into one folder; None where the log compares no hours."""

    response: ResponseModel
    timing: Timing | None

    def save(self, folder: Path) -> None:
        """Write both into ``folder``."""
        self.response.save(folder)
        if self.timing is not None:
            self.timing.save(folder)


def with_evidence(sample: ResponseSample) -> ResponseSample:
    """Return the rows of doing nothing and of each action that the log holds often enough to measure it.

    What a rarer action does could only be told by what the others do: no model learns it, and serving answers
    no_evidence. Where no action is left, the sample as it is, for the model to say so.
    """
    names, code = np.unique(sample.action.astype(str), return_inverse=True)
    known = ~np.isnan(sample.propensity)
    most = np.maximum(np.bincount(code[known], minlength=len(names)), np.bincount(code[~known], minlength=len(names)))
    kept = (most >= FEWEST_ROWS) | (names == NONE)
    rows = np.flatnonzero(kept[code])
    return sample if (names[kept] == NONE).all() else sample.within(rows)


def response_record(
    book: Book,
    samples: Mapping[Window, ResponseSample],
    settings: TrainSettings,
    policy: PolicySettings,
    lineage: Mapping[str, Any],
    figures: bool,
    report: Report,
) -> Record:
    """Fit the response model and the timing, judge both on the judge window, and return what is kept of them."""
    fit, judge = with_evidence(samples["fit"]), samples["judge"]
    report(f"fitting the response model on {len(fit):,} reminders")
    model = ResponseModel(seed=settings.seed)
    model.fit(fit.X, fit.action, fit.outcome, fit.propensity, groups=fit.X.index)
    tables = {"average_effects": model.average_effects_, "overlap": model.overlap_, "windows": windows_table(samples)}
    logs = {name: TimingLog.of(book, sample, model.scorer_, policy.dayparts) for name, sample in samples.items()}
    learned = learn_timing(TimingLog.joined([logs["fit"], logs["tune"]]))
    metrics = _metrics(model, judge)
    if learned is not None:
        tables["timing"] = learned.table()
        tables["timing_adds"] = timing_gain(learned, logs["judge"], policy.recovery_weight)
        metrics |= _timing_metrics(learned, tables["timing_adds"])
    drawn = {}
    if figures:
        from training.reports.figures.run import effects_figure

        drawn = {"average_effects": effects_figure(model.average_effects_.drop(index=NONE, errors="ignore"))}
    timed = TimedResponse(model, None if learned is None else learned.timing)
    return Record(RESPONSE_MODEL, timed, lineage, metrics, tables, drawn)


def _timing_metrics(learned: LearnedTiming, adds: pd.DataFrame) -> dict[str, float]:
    """Return how strong customers' own hours are, and what the choice of the hour adds, but for what is not known."""
    ends = ("expected", "expected_low", "expected_high", "measured", "measured_low", "measured_high")
    gain = {f"timing_adds_{name}": float(adds[name][ALL]) for name in ends}
    return {name: value for name, value in {**learned.metrics, **gain}.items() if np.isfinite(value)}


def _metrics(model: ResponseModel, judge: ResponseSample) -> dict[str, float]:
    """Return how well the model foretells the logged outcomes, and how much the effects differ between people."""
    predicted = model.predict(judge.X)
    column = predicted.columns.get_indexer(pd.Index(judge.action))
    seen = column >= 0
    logged = predicted.to_numpy()[np.arange(len(judge)), column][seen]
    verdict = measures(judge.outcome[seen], logged)
    kept = {f"judge_{name}": verdict[name] for name in ("auc", "log_loss", "calibration_error")}
    return {**kept, "heterogeneity": model.heterogeneity_, "randomised_rows": float(model.overlap_["randomised"].sum())}
