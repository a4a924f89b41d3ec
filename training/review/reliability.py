"""Is a probability calibrated: expected against observed default rates, by tenth, by tier and month by month.

A tier is "inside its interval" when its observed rate lies in the interval around the expected rate, given how
many customers it rests on (``intervals.around_expected``): where the rate of a perfect model would lie 95 times
in 100. The interval around the observed rate is beside it in the tenths, for the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.dataset import WINDOWS
from training.evaluate import calibration_table, expected_calibration_error, log_loss_per_row
from training.review.bootstrap import Resampling, interval, mean_of
from training.review.intervals import around_expected, around_observed, effective_cases, likeness
from training.review.limits import TIER_FAIL_LEVEL, TIER_LEVEL
from training.review.material import Material
from training.review.weighted import bin_starts

Floats = npt.NDArray[np.float64]

CHANCE_DRAWS = 200


def deciles(rows: pd.DataFrame, bins: int = 10) -> pd.DataFrame:
    """Return expected and observed default rates by tenth of the score, with Wilson's interval of the observed.

    Columns: ``part`` (1 the safest), ``cases``, ``defaults``, ``expected``, ``observed``, ``low``, ``high``.
    """
    y_obs, y_pred = rows["outcome"].to_numpy(np.float64), rows["default_probability"].to_numpy(np.float64)
    table = calibration_table(y_obs, y_pred, bins).rename(columns={"rows": "cases", "predicted": "expected"})
    defaults = (table["observed"] * table["cases"]).round().astype(np.int64)
    ends = [around_observed(int(k), int(n)) for k, n in zip(defaults, table["cases"], strict=True)]
    table = table.assign(part=np.arange(1, len(table) + 1), defaults=defaults).drop(columns="error")
    table[["low", "high"]] = np.array(ends)
    return table[["part", "cases", "defaults", "expected", "observed", "low", "high"]]


def against_expected(rows: pd.DataFrame, by: str, alike: float) -> pd.DataFrame:
    """Return expected and observed default rates by group, held against the interval around the expected.

    Columns: ``cases``, ``customers``, ``effective_cases``, ``defaults``, ``expected``, ``observed``, ``low``,
    ``high`` (95 %), ``inside``, and ``far_outside`` (of the 99 % interval); indexed by the group.
    """
    found = {name: _group(part, alike) for name, part in rows.groupby(by, sort=True)}
    return pd.DataFrame.from_dict(found, orient="index").rename_axis(by)


def tiers(rows: pd.DataFrame, bounds: Mapping[str, float]) -> pd.DataFrame:
    """Return ``against_expected`` of each tier, from the safest, and ``share`` of the cases; empty tiers are left out.

    ``bounds`` are the policy's tiers: the upper bound of each.
    """
    table = against_expected(rows, "tier", likeness(rows))
    table = table.reindex([name for name in bounds if name in table.index]).rename_axis("tier")
    return table.assign(share=table["cases"] / len(rows), bound=[bounds[name] for name in table.index]).reset_index()


def backtest(material: Material) -> pd.DataFrame:
    """Return ``against_expected`` of each month of each window (fit out of fold), oldest first."""
    parts = []
    for name in WINDOWS:
        rows = material.window(name)
        if len(rows):
            months = rows.assign(month=rows["at"].dt.strftime("%Y-%m"))
            parts.append(against_expected(months, "month", 0.0).reset_index().assign(window=name))
    table = pd.concat(parts, ignore_index=True)
    return table[["window", *[name for name in table if name != "window"]]]


def before_and_after(material: Material, seed: int = 0) -> pd.DataFrame:
    """Return what the calibration did to the log loss and the calibration error of each window.

    Columns: ``window``, ``cases``, ``log_loss_before``, ``log_loss_after``, ``difference`` (after less before) with
    its 95 % interval ``low``, ``high``; ``error_before``, ``error_after``.
    """
    return pd.DataFrame([_change(name, material.window(name), seed) for name in WINDOWS if len(material.window(name))])


def error_by_chance(rows: pd.DataFrame, seed: int = 0) -> tuple[float, float]:
    """Return the calibration error that a perfect model would show on these probabilities: mean, 95th hundredth.

    With few cases the error is never 0: outcomes are drawn from the probabilities themselves, and the error of
    those draws is what chance alone makes.
    """
    p, rng = np.sort(rows["default_probability"].to_numpy(np.float64)), np.random.default_rng(seed)
    starts = bin_starts(len(p))
    gaps = [np.add.reduceat((rng.random(len(p)) < p) - p, starts) for _ in range(CHANCE_DRAWS)]
    errors = [np.abs(gap).sum() / len(p) for gap in gaps]
    return float(np.mean(errors)), float(np.quantile(errors, 0.95))


def _group(rows: pd.DataFrame, alike: float) -> dict[str, Any]:
    customer = rows["customer"].to_numpy(np.int64)
    trials = effective_cases(customer, alike)
    expected, observed = float(rows["default_probability"].mean()), float(rows["outcome"].mean())
    low, high = around_expected(expected, trials, TIER_LEVEL)
    lowest, highest = around_expected(expected, trials, TIER_FAIL_LEVEL)
    return {
        "cases": len(rows),
        "customers": len(np.unique(customer)),
        "effective_cases": int(trials),
        "defaults": int(rows["outcome"].sum()),
        "expected": expected,
        "observed": observed,
        "low": low,
        "high": high,
        "inside": low <= observed <= high,
        "far_outside": not lowest <= observed <= highest,
    }


def _change(window: str, rows: pd.DataFrame, seed: int) -> dict[str, Any]:
    y_obs = rows["outcome"].to_numpy(np.float64)
    both = [rows[name].to_numpy(np.float64) for name in ("raw", "default_probability")]
    before, after = (log_loss_per_row(y_obs, p) for p in both)
    resampled = Resampling(rows["customer"].to_numpy(), seed=seed).values(mean_of((after - before)[:, None]))
    low, high = interval(resampled)[:, 0]
    errors = [expected_calibration_error(y_obs, p) for p in both]
    return {
        "window": window,
        "cases": len(rows),
        "log_loss_before": float(before.mean()),
        "log_loss_after": float(after.mean()),
        "difference": float((after - before).mean()),
        "low": float(low),
        "high": float(high),
        "error_before": errors[0],
        "error_after": errors[1],
    }
