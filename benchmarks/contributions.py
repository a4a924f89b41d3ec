"""What reasons cost: ``python -m benchmarks.contributions [ROWS]`` (100,000 by default).

Time of the product's contributions, alone and with the probability, against XGBoost's own ``pred_contribs`` of the same
trees on the same rows, interleaved, medians; and how far contributions plus base are from the margin of each row.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import xgboost as xgb

from benchmarks.machine import machine_line
from training import simulate_bank
from training.dataset import default_samples
from training.default_training import fit_rivals
from training.settings import read_train_settings

REPEATS = 3


def seconds(work: Callable[[], Any]) -> float:
    """Return how long ``work`` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Print both times, their ratio and the largest gap."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    settings = read_train_settings()
    samples = default_samples(simulate_bank(5_000, 18, seed=7).book, settings)
    model = fit_rivals(samples, settings, lambda words: print(words, flush=True)).model
    judge = samples["judge"].X
    X = judge.iloc[np.arange(rows) % len(judge)].reset_index(drop=True)[list(model.feature_names_in_)]
    scorer, trees = model.scorer_, model.scorer_.trees

    def peer() -> Any:
        return trees.predict(xgb.DMatrix(X.to_numpy(np.float32)), pred_contribs=True)

    works = (lambda: scorer.contributions(X), lambda: scorer.score(X, explain=True), peer)
    ours, scored, theirs = np.median([[seconds(work) for work in works] for _ in range(REPEATS)], axis=0)
    scores = scorer.score(judge, explain=True)
    whole = scores.contributions.sum(axis=1) + scores.base  # type: ignore[union-attr, operator]
    line = scorer.calibration
    gap = np.abs(whole - (line.slope * scorer.margin(judge) + line.intercept)).max()
    print(f"\n{rows:,} rows x {X.shape[1]} columns, {trees.num_boosted_rounds():,} trees; {machine_line()}")
    print(f"XGBoost's pred_contribs {theirs:.2f} s; contributions {ours:.2f} s: ratio {ours / theirs:.3f}")
    print(f"probability and contributions {scored:.2f} s: ratio {scored / theirs:.3f}")
    print(f"largest gap between contributions + base and calibrated margin, {len(judge):,} judge rows: {gap:.1e}")


if __name__ == "__main__":
    main()
