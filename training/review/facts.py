"""The facts of a training that are no table: what was learned from what, by which settings and versions."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import pandas as pd

from features.book import Book
from features.labels import IN_DEFAULT, LABELLED, NOTHING_AT_RISK, default_cohort
from features.tables.schema import TABLES
from training.dataset import WINDOWS, Sample, Window, customer_windows
from training.review.changes import CHANGES
from training.review.source import Training

PACKAGES = ("duewise", "xgboost", "numpy", "pandas", "scikit-learn", "scipy", "mlflow")
"""Packages whose versions are written down: those a number may depend on."""


def _tables(book: Book) -> dict[str, dict[str, Any]]:
    found = {}
    for name, frame in book.tables():
        column = "due_date" if name == "instalments" else TABLES[name].known_from
        days = frame[column] if column else pd.Series(dtype="datetime64[us]")
        first, last = (f"{day:%Y-%m-%d}" if day is not pd.NaT else None for day in (days.min(), days.max()))
        found[name] = {"rows": len(frame), "first": first, "last": last}
    return found


def _window(sample: Sample) -> dict[str, Any]:
    return {
        "rows": len(sample),
        "customers": int(sample.X.index.nunique()),
        "first": sample.at.min().isoformat(),
        "last": sample.at.max().isoformat(),
        "defaults": int(sample.outcome.sum()),
        "default_rate": float(sample.outcome.mean()),
    }


def _population(training: Training, window: Window) -> dict[str, int]:
    """Return how many customers a window has, and what became of each at each of its moments.

    ``looked_at`` counts customers times moments; it is the sum of ``labelled``, ``in_default`` and
    ``nothing_at_risk``. ``thinned`` are labelled and yet left out, the sample being as large as it may be.
    """
    settings, sample = training.settings, training.samples[window]
    window_of = customer_windows(training.book.customers["customer_id"], settings)
    names = list(window_of.index[(window_of == window).to_numpy()])
    fates: list[Any] = [
        default_cohort(training.book, at, settings.default_dpd, settings.horizon_days, names)["fate"]
        for at in sample.at.unique()
    ]
    counts = pd.concat(fates).value_counts()
    labelled = int(counts.get(LABELLED, 0))
    return {
        "customers": len(names),
        "moments": len(fates),
        "looked_at": int(counts.sum()),
        "labelled": labelled,
        "in_default": int(counts.get(IN_DEFAULT, 0)),
        "nothing_at_risk": int(counts.get(NOTHING_AT_RISK, 0)),
        "thinned": labelled - len(sample),
    }


def facts_of(training: Training) -> dict[str, Any]:
    """Return the facts of a training as JSON; see ``Material``."""
    model, champion = training.model, training.champion
    settings = asdict(training.settings)
    return {
        "book": {"hash": training.book_hash, "tables": _tables(training.book)},
        "settings": settings,
        "windows": {window: _window(training.samples[window]) for window in WINDOWS},
        "population": {window: _population(training, window) for window in WINDOWS},
        "model": {
            "columns": training.columns,
            "signs": {name: int(sign) for name, sign in training.signs.items() if name in training.columns},
            "held": model.signs_,
            "committee": model.committee_.to_dict(orient="index"),
            "rounds": model.rounds_,
            "calibration": {"slope": model.calibration_.slope, "intercept": model.calibration_.intercept},
            "tiers": dict(training.policy.tiers),
            "search": {"trials": 0 if model.trials_ is None else len(model.trials_)},
        },
        "versions": {
            "python": platform.python_version(),
            "packages": {name: version(name) for name in PACKAGES},
            "policy": training.policy.version,
        },
        "champion": None if champion is None else champion.version.split()[0],
        "why_no_champion": training.why_no_champion,
        "scenarios": {name: change.says for name, change in CHANGES.items()},
        "trained_at": training.trained_at.isoformat(),
    }
