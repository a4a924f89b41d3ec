"""Is the population still the one the model was built on: how the score and each feature have moved since the fit.

PSI = sum over bins of (current - reference) ln(current / reference), shares of the cases; the same number for a
feature is called CSI. Two samples of one law do not give 0: beside each index stands what chance alone gives.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from serving.monitoring.stability import counts, edges_of, psi, psi_by_chance
from training.dataset import WINDOWS
from training.review.limits import PSI_FAIL, PSI_WATCH
from training.review.material import Material

STABLE, SHIFTED, CHANGED = "stable", "shifted", "changed"


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
