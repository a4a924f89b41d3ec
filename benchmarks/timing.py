"""What does choosing the part of the day add? ``python -m benchmarks.timing [customers] [banks]``.

On simulated banks whose truth is known: what serving expects, what the log of customers never learned on bears
out, what is true, and what would be gained by knowing everyone's hours; all against hours drawn evenly.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.machine import machine_line
from serving.effects import Z95
from serving.policy_settings import read_policy
from serving.timing import Timing
from training import ResponseModel, simulate_bank
from training.dataset import ResponseSample, response_samples
from training.response.timing import learn_timing
from training.response.timing_gain import ALL, timing_gain
from training.response.timing_log import TimingLog
from training.settings import read_train_settings
from training.simulation.simulation import Simulation

Floats = npt.NDArray[np.float64]

MONTHS = 18
_POLICY = read_policy()
_COLUMNS = {
    "P(paid)": "{}", "low": "{}_low", "high": "{}_high",
    "value": "value_{}", "value low": "value_{}_low", "value high": "value_{}_high",
}  # fmt: skip


def truth_by_part(simulation: Simulation, sample: ResponseSample, parts: list[str]) -> Floats:
    """Return P(paid) of each logged decision's own action in each part of the day, (n, parts)."""
    truth = simulation.truth.daypart(sample.reminder_id)
    columns = truth.columns.get_indexer(pd.MultiIndex.from_product([sample.action, parts])).reshape(-1, len(parts))
    return np.take_along_axis(truth.to_numpy(np.float64), columns, axis=1)


def mean_with_interval(gain: Floats, group: npt.NDArray[np.int64]) -> tuple[float, float, float]:
    """Return the mean of ``gain`` (n,) and its 95 % interval between customers."""
    mean = float(gain.mean())
    reach = Z95 * float(np.sqrt((np.bincount(group, gain - mean) ** 2).sum())) / len(gain)
    return mean, mean - reach, mean + reach


def one_bank(customers: int, seed: int) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return the gains over hours drawn evenly, a row a source, and what was learned of the bank."""
    simulation = simulate_bank(customers, MONTHS, seed)
    samples = response_samples(simulation.book, read_train_settings())
    fit, judge = samples["fit"], samples["judge"]
    model = ResponseModel(seed=seed)
    model.fit(fit.X, fit.action, fit.outcome, fit.propensity, groups=fit.X.index)
    started = time.perf_counter()
    logs = {name: TimingLog.of(simulation.book, one, model.scorer_, _POLICY.dayparts) for name, one in samples.items()}
    learned = learn_timing(TimingLog.joined([logs["fit"], logs["tune"]]))
    if learned is None:
        raise SystemExit(f"the log of {customers:,} customers is too short to compare parts of the day.")
    seconds, log = time.perf_counter() - started, logs["judge"]
    truth = truth_by_part(simulation, judge, list(log.parts))
    whose = simulation.book.ledger.position.get_indexer(judge.X.index)
    rhythm = simulation.truth.bank.traits.rhythm[whose].astype(np.float64)
    told = timing_gain(learned, log, _POLICY.recovery_weight).to_dict("index")[ALL]
    facts = {
        "strength": learned.timing.strength,
        "its error": float(learned.errors[-1]),
        "correlation with truth": _correlation(learned.timing, log, rhythm),
        "seconds": seconds,
    }
    return _table(told, learned.timing, log, truth), facts


def _table(told: Mapping[Any, Any], timing: Timing, log: TimingLog, truth: Floats) -> pd.DataFrame:
    multiplier = timing.multipliers(log.before)
    chosen = truth[np.arange(len(truth)), multiplier.argmax(axis=1)]
    even = truth.mean(axis=1)
    gains = {
        "truth": np.where(timing.prefers(multiplier), chosen - even, 0.0),
        "ceiling: knowing everyone's hours": truth.max(axis=1) - even,
    }
    names = {"expected": "expected by serving", "measured": "measured on the log"}
    rows = {
        words: {column: told[key.format(name)] for column, key in _COLUMNS.items()} for name, words in names.items()
    }
    worth = log.amount * _POLICY.recovery_weight
    for name, gain in gains.items():
        ends = [mean_with_interval((gain * unit)[log.is_sent], log.group[log.is_sent]) for unit in (1.0, worth)]
        rows[name] = dict(zip(_COLUMNS, (*ends[0], *ends[1]), strict=True))
    return pd.DataFrame.from_dict(rows, orient="index")


def _correlation(timing: Timing, log: TimingLog, rhythm: Floats) -> float:
    multiplier = timing.multipliers(log.before)
    return float(np.corrcoef(multiplier.ravel(), rhythm.ravel())[0, 1]) if timing.has_preference else np.nan


def main() -> None:
    """Print each bank's gains, then the mean over banks."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    banks = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    tables, facts = [], []
    for seed in range(banks):
        table, learned = one_bank(customers, seed)
        tables.append(table)
        facts.append(learned)
        print(f"bank {seed}: " + ", ".join(f"{name} {value:.3f}" for name, value in learned.items()))
        print(table.round(4).to_string(), flush=True)
    mean = pd.concat(tables).groupby(level=0, sort=False).mean()
    ceiling = mean["P(paid)"].iloc[-1]
    print(f"\nMean over {banks} banks of {customers:,} customers x {MONTHS} months; {machine_line()}")
    print(mean.assign(**{"of the ceiling": mean["P(paid)"] / ceiling}).round(4).to_string())
    print(pd.DataFrame(facts).mean().round(3).to_string())


if __name__ == "__main__":
    main()
