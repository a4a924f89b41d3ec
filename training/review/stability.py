"""Is the population still the one the model was built on: how the score and each feature have moved since the fit.

PSI = sum over bins of (current - reference) ln(current / reference), shares of the cases; the same number for a
feature is called CSI. Two samples of one law do not give 0: beside each index stands what chance alone gives.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import chi2

from training.dataset import WINDOWS
from training.review.limits import PSI_FAIL, PSI_WATCH
from training.review.material import Material

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BINS = 10

STABLE, SHIFTED, CHANGED = "stable", "shifted", "changed"


def edges_of(reference: Floats, bins: int = BINS) -> Floats:
    """Return the upper ends of all bins but the last: tenths of the reference's known values, each once."""
    known = reference[~np.isnan(reference)]
    if not len(known):
        return np.array([])
    return np.unique(np.quantile(known, np.arange(1, bins) / bins, method="inverted_cdf"))


def counts(values: Floats, edges: Floats) -> Ints:
    """Return how many values are in each bin, (len(edges) + 2,): up to each edge, above the last, missing."""
    bin_of = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="left"))
    return np.bincount(bin_of, minlength=len(edges) + 2)


def psi(reference: Ints, current: Ints) -> float:
    """Return the stability index of two counts by bin; 0 when the shares are the same, larger the further apart.

    A bin that is empty on one side counts as half a case there; one empty on both sides says nothing.

    >>> round(psi(np.array([50, 50]), np.array([60, 40])), 4)
    0.0405
    """
    seen = (reference + current) > 0
    before, after = (np.maximum(count[seen], 0.5) / count.sum() for count in (reference, current))
    return float(((after - before) * np.log(after / before)).sum())


def psi_by_chance(bins: int, reference: int, current: int, level: float = 0.95) -> float:
    """Return the index that two samples of one law exceed once in 20 times; ``bins`` are those not empty.

    PSI is about chi-square with bins - 1 degrees of freedom, times 1/reference + 1/current (Yurdakul and Naranjo
    2020, Journal of Risk Model Validation 14(4)). Sizes are numbers of customers: their repeated cases say little new.

    >>> round(psi_by_chance(10, 1_000, 1_000), 4)
    0.0338
    """
    return float(chi2.ppf(level, max(bins - 1, 1)) * (1 / reference + 1 / current))


def compared(reference: pd.DataFrame, current: pd.DataFrame, column: str) -> dict[str, float | str]:
    """Return ``psi``, ``by_chance``, ``missing_before``, ``missing_now`` and ``state`` of a column of two samples.

    Both have a column ``customer``. The state is stable where the index is below .10 or no more than chance.
    """
    before, after = (frame[column].to_numpy(np.float64) for frame in (reference, current))
    edges = edges_of(before)
    old, new = counts(before, edges), counts(after, edges)
    index = psi(old, new)
    chance = psi_by_chance(int(((old + new) > 0).sum()), reference["customer"].nunique(), current["customer"].nunique())
    return {
        "psi": index,
        "by_chance": chance,
        "missing_before": float(np.isnan(before).mean()),
        "missing_now": float(np.isnan(after).mean()),
        "state": state(index, chance),
    }


def state(index: float, chance: float) -> str:
    """Return what an index means: stable, shifted or changed."""
    if index < PSI_WATCH or index <= chance:
        return STABLE
    return SHIFTED if index < PSI_FAIL else CHANGED


def _scored(material: Material, window: str) -> pd.DataFrame:
    return material.rows[material.rows["window"] == window]


def score_stability(material: Material) -> pd.DataFrame:
    """Return how the score of each later window, and of each month, stands against the fit window's.

    Both are scores of the final trees: those out of fold come of other trees, whose spread is another.

    Columns: ``window``, ``month`` (``all`` for the window as a whole), ``cases``, ``mean`` score and what
    ``compared`` gives.
    """
    by_window = {name: _scored(material, name) for name in WINDOWS}
    reference, rows = by_window["fit"], []
    for name in WINDOWS:
        window = by_window[name]
        parts = {"all": window} if name != "fit" else {}
        parts |= {str(month): part for month, part in window.groupby(window["at"].dt.strftime("%Y-%m"))}
        for month, part in parts.items():
            shown = {"window": name, "month": month, "cases": len(part), "mean": part["final"].mean()}
            rows.append(shown | compared(reference, part, "final"))
    return pd.DataFrame(rows)


def score_bins(material: Material) -> pd.DataFrame:
    """Return the shares of fit and judge cases between tenths of the fit scores: ``up_to``, ``fit``, ``judge``."""
    scores = {name: _scored(material, name)["final"].to_numpy(np.float64) for name in ("fit", "judge")}
    edges = edges_of(scores["fit"])
    shares = {name: counts(values, edges)[:-1] / len(values) for name, values in scores.items()}
    return pd.DataFrame({"up_to": np.append(edges, 1.0), **shares})


def feature_stability(material: Material) -> pd.DataFrame:
    """Return the stability index of each feature of the model, judge against fit, the most moved first.

    Columns: ``feature``, ``weight`` (mean absolute contribution in log-odds on the judge cases: how much it matters)
    and what ``compared`` gives.
    """
    sampled = material.values  # noqa: PD011
    values = pd.concat([sampled, material.rows[["window", "customer"]].loc[sampled.index]], axis=1)
    fit, judge = (values[values["window"] == name] for name in ("fit", "judge"))
    of_judge = material.contributions.index.isin(judge.index)
    weight = material.contributions.loc[of_judge].abs().mean()
    rows = [{"feature": name, "weight": weight[name], **compared(fit, judge, name)} for name in map(str, sampled)]
    return pd.DataFrame(rows).sort_values("psi", ascending=False, kind="stable").reset_index(drop=True)
