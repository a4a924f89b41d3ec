"""What the learned policy brings against its rivals: ``python -m benchmarks.policy [customers] [banks]``.

On simulated banks whose logs are one tenth random, the default and the response model learn from some customers; on
occasions of others every policy decides under the same rules and the same number of calls. Values are by truth:
what a policy adds to doing nothing, in currency an occasion, with 95 % intervals from drawing customers.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.machine import machine_line
from serving.actions import NONE
from serving.policy_settings import Capacity, read_policy
from training import DefaultModel, ResponseModel, simulate_bank
from training.dataset import default_samples, response_samples
from training.policies import rivals
from training.policies.contenders import contenders, singles
from training.policies.occasions import Occasions, occasions_of
from training.policies.worth import channel_actions
from training.portfolio import PORTFOLIO
from training.settings import read_train_settings

Floats = npt.NDArray[np.float64]

MONTHS = 18
CALLS_PER_OCCASION = 0.05
"""Calls that every policy may make; the bank's log has about 0.22, more than even the oracle wants."""

_DEFAULT_ROWS, _JUDGED_ROWS, _REPLICATES = 40_000, 80_000, 500
_ASKED = {rivals.ORACLE: 0.85, rivals.LADDER: 1.15, rivals.SINGLE: 1.05}


def one_bank(customers: int, seed: int) -> pd.DataFrame:
    """Return the value of each policy on one bank, and the learned one's share of it, with intervals."""
    simulation, policy = simulate_bank(customers, MONTHS, seed), read_policy()
    settings = replace(read_train_settings(), most_default_rows=_DEFAULT_ROWS)
    cohorts = default_samples(simulation.book, settings)["fit"]
    default = DefaultModel(portfolio={"stumps": PORTFOLIO["stumps"]}, bags=1).fit(cohorts.X, cohorts.outcome)
    fit = response_samples(simulation.book, settings)["fit"]
    began = time.perf_counter()
    model = ResponseModel(seed=seed).fit(fit.X, fit.action, fit.outcome, fit.propensity, groups=fit.X.index)
    seconds = time.perf_counter() - began
    judged = response_samples(simulation.book, replace(settings, most_response_rows=_JUDGED_ROWS))["judge"]
    limited = replace(policy, capacity=Capacity({"call": CALLS_PER_OCCASION * len(judged)}))
    occasions = occasions_of(judged, simulation.book, default.scorer_, limited)
    truth = simulation.truth.logged(occasions.reminder_id)[list(policy.action_ids)].to_numpy(np.float64)
    effect = model.effect(occasions.X, NONE).effects[list(policy.action_ids)].to_numpy()
    true_value = occasions.value(truth - truth[:, [occasions.none]])
    policies = contenders(occasions, effect, None, truth)
    policies[rivals.SINGLE] = max(singles(occasions).values(), key=lambda target: float((target * true_value).sum()))
    del policies[rivals.NOTHING]
    calls = channel_actions(occasions, "call")
    table = compared({name: (target * true_value).sum(axis=1) for name, target in policies.items()}, occasions, seed)
    table["calls"] = [100 * float(target[:, calls].sum(axis=1).mean()) for target in policies.values()]
    return table.assign(seconds=seconds, rows=len(fit))


def compared(scores: dict[str, Floats], occasions: Occasions, seed: int) -> pd.DataFrame:
    """Return, by policy, its value an occasion and the learned policy's over it; intervals draw customers."""
    customer = pd.factorize(occasions.X.index)[0]
    members, rng = int(customer.max()) + 1, np.random.default_rng(seed)
    counts = rng.multinomial(members, np.full(members, 1 / members), _REPLICATES).astype(np.float64)
    rows = counts @ np.bincount(customer)
    drawn = {name: counts @ np.bincount(customer, score) / rows for name, score in scores.items()}
    table = {}
    for name, score in scores.items():
        share = drawn[rivals.LEARNED] / drawn[name]
        table[name] = {
            "value": score.mean(),
            "low": np.quantile(drawn[name], 0.025),
            "high": np.quantile(drawn[name], 0.975),
            "learned over it": scores[rivals.LEARNED].mean() / score.mean(),
            "from": np.quantile(share, 0.025),
            "to": np.quantile(share, 0.975),
        }
    return pd.DataFrame.from_dict(table, orient="index")


def main() -> None:
    """Print each bank's table as it comes, then the means and in how many banks the learned policy did as asked."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    banks = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    tables = []
    for seed in range(banks):
        tables.append(one_bank(customers, seed))
        print(f"\nbank {seed}\n{tables[-1].round(3).to_string()}", flush=True)
    print(f"\nMean over {banks} banks of {customers:,} customers x {MONTHS} months; {machine_line()}")
    print(pd.concat(tables).groupby(level=0, sort=False).mean().round(3).to_string())
    for name, asked in _ASKED.items():
        shares = np.array([table.loc[name, "learned over it"] for table in tables])
        reached = int((shares >= asked).sum())
        print(f"learned over {name}: mean {shares.mean():.3f}, least {shares.min():.3f}; {reached} banks reach {asked}")


if __name__ == "__main__":
    main()
