"""Is a probability what it says: ``python -m benchmarks.calibration [CUSTOMERS] [BANKS]`` (20,000 and 3 by default).

On the judge windows of simulated banks: calibration error in ten bins of equal count, each tier's observed default rate
against its interval, and log loss with calibration and without.
"""

from __future__ import annotations

import sys

import pandas as pd
from scipy.special import expit

from benchmarks.machine import machine_line
from serving.policy_settings import read_policy
from training import simulate_bank
from training.dataset import default_samples
from training.default_training import fit_rivals
from training.evaluate import expected_calibration_error, log_loss_per_row
from training.review.reliability import error_by_chance, tiers
from training.settings import read_train_settings


def one_bank(customers: int, seed: int) -> tuple[dict[str, float], pd.DataFrame]:
    """Return the measures of a bank's judge window, and its tiers."""
    settings, policy = read_train_settings(), read_policy()
    samples = default_samples(simulate_bank(customers, 18, seed).book, settings)
    model = fit_rivals(samples, settings, lambda words: None).model
    judge = samples["judge"]
    predicted = model.predict_proba(judge.X)[:, 1]
    rows = pd.DataFrame(
        {
            "customer": pd.factorize(judge.X.index)[0],
            "outcome": judge.outcome,
            "default_probability": predicted,
            "tier": [list(policy.tiers)[k] for k in policy.tier_of(predicted)],
        }
    )
    plain = log_loss_per_row(judge.outcome, expit(model.scorer_.margin(judge.X))).mean()
    calibrated = log_loss_per_row(judge.outcome, predicted).mean()
    error = expected_calibration_error(judge.outcome, predicted)
    found = {
        "rows": len(judge),
        "calibration_error": error,
        "by_chance_up_to": error_by_chance(rows)[1],
        "log_loss": calibrated,
        "uncalibrated": plain,
    }
    return found, tiers(rows, policy.tiers)


def main() -> None:
    """Print the measures of each bank and its tiers."""
    customers, banks = (int(sys.argv[k + 1]) if len(sys.argv) > k + 1 else d for k, d in enumerate((20_000, 3)))
    print(machine_line(), flush=True)
    for seed in range(1, banks + 1):
        found, by_tier = one_bank(customers, seed)
        print(f"\nbank {seed}:", ", ".join(f"{name} {value:,.5g}" for name, value in found.items()))
        print(by_tier.round(4).to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
