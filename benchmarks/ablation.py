"""What each family of features is worth: ``python -m benchmarks.ablation [taiwan | simulated]`` (both by default).

AUC and log loss of the default model with the whole catalogue, then without each family: on three folds of the
Taiwan book, and on the judge window of simulated banks. The catalogue of part 1 stands beside it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.machine import machine_line
from benchmarks.real_data import real_data
from benchmarks.taiwan import over_folds
from features import CATALOGUE, build_features
from features.catalogue import FAMILIES
from training import DefaultModel, simulate_bank
from training.dataset import Sample, Window, default_samples
from training.evaluate import measures
from training.settings import read_train_settings
from training.taiwan import read_taiwan, taiwan_book

PART_ONE = {"taiwan": (0.7858, 0.4250), "simulated": (0.8485, 0.1443)}
"""AUC and log loss of part 1's 85 features (commit 2c8b57a), by the same model on the same folds and banks."""

BANKS = (1, 2, 3, 4, 5)
CUSTOMERS, MONTHS = 5_000, 18


@dataclass(frozen=True)
class Judge:
    """What tells AUC and log loss of a set of features, and which features are known in its data at all."""

    known: frozenset[str]
    verdict: Callable[[list[str]], tuple[float, float]]


def taiwan() -> Judge:
    """Return what judges a set of features on the Taiwan book."""
    mapped = taiwan_book(read_taiwan(real_data() / "taiwan_credit_default.csv.gz"))
    X = build_features(mapped.book, mapped.as_of, list(mapped.default.index))
    return Judge(_known(X), lambda names: over_folds(X[names], mapped.default))


def simulated() -> Judge:
    """Return what judges a set of features on the judge windows of simulated banks."""
    settings = read_train_settings()
    banks = [default_samples(simulate_bank(CUSTOMERS, MONTHS, seed).book, settings) for seed in BANKS]

    def verdict(names: list[str]) -> tuple[float, float]:
        auc, loss = np.array([one_bank(samples, names) for samples in banks]).mean(axis=0)
        return float(auc), float(loss)

    return Judge(_known(banks[0]["fit"].X), verdict)


def _known(X: pd.DataFrame) -> frozenset[str]:
    return frozenset(X.columns[X.notna().any()])


def one_bank(samples: Mapping[Window, Sample], names: list[str]) -> tuple[float, float]:
    """Return AUC and log loss on the judge window of a model fitted and tuned on the windows before it."""
    fit, tune, judge = (samples[window] for window in ("fit", "tune", "judge"))
    model = DefaultModel().fit(fit.X[names], fit.outcome, groups=fit.X.index, time=fit.at)
    model.calibrate(tune.X[names], tune.outcome)
    found = measures(judge.outcome, model.predict_proba(judge.X[names])[:, 1])
    return found["auc"], found["log_loss"]


def ablation(judge: Judge, part_one: tuple[float, float]) -> pd.DataFrame:
    """Return the verdicts: the whole catalogue, each family left out, and part 1's features."""
    every = [name for name in CATALOGUE if name in judge.known]
    rows = {"the whole catalogue": (len(every), *judge.verdict(every))}
    for family, members in FAMILIES.items():
        gone = {feature.name for feature in members}
        kept = [name for name in every if name not in gone]
        if len(kept) == len(every):
            continue
        rows[f"without {family}"] = (len(kept), *judge.verdict(kept))
        print(f"  without {family}: AUC {rows[f'without {family}'][1]:.4f}", flush=True)
    rows["part 1's features"] = (85, *part_one)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["features", "auc", "log_loss"])
    return table.assign(auc_lost=table["auc"].iloc[0] - table["auc"])


def main() -> None:
    """Print a table a data set."""
    judges = {"taiwan": taiwan, "simulated": simulated}
    for name in sys.argv[1:] or judges:
        print(f"{name}; {machine_line()}", flush=True)
        print(ablation(judges[name](), PART_ONE[name]).round(4).to_string(), "\n", flush=True)


if __name__ == "__main__":
    main()
