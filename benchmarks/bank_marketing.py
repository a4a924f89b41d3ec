"""The default model on a set that is no credit book: ``python -m benchmarks.bank_marketing``.

UCI's Bank Marketing (bank-full) without day, month and duration: who takes a deposit. Three stratified folds, mean of
fold AUC and log loss, with the settings every set gets. Published figures: shared/data/README.md gives their sources.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.machine import machine_line
from benchmarks.real_data import real_data
from benchmarks.taiwan import over_folds

PUBLISHED = pd.DataFrame(
    [
        ("XGBoost, library defaults", 0.7390, np.nan),
        ("LightGBM, library defaults", 0.7559, np.nan),
        ("CatBoost, library defaults", 0.7632, np.nan),
        ("LightPFN x4 (a tabular foundation model)", 0.7647, np.nan),
        ("one hand-set XGBoost", 0.7645, 0.3015),
    ],
    columns=["model", "auc", "log_loss"],
)


def main() -> None:
    """Print our figures beside the published ones."""
    frame = pd.read_csv(real_data() / "bank_marketing_full.csv.gz", sep=";")
    y = (frame["y"] == "yes").astype(float)
    ours = ("Duewise DefaultModel", *over_folds(frame.drop(columns=["y", "day", "month", "duration"]), y))
    table = pd.concat([PUBLISHED, pd.DataFrame([ours], columns=PUBLISHED.columns)])
    print(f"{len(frame):,} people; {machine_line()}")
    print(table.round(4).to_string(index=False))


if __name__ == "__main__":
    main()
