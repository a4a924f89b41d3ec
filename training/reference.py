"""What a training leaves for monitoring: how the fit window of its default model looked."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.book import Book
from serving.monitoring.attributes import attributes_of
from serving.monitoring.ranking import auc_error
from serving.monitoring.reference import SCORE, Profile, Reference, category_counts
from training.dataset import Sample
from training.default_model import DefaultModel
from training.settings import TrainSettings

_MOST = 5_000
"""Rows of the sample."""


def reference_for(
    book: Book, fit: Sample, judge: Sample, model: DefaultModel, auc: float, settings: TrainSettings
) -> Reference:
    """Return the reference of a model: the fit window as it is, and the ``auc`` of the judge window."""
    X = fit.X[list(model.scorer_.encoding.columns)]
    score = model.predict_proba(X)[:, 1]
    places = book.ledger.position.get_indexer(pd.Index(X.index.unique()))
    chosen = np.random.default_rng(settings.seed).permutation(len(X))[:_MOST]
    return Reference(
        rows=len(X),
        customers=X.index.nunique(),
        first=fit.at.min().isoformat(),
        last=fit.at.max().isoformat(),
        dpd=settings.default_dpd,
        horizon_days=settings.horizon_days,
        default_rate=float(fit.outcome.mean()),
        auc=auc,
        auc_error=auc_error(auc, int(judge.outcome.sum()), int((1 - judge.outcome).sum())),
        score=Profile.of(SCORE, score),
        features=tuple(Profile.of(str(name), X[name].to_numpy(np.float64)) for name in X),
        categories={name: category_counts(told) for name, told in attributes_of(book, places).items()},
        sample=X.assign(**{SCORE: score}).iloc[chosen].reset_index(drop=True).astype(np.float32),
    )
