"""Does knowing how actions were assigned pay? ``python -m benchmarks.effects [customers] [banks]``.

On simulated banks whose truth is known, the response model and a per-action classifier that ignores the
assignment learn from the same confounded log; both then order the actions for customers neither has seen.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost as xgb

from benchmarks.machine import machine_line
from serving.actions import NONE
from serving.encoding import Encoding
from training import ResponseModel, simulate_bank
from training.dataset import ResponseSample, response_samples
from training.evaluate import rank_correlation
from training.settings import read_train_settings

Floats = npt.NDArray[np.float64]

MONTHS = 18


def naive_probabilities(fit: ResponseSample, judge: ResponseSample, actions: list[str]) -> Floats:
    """Return P(paid | action) of each judged row by one classifier an action, trained on those who got it."""
    encoding = Encoding.fit(fit.X)
    learned, judged = encoding.matrix(fit.X), xgb.DMatrix(encoding.matrix(judge.X))
    columns = []
    for action in actions:
        rows = fit.action == action
        params = {"objective": "binary:logistic", "eta": 0.1, "max_depth": 4, "min_child_weight": 5, "nthread": 2}
        columns.append(xgb.train(params, xgb.DMatrix(learned[rows], fit.outcome[rows]), 80).predict(judged))
    return np.column_stack(columns).astype(np.float64)


def verdict(predicted: Floats, truth: Floats, none: int) -> dict[str, float]:
    """Return how well P(paid | action) orders the actions, and what choosing by it brings, against truth."""
    effect, true_effect = predicted - predicted[:, [none]], truth - truth[:, [none]]
    chosen = truth[np.arange(len(truth)), predicted.argmax(axis=1)]
    others = np.arange(truth.shape[1]) != none
    return {
        "rank correlation": float(np.nanmean(rank_correlation(predicted, truth))),
        "effect MSE x 1e4": 1e4 * float(((effect - true_effect)[:, others] ** 2).mean()),
        "P(paid) of its best action": float(chosen.mean()),
    }


def one_bank(customers: int, seed: int) -> pd.DataFrame:
    """Return the verdict on both learners, a row each, with the bounds that truth sets."""
    simulation = simulate_bank(customers, MONTHS, seed)
    samples = response_samples(simulation.book, read_train_settings())
    fit, judge = samples["fit"], samples["judge"]
    started = time.perf_counter()
    model = ResponseModel(seed=seed)
    model.fit(fit.X, fit.action, fit.outcome, fit.propensity, groups=fit.X.index)
    seconds = time.perf_counter() - started
    predicted = model.predict(judge.X)
    actions = list(predicted.columns)
    truth = simulation.truth.logged(judge.reminder_id)[actions].to_numpy(np.float64)
    none = actions.index(NONE)
    rows = {
        "ResponseModel": verdict(predicted.to_numpy(), truth, none) | {"fit seconds": seconds},
        "classifier ignoring assignment": verdict(naive_probabilities(fit, judge, actions), truth, none),
        "truth itself (the ceiling)": verdict(truth, truth, none),
    }
    return pd.DataFrame.from_dict(rows, orient="index").assign(rows=len(fit))


def main() -> None:
    """Print the mean over banks and, bank by bank, who ordered the actions better."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    banks = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    tables = []
    for seed in range(banks):
        tables.append(one_bank(customers, seed))
        ours, naive = tables[-1]["rank correlation"].iloc[:2]
        print(f"bank {seed}: rank correlation {ours:.3f} against {naive:.3f} of the classifier", flush=True)
    print(f"\nMean over {banks} banks of {customers:,} customers x {MONTHS} months; {machine_line()}")
    print(pd.concat(tables).groupby(level=0, sort=False).mean().round(4).to_string())


if __name__ == "__main__":
    main()
