"""What a training leaves for monitoring: how the customers of its fit window looked, on any day of it.

Cohorts are cut at the starts of months, decisions are made on every day: held against month starts alone, whatever
depends on the day of the month (the days since income, say) would seem to have moved.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.book import Book
from features.history import History
from features.labels import FATES, LABELLED, fates_of
from features.ledger.calendar import DAY
from features.matrix import features_of
from serving.monitoring.attributes import attributes_of
from serving.monitoring.ranking import auc_error
from serving.monitoring.reference import SCORE, Profile, Reference, category_counts
from training.dataset import Sample
from training.default_model import DefaultModel
from training.settings import TrainSettings

_MOST, _KEPT = 20_000, 5_000
"""Customers and days that are drawn, and rows of the sample."""

_MONTH = 30 * DAY
"""How long a cohort stands for, from its moment on."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Days:
    """Customers at days of a window: ``X`` with the model's columns and ``SCORE``; ``customer`` (n,) positions."""

    X: pd.DataFrame
    customer: Ints


def reference_for(
    book: Book, fit: Sample, judge: Sample, model: DefaultModel, auc: float, settings: TrainSettings
) -> Reference:
    """Return the reference of a model: its fit window, how far the judge window is from it, and its ``auc`` there."""
    before, judged = (_days(book, sample, model, settings) for sample in (fit, judge))
    profiles = {
        str(name): Profile.of(str(name), column.to_numpy(np.float64), judged.X[name].to_numpy(np.float64))
        for name, column in before.X.items()
    }
    people = np.unique(before.customer)
    return Reference(
        rows=len(fit),
        customers=len(people),
        first=fit.at.min().isoformat(),
        last=fit.at.max().isoformat(),
        dpd=settings.default_dpd,
        horizon_days=settings.horizon_days,
        default_rate=float(fit.outcome.mean()),
        auc=auc,
        auc_error=auc_error(auc, int(judge.outcome.sum()), int((1 - judge.outcome).sum())),
        score=profiles.pop(SCORE),
        features=tuple(profiles.values()),
        categories={name: category_counts(told) for name, told in attributes_of(book, people).items()},
        sample=before.X.iloc[:_KEPT].reset_index(drop=True).astype(np.float32),
    )


def _days(book: Book, sample: Sample, model: DefaultModel, settings: TrainSettings) -> _Days:
    """Return customers of a sample, drawn with replacement, at moments drawn from its months, those at risk."""
    rng = np.random.default_rng(settings.seed)
    people = book.ledger.position.get_indexer(pd.Index(sample.X.index.unique()))
    customer = rng.choice(people, min(_MOST, 10 * len(people)))
    first, last = (int(at.timestamp()) for at in (sample.at.min(), sample.at.max()))
    at = rng.integers(first, last + _MONTH, len(customer))
    fates = fates_of(book.ledger, customer, at, settings.default_dpd, settings.horizon_days)
    chosen = fates.fate == FATES.index(LABELLED)
    X = features_of(History(book.ledger, customer[chosen], at[chosen]))[list(model.scorer_.encoding.columns)]
    return _Days(X.assign(**{SCORE: model.scorer_.score(X).default_probability}), customer[chosen])
