"""A training from a book to registered models: samples, fit, verdict on the judge window, record.

Both models are registered under the same alias. A book without reminders trains the default model alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from features.book import Book
from features.tables.screening import validate
from serving.monitoring.reference import REFERENCE
from serving.policy_settings import read_policy
from serving.registry import Models
from training.dataset import Sample, Window, default_samples, response_samples
from training.default_training import BASE_RATE_LOSS, Report, Rivals, declared_signs, default_record, fit_rivals
from training.reference import reference_for
from training.response_training import response_record
from training.review.collect import champion_for, collect
from training.review.gate_measures import gate_measures
from training.review.material import FOLDER
from training.review.source import Training
from training.settings import TrainSettings
from training.track import Record, register


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
    rivals = fit_rivals(samples, settings, report)
    records = [default_record(rivals, samples, lineage, figures, report)]
    if len(book.reminders):
        report("building the features of each reminder")
        reminded = response_samples(book, settings)
        records.append(response_record(book, reminded, settings, read_policy(), lineage, figures, report))
    report("collecting what reviewers will ask for")
    records[0] = _reviewed(records, book, settings, samples, rivals, now or pd.Timestamp.now("UTC"))
    report("keeping how the fit window looked, for monitoring")
    records[0] = _with_reference(records[0], book, settings, samples, rivals)
    report("registering")
    return [Trained(r.name, *register(r, alias), r.metrics, r.tables) for r in records]


def _reviewed(
    records: Sequence[Record],
    book: Book,
    settings: TrainSettings,
    samples: Mapping[Window, Sample],
    rivals: Rivals,
    now: pd.Timestamp,
) -> Record:
    """Return the default model's record with the material of its review and the measures taken on it."""
    default = records[0]
    timed = records[1].model if len(records) > 1 else None
    effects, timing = (None, None) if timed is None else (timed.response.scorer_, timed.timing)
    champion, why = champion_for(samples["judge"].X)
    material = collect(
        Training(
            book=book,
            book_hash=default.params["data_hash"],
            settings=settings,
            policy=read_policy(),
            samples=samples,
            model=rivals.model,
            signs=declared_signs(rivals.model),
            dropped=rivals.selection.dropped_,
            models=Models(rivals.model.scorer_, effects, "", timing),
            champion=champion,
            why_no_champion=why,
            scorecard=rivals.scorecard,
            trained_at=now,
        )
    )
    return replace(default, metrics={**default.metrics, **gate_measures(material)}, folders={FOLDER: material})


def _with_reference(
    default: Record, book: Book, settings: TrainSettings, samples: Mapping[Window, Sample], rivals: Rivals
) -> Record:
    """Return the default model's record with what monitoring holds later customers against."""
    auc = default.metrics["judge_auc"]
    reference = reference_for(book, samples["fit"], samples["judge"], rivals.model, auc, settings)
    return replace(default, folders={**default.folders, REFERENCE: reference})


def book_hash(book: Book) -> str:
    """Return a hash of the book's rows that does not depend on their order."""
    digest = hashlib.sha256()
    for name, frame in book.tables():
        rows = pd.util.hash_pandas_object(frame, index=False).to_numpy()
        digest.update(f"{name}:{len(frame)}:{np.bitwise_xor.reduce(rows) if len(rows) else 0}".encode())
    return digest.hexdigest()[:16]


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    flat = {}
    for name, value in settings.items():
        inner = {f"{name}.{k}": v for k, v in value.items()} if isinstance(value, dict) else {name: value}
        flat.update(inner)
    return flat
