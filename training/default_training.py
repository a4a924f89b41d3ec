"""The default model's part of a training: columns, fit, calibration, verdict on the judge window, and its record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import expit

from features.catalogue import CATALOGUE, DEBATED
from features.errors import ModelError
from serving.registry import DEFAULT_MODEL
from training.dataset import Sample, Window, windows_table
from training.default_model import DefaultModel
from training.evaluate import calibration_table, log_loss_per_row, measures
from training.portfolio import PORTFOLIO
from training.scorecard import Scorecard
from training.selection import REASONS, FeatureSelection
from training.settings import TrainSettings
from training.track import Record, study_storage

BASE_RATE_LOSS = "judge_log_loss_of_base_rate"
"""Name of the log loss of giving everyone the judge window's own default rate: what a model must beat."""

type Report = Callable[[str], None]
"""Told, in words, what a long step will do next."""

SIGNS: Mapping[str, int] = {name: feature.sign for name, feature in CATALOGUE.items()}
"""The declared sign of each feature towards risk."""


@dataclass(frozen=True)
class Rivals:
    """The default model and the scorecard fitted on the same rows and columns; None where none could be fitted."""

    model: DefaultModel
    scorecard: Scorecard | None
    selection: FeatureSelection


def fit_rivals(samples: Mapping[Window, Sample], settings: TrainSettings, report: Report) -> Rivals:
    """Choose the columns, fit the default model and calibrate it, and fit the challenger.

    Columns and trees learn from the fit window, the calibration from the tune window.
    """
    selection = _selection(samples["fit"], settings, report)
    fit, tune = (replace(samples[window], X=selection.transform(samples[window].X)) for window in ("fit", "tune"))
    signs = SIGNS if settings.sign_constraints else None
    report(f"fitting the default model on {len(fit):,} rows")
    model = DefaultModel(
        trials=settings.search.trials,
        minutes=settings.search.minutes,
        study=study_storage(),
        seed=settings.seed,
        portfolio={name: PORTFOLIO[name] for name in settings.portfolio},
        bags=settings.bags,
        signs=signs,
        debated=DEBATED,
        progress=lambda done, total, words: report(f"trial {done}{f' of {total}' if total else ''}: {words}"),
    )
    model.fit(fit.X, fit.outcome, groups=fit.X.index, time=fit.at)
    model.calibrate(tune.X, tune.outcome, groups=tune.X.index)
    report("fitting the scorecard beside it")
    return Rivals(model, _scorecard(fit, settings), selection)


def default_record(
    rivals: Rivals,
    samples: Mapping[Window, Sample],
    lineage: Mapping[str, Any],
    figures: bool,
    report: Report,
) -> Record:
    """Judge the default model on the judge window and return what is kept of it."""
    model, selection = rivals.model, rivals.selection
    judge = replace(samples["judge"], X=selection.transform(samples["judge"].X))
    predicted = model.predict_proba(judge.X)[:, 1]
    calibration = calibration_table(judge.outcome, predicted)
    line = model.calibration_
    params = {"rounds": model.rounds_, "slope": line.slope, "intercept": line.intercept, **_counts(selection)}
    weights = {f"weight_{name}": weight for name, weight in model.committee_["weight"].items()}
    tables = {
        "calibration": calibration,
        "calibration_choice": model.calibration_choice_,
        "committee": model.committee_,
        "dropped": selection.dropped_,
        "windows": windows_table(samples),
        **({} if model.trials_ is None else {"trials": model.trials_}),
    }
    drawn = _figures(model, judge, calibration, report) if figures else {}
    return Record(
        DEFAULT_MODEL, model, {**lineage, **params, **weights}, _metrics(model, judge, predicted), tables, drawn
    )


def declared_signs(model: DefaultModel) -> dict[str, int]:
    """Return the catalogue's sign of each feature; a debated one that the search set free counts as not declared."""
    return {name: 0 if name in DEBATED and name not in model.signs_ else sign for name, sign in SIGNS.items()}


def _metrics(model: DefaultModel, judge: Sample, predicted: Any) -> dict[str, float]:
    rate, uncalibrated = float(judge.outcome.mean()), expit(model.scorer_.margin(judge.X))
    return {
        **{f"judge_{name}": value for name, value in measures(judge.outcome, predicted).items()},
        "judge_log_loss_uncalibrated": float(log_loss_per_row(judge.outcome, uncalibrated).mean()),
        "judge_default_rate": rate,
        BASE_RATE_LOSS: float(log_loss_per_row(judge.outcome, np.full(len(judge), rate)).mean()),
    }


def _selection(fit: Sample, settings: TrainSettings, report: Report) -> FeatureSelection:
    """Judge the columns by the fit window alone: the others are for the tuning and the verdict."""
    selection = FeatureSelection(**settings.selection.arguments).fit(fit.X, time=fit.at)
    report(f"keeping {len(selection.kept_)} of {fit.X.shape[1]} columns for the default model")
    return selection


def _scorecard(fit: Sample, settings: TrainSettings) -> Scorecard | None:
    """Return the challenger; None where the rows are too few for one, which is no reason to be without a model."""
    try:
        return Scorecard(seed=settings.seed, signs=SIGNS).fit(fit.X, fit.outcome)
    except ModelError:
        return None


def _counts(selection: FeatureSelection) -> dict[str, int]:
    """Return how many columns were kept, and dropped for each reason."""
    dropped = selection.dropped_["reason"].value_counts()
    return {"columns_kept": len(selection.kept_), **{f"columns_{why}": int(dropped.get(why, 0)) for why in REASONS}}


def _figures(model: DefaultModel, judge: Sample, calibration: Any, report: Report) -> dict[str, Any]:
    from training.reports.explain import beeswarm_figure
    from training.reports.figures.run import calibration_figure, importance_figure

    report("drawing SHAP and calibration figures")
    contributions = model.explain(judge.X).drop(columns="base")
    return {
        "calibration": calibration_figure(calibration, "Judge window: expected against observed default rate"),
        "importance": importance_figure(contributions),
        "shap_beeswarm": beeswarm_figure(contributions, judge.X),
    }
