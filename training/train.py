"""A training from a book to registered models: samples, fit, verdict on the judge window, record.

Both models are registered under the same alias. A book without reminders trains the default model alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from features.book import Book
from features.catalogue import CATALOGUE
from features.tables.screening import validate
from serving.actions import NONE, read_policy
from serving.registry import DEFAULT_MODEL, RESPONSE_MODEL, Models
from training.dataset import ResponseSample, Sample, Window, default_samples, response_samples
from training.default_model import DefaultModel
from training.evaluate import calibration_table, log_loss_per_row, measures
from training.response_model import ResponseModel
from training.review.collect import champion_for, collect
from training.review.gates import gate_measures
from training.review.material import FOLDER
from training.review.source import Training
from training.selection import REASONS, FeatureSelection
from training.settings import TrainSettings
from training.track import Record, register

BASE_RATE_LOSS = "judge_log_loss_of_base_rate"
"""Name of the log loss of giving everyone the judge window's own default rate: what a model must beat."""

type Report = Callable[[str], None]
"""Told, in words, what a long step will do next."""


@dataclass(frozen=True)
class Trained:
    """A registered model: its version, the alias it got, its verdict and the tables behind it."""

    name: str
    version: str
    alias: str
    metrics: Mapping[str, float]
    tables: Mapping[str, pd.DataFrame]

    @property
    def is_useless(self) -> bool:
        """Tell whether giving everyone the same probability would have done as well."""
        return self.metrics["judge_log_loss"] >= self.metrics.get(BASE_RATE_LOSS, np.inf)


def train(
    book: Book,
    settings: TrainSettings,
    alias: str | None = None,
    moments: Sequence[pd.Timestamp] = (),
    figures: bool = True,
    report: Report = lambda words: None,
    now: pd.Timestamp | None = None,
) -> list[Trained]:
    """Train, judge and register the default model and, where the book has reminders, the response model.

    ``moments`` are those of the default cohorts; see ``default_samples``. ``now``, the clock's time unless given,
    is written down as the time of the training and changes nothing else.

    Raises
    ------
    SchemaError
        When a table of the book has a fault.
    ModelError
        When the book is too short or holds too few defaults to learn from.
    """
    report("checking the seven tables")
    lineage = {"data_hash": book_hash(validate(book)), **_flat(asdict(settings))}
    report("building monthly cohorts")
    samples = default_samples(book, settings, moments)
    records = [_default_record(samples, settings, lineage, figures, report)]
    if len(book.reminders):
        report("building the features of each reminder")
        records.append(_response_record(response_samples(book, settings), settings, lineage, figures, report))
    report("collecting what reviewers will ask for")
    records[0] = _reviewed(records, book, settings, samples, now or pd.Timestamp.now("UTC"))
    report("registering")
    return [Trained(r.name, *register(r, alias), r.metrics, r.tables) for r in records]


def _reviewed(
    records: Sequence[Record],
    book: Book,
    settings: TrainSettings,
    samples: Mapping[Window, Sample],
    now: pd.Timestamp,
) -> Record:
    """Return the default model's record with the material of its review and the measures taken on it."""
    default = records[0]
    effects = records[1].model.scorer_ if len(records) > 1 else None
    champion, why = champion_for(samples["judge"].X)
    material = collect(
        Training(
            book=book,
            book_hash=default.params["data_hash"],
            settings=settings,
            policy=read_policy(),
            samples=samples,
            model=default.model,
            signs={name: feature.sign for name, feature in CATALOGUE.items()},
            dropped=default.tables["dropped"],
            models=Models(default.model.scorer_, effects, ""),
            champion=champion,
            why_no_champion=why,
            scorecard=None,
            trained_at=now,
        )
    )
    return replace(default, metrics={**default.metrics, **gate_measures(material)}, folders={FOLDER: material})


def book_hash(book: Book) -> str:
    """Return a hash of the book's rows that does not depend on their order."""
    digest = hashlib.sha256()
    for name, frame in book.tables():
        rows = pd.util.hash_pandas_object(frame, index=False).to_numpy()
        digest.update(f"{name}:{len(frame)}:{np.bitwise_xor.reduce(rows) if len(rows) else 0}".encode())
    return digest.hexdigest()[:16]


def _default_record(
    samples: Mapping[Window, Sample], settings: TrainSettings, lineage: Mapping[str, Any], figures: bool, report: Report
) -> Record:
    selection = _selection(samples["fit"], settings, report)
    fit, tune, judge = (
        replace(samples[window], X=selection.transform(samples[window].X)) for window in ("fit", "tune", "judge")
    )
    signs = {name: feature.sign for name, feature in CATALOGUE.items()} if settings.sign_constraints else None
    report(f"fitting the default model on {len(fit):,} rows")
    model = DefaultModel(trials=settings.trials, seed=settings.seed, signs=signs)
    model.fit(fit.X, fit.outcome, groups=fit.X.index, time=fit.at)
    before = model.predict_proba(judge.X)[:, 1]
    model.calibrate(tune.X, tune.outcome)
    after = model.predict_proba(judge.X)[:, 1]
    metrics = {f"judge_{name}": value for name, value in measures(judge.outcome, after).items()}
    metrics["judge_log_loss_before_tuning"] = float(log_loss_per_row(judge.outcome, before).mean())
    rate = float(judge.outcome.mean())
    metrics["judge_default_rate"] = rate
    metrics[BASE_RATE_LOSS] = float(log_loss_per_row(judge.outcome, np.full(len(judge), rate)).mean())
    calibration = calibration_table(judge.outcome, after)
    line = model.calibration_
    params = {"rounds": model.rounds_, "slope": line.slope, "intercept": line.intercept, **_counts(selection)}
    drawn = _default_figures(model, judge, calibration, report) if figures else {}
    tables = {"calibration": calibration, "windows": _windows(samples), "dropped": selection.dropped_}
    return Record(DEFAULT_MODEL, model, {**lineage, **params, **_tree_params(model)}, metrics, tables, drawn)


def _selection(fit: Sample, settings: TrainSettings, report: Report) -> FeatureSelection:
    """Judge the columns by the fit window alone: the others are for the tuning and the verdict."""
    selection = FeatureSelection(**settings.selection.thresholds).fit(fit.X, time=fit.at)
    report(f"keeping {len(selection.kept_)} of {fit.X.shape[1]} columns for the default model")
    return selection


def _counts(selection: FeatureSelection) -> dict[str, int]:
    """Return how many columns were kept, and dropped for each reason."""
    dropped = selection.dropped_["reason"].value_counts()
    return {"columns_kept": len(selection.kept_), **{f"columns_{why}": int(dropped.get(why, 0)) for why in REASONS}}


def _default_figures(model: DefaultModel, judge: Sample, calibration: pd.DataFrame, report: Report) -> dict[str, Any]:
    from training.reports.explain import beeswarm_figure
    from training.reports.figures import calibration_figure, importance_figure

    report("drawing SHAP and calibration figures")
    contributions = model.explain(judge.X).drop(columns="base")
    return {
        "calibration": calibration_figure(calibration, "Judge window: expected against observed default rate"),
        "importance": importance_figure(contributions),
        "shap_beeswarm": beeswarm_figure(contributions, judge.X),
    }


def _response_record(
    samples: Mapping[Window, ResponseSample],
    settings: TrainSettings,
    lineage: Mapping[str, Any],
    figures: bool,
    report: Report,
) -> Record:
    fit, judge = samples["fit"], samples["judge"]
    report(f"fitting the response model on {len(fit):,} reminders")
    model = ResponseModel(seed=settings.seed)
    model.fit(fit.X, fit.action, fit.outcome, fit.propensity, groups=fit.X.index)
    metrics = _response_metrics(model, judge)
    tables = {"average_effects": model.average_effects_, "overlap": model.overlap_, "windows": _windows(samples)}
    drawn = {}
    if figures:
        from training.reports.figures import effects_figure

        drawn = {"average_effects": effects_figure(model.average_effects_.drop(index=NONE, errors="ignore"))}
    return Record(RESPONSE_MODEL, model, lineage, metrics, tables, drawn)


def _response_metrics(model: ResponseModel, judge: ResponseSample) -> dict[str, float]:
    """Return how well the model foretells the logged outcomes, and how much the effects differ between people."""
    predicted = model.predict(judge.X)
    column = predicted.columns.get_indexer(pd.Index(judge.action))
    seen = column >= 0
    logged = predicted.to_numpy()[np.arange(len(judge)), column][seen]
    verdict = measures(judge.outcome[seen], logged)
    kept = {f"judge_{name}": verdict[name] for name in ("auc", "log_loss", "calibration_error")}
    return {**kept, "heterogeneity": model.heterogeneity_, "randomised_rows": float(model.overlap_["randomised"].sum())}


def _windows(samples: Mapping[Window, Sample]) -> pd.DataFrame:
    rows = {
        window: {
            "rows": len(sample),
            "customers": sample.X.index.nunique(),
            "first": sample.at.min(),
            "last": sample.at.max(),
            "outcome_rate": float(sample.outcome.mean()),
        }
        for window, sample in samples.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("window")


def _tree_params(model: DefaultModel) -> dict[str, Any]:
    return {k: v for k, v in model.params_.items() if k != "monotone_constraints"}


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    flat = {}
    for name, value in settings.items():
        inner = {f"{name}.{k}": v for k, v in value.items()} if isinstance(value, dict) else {name: value}
        flat.update(inner)
    return flat
