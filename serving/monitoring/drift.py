"""Evidently's reports on drift and quality of the features: the one door to it.

It takes seconds to import, and alarms do not come from here: its bounds know neither the sample's size nor how many
columns are asked about. It is for people to look at.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from serving.monitoring.reference import Reference

HTML, JSON = "drift.html", "drift.json"


def write_drift(reference: Reference, current: pd.DataFrame, folder: str | Path, most: int, seed: int = 0) -> None:
    """Write drift.html and drift.json: the reference's sample against ``current``, at most ``most`` rows of each.

    ``current`` has columns of the reference's sample. A column without any value on either side is left out, since
    Evidently cannot compare it.
    """
    old, new = (_drawn(frame, most, seed) for frame in (reference.sample[list(current)], current))
    told = [name for name in old if old[name].notna().any() and new[name].notna().any()]
    target = Path(folder)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of its own dependencies, when it is imported and when it runs
        os.environ.setdefault("DO_NOT_TRACK", "1")
        from evidently import DataDefinition, Dataset, Report
        from evidently.presets import DataDriftPreset, DataSummaryPreset

        shape = DataDefinition(numerical_columns=told)
        presets = [DataDriftPreset(columns=told, num_method="wasserstein"), DataSummaryPreset(columns=told)]
        sides = (Dataset.from_pandas(frame[told].astype(np.float64), shape) for frame in (new, old))
        run = Report(presets, include_tests=False).run(*sides)
        run.save_html(str(target / HTML))
        run.save_json(str(target / JSON))


def _drawn(frame: pd.DataFrame, most: int, seed: int) -> pd.DataFrame:
    chosen = np.sort(np.random.default_rng(seed).permutation(len(frame))[:most])
    return frame.iloc[chosen].reset_index(drop=True)
