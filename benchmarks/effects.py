"""Does knowing how actions were assigned pay? ``python -m benchmarks.effects [customers] [banks]``.

On simulated banks whose truth is known, the response model, a per-action classifier that ignores the assignment, and
the DR learners of EconML and causalml (where ``make peers`` has installed them) learn from the same rows and columns of
the same confounded log; all then say what each action causes for customers that none has seen.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

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
PEERS = Path(__file__).parents[1] / ".venv-peers/bin/python"
MISSING = """EconML and causalml are not compared: .venv-peers is not there. `make peers`, or
python3 -m venv .venv-peers && .venv-peers/bin/pip install econml==0.17.0 causalml==0.18.0 xgboost==3.4.1"""
OURS, NAIVE, TRUTH = "ResponseModel", "classifier ignoring assignment", "truth itself (the ceiling)"
ERROR = "effect MSE x 1e4"


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
        ERROR: 1e4 * float(((effect - true_effect)[:, others] ** 2).mean()),
        "P(paid) of its best action": float(chosen.mean()),
    }


def one_bank(customers: int, seed: int) -> pd.DataFrame:
    """Return the verdict on both learners, a row each, with the bounds that truth sets."""
    simulation = simulate_bank(customers, MONTHS, seed)
    samples = response_samples(simulation.book, read_train_settings())
    fit, judge = samples["fit"], samples["judge"]
    began = time.perf_counter()
    model = ResponseModel(seed=seed)
    model.fit(fit.X, fit.action, fit.outcome, fit.propensity, groups=fit.X.index)
    fitted = time.perf_counter()
    predicted = model.predict(judge.X)
    actions = list(predicted.columns)
    truth = simulation.truth.logged(judge.reminder_id)[actions].to_numpy(np.float64)
    none = actions.index(NONE)
    rows = {OURS: verdict(predicted.to_numpy(), truth, none) | {"fit seconds": fitted - began}}
    began = time.perf_counter()
    naive = naive_probabilities(fit, judge, actions)
    rows[NAIVE] = verdict(naive, truth, none) | {"fit seconds": time.perf_counter() - began}
    for name, effects, seconds in peers(fit, judge, actions):
        rows[name] = verdict(effects, truth, none) | {"fit seconds": seconds}
    rows[TRUTH] = verdict(truth, truth, none)
    return pd.DataFrame.from_dict(rows, orient="index").assign(rows=len(fit))


def peers(fit: ResponseSample, judge: ResponseSample, actions: list[str]) -> Iterator[tuple[str, Floats, float]]:
    """Return name, effects (n, k) and seconds of each peer, learned in a Python of its own; none where there is none.

    The reference must be the first of ``actions``.
    """
    if not PEERS.exists():
        return
    encoding = Encoding.fit(fit.X)
    with TemporaryDirectory() as folder:
        rows, answers = Path(folder) / "rows.npz", Path(folder) / "effects.npz"
        np.savez(
            rows,
            X=encoding.matrix(fit.X),
            judged=encoding.matrix(judge.X),
            action=np.array([actions.index(name) for name in fit.action]),
            outcome=fit.outcome,
            propensity=fit.propensity,
            customer=pd.factorize(fit.X.index)[0],
        )
        subprocess.run([PEERS, Path(__file__).parent / "effect_peers.py", rows, answers], check=True)
        told = dict(np.load(answers, allow_pickle=False))
    for name in [name for name in told if not name.startswith("seconds of ")]:
        yield name, np.column_stack([np.zeros(len(judge)), told[name]]), float(told[f"seconds of {name}"])


def ratios(table: pd.DataFrame) -> str:
    """Return in words how the squared error of the response model compares with the naive one and the best peer's."""
    error = table[ERROR]
    others = error.drop([OURS, NAIVE, TRUTH])
    said = f"effect MSE: {error[OURS] / error[NAIVE]:.3f} of the naive classifier's (asked: at most .5)"
    if others.empty:
        return said
    return f"{said}, {error[OURS] / others.min():.3f} of the best peer's, {others.idxmin()} (asked: at most 1)"


def main() -> None:
    """Print tables and ratios bank by bank, then those of the mean over banks."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    banks = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    print(f"{banks} banks of {customers:,} customers x {MONTHS} months; {machine_line()}")
    if not PEERS.exists():
        print(MISSING)
    tables = []
    for seed in range(banks):
        tables.append(one_bank(customers, seed))
        print(f"\nbank {seed}\n{tables[-1].round(4).to_string()}\n{ratios(tables[-1])}", flush=True)
    mean = pd.concat(tables).groupby(level=0, sort=False).mean()
    print(f"\nmean over banks\n{mean.round(4).to_string()}\n{ratios(mean)}")


if __name__ == "__main__":
    main()
