"""Can a policy be judged from another's log: ``python -m benchmarks.offpolicy [LOGS]`` (500 by default).

Open Bandit Pipeline's synthetic protocol beside its published errors; the Open Bandit sample, each logger's value from
the other's log; and how often the 95 % interval holds the truth over simulated logs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.machine import machine_line
from benchmarks.open_bandit import Crossing, crossings
from benchmarks.simulated_log import KINDS, Kind, SimulatedLog, simulated_log, true_values
from benchmarks.synthetic_bandit import SyntheticBandit, cross_fitted_reward, learned_policy
from serving.commands.progress import stages
from serving.offpolicy import PolicyValue, policy_gain, policy_value

Ints = npt.NDArray[np.int64]

RUNS = 20
PUBLISHED = {"dm": 0.0744, "ips": 0.0095, "snips": 0.0067, "dr": 0.0062, "switch-dr": 0.0062, "dr-os": 0.0220}
"""Mean relative errors of st-tech/zr-obp, examples/synthetic."""

METHODS = ("ips", "snips", "dr", "switch-dr", "dr-os")
GAIN = "dr: gain over the logger"


def judged(log: Crossing | SimulatedLog, method: str, customer: Ints | None = None) -> PolicyValue:
    """Return the value of ``log.target`` from what was logged."""
    logged: tuple[Any, Any, Any] = (log.action, log.outcome, log.propensity)
    return policy_value(*logged, log.target, log.predicted, method, groups=cast(Any, customer))


def synthetic(advance: Callable[[float], None]) -> pd.DataFrame:
    """Return our relative errors over the runs beside the published ones, a row a method."""
    errors: dict[str, list[float]] = {method: [] for method in PUBLISHED}
    for seed in range(RUNS):
        bandit = SyntheticBandit(seed)
        learn, judge = bandit.log(), bandit.log()
        target, predicted = learned_policy(learn, judge), cross_fitted_reward(judge)
        truth = float((target * judge.truth).sum(axis=1).mean())
        logged: tuple[Any, Any, Any] = (judge.action, judge.reward, judge.propensity)
        for method, found in errors.items():
            found.append(abs(policy_value(*logged, target, predicted, method).value - truth) / truth)
        advance((seed + 1) / RUNS)
    table = pd.DataFrame(errors)
    return pd.DataFrame({"published": PUBLISHED, "ours": table.mean(), "standard error": table.sem()})


def open_bandit() -> pd.DataFrame:
    """Return the value of the other logger by each method, with its interval and whether that holds the truth."""
    rows = []
    for crossing in crossings():
        for method in METHODS:
            found = judged(crossing, method)
            held = found.low <= crossing.truth <= found.high
            rows.append((crossing.name, method, found.value, found.low, found.high, crossing.truth, held, found.ess))
    columns = ["log", "method", "value", "low", "high", "on-policy mean", "covered", "effective rows"]
    return pd.DataFrame(rows, columns=columns)


def _hit(value: float, low: float, high: float, truth: float) -> tuple[float, ...]:
    """Return covered, all above, all below, width, error and its square."""
    return low <= truth <= high, low > truth, high < truth, high - low, value - truth, (value - truth) ** 2


def coverage(kind: Kind, logs: int, advance: Callable[[float], None]) -> pd.DataFrame:
    """Return, a row a method, how often the interval held the truth, and on which side it failed."""
    (truth, true_gain), rows = true_values(kind), []
    for seed in range(logs):
        log = simulated_log(kind, np.random.default_rng([3, seed]))
        for method in METHODS:
            found = judged(log, method, log.customer)
            rows.append((method, *_hit(found.value, found.low, found.high, truth)))
        logged: tuple[Any, Any, Any] = (log.action, log.outcome, log.propensity)
        gained = policy_gain(*logged, log.target, None, log.predicted, groups=cast(Any, log.customer))
        rows.append((GAIN, *_hit(gained.gain, gained.low, gained.high, true_gain)))
        advance((seed + 1) / logs)
    columns = ["method", "covered", "all above", "all below", "width", "bias", "root mean squared error"]
    table = pd.DataFrame(rows, columns=columns).groupby("method", sort=False).mean()
    return table.assign(**{"root mean squared error": np.sqrt(table["root mean squared error"])})


def main() -> None:
    """Print the three."""
    logs = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    runs = f"relative error on the synthetic bandit, mean of {RUNS} runs"
    with stages({"": runs} | {name: name for name in KINDS}, quiet=False) as advance:
        published = synthetic(partial(advance, ""))
        covered = {name: coverage(kind, logs, partial(advance, name)) for name, kind in KINDS.items()}
    print(f"\n{machine_line()}\n\n{runs}:")
    print(published.round(5).to_string())
    print("\nthe Open Bandit sample, click rates:")
    print(open_bandit().round(4).to_string(index=False))
    for name, table in covered.items():
        print(f"\nthe 95 % interval over {logs} logs of {KINDS[name].rows:,} rows, {name}:")
        print(table.round(4).to_string())


if __name__ == "__main__":
    main()
