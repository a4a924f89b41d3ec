"""Does the model rank: its measures with intervals by window, and its AUC by month, product and stance."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import roc_curve

from training.dataset import WINDOWS
from training.review.bootstrap import Resampling, interval
from training.review.limits import enough
from training.review.material import Material
from training.review.weighted import MEASURES, WeightedMeasures

Floats = npt.NDArray[np.float64]

SEGMENTS = ("product", "stance")


def _edges(p: Floats, bins: int) -> Floats:
    kept = np.clip(p, 1e-6, 1 - 1e-6)
    ends = np.log(kept / (1 - kept))[[kept.argmin(), kept.argmax()]]
    edges: Floats = 1 / (1 + np.exp(-np.linspace(ends[0] - 1e-9, ends[1] + 1e-9, bins + 1)))
    return edges


def _monthly(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(month=rows["at"].dt.strftime("%Y-%m"))


def measured(rows: pd.DataFrame, column: str = "default_probability", seed: int = 0) -> pd.DataFrame:
    """Return each measure of a probability column with its 95 % interval; columns ``measure``, ``value``, low, high.

    Values are NaN when ``rows`` are too few to be given a number (``limits.enough``).
    """
    y_obs, y_pred = (rows[name].to_numpy(np.float64) for name in ("outcome", column))
    if not enough(len(rows), int(y_obs.sum())):
        return pd.DataFrame({"measure": MEASURES, "value": np.nan, "low": np.nan, "high": np.nan})
    statistic = WeightedMeasures(y_obs, y_pred)
    low, high = interval(Resampling(rows["customer"].to_numpy(), seed=seed).values(statistic))
    value = statistic(np.ones((1, len(rows))))[0]
    return pd.DataFrame({"measure": MEASURES, "value": value, "low": low, "high": high})


def by_window(material: Material, seed: int = 0) -> pd.DataFrame:
    """Return the measures of each window: ``window``, ``measure``, ``value``, ``low``, ``high``."""
    parts = [measured(material.window(name), seed=seed).assign(window=name) for name in WINDOWS]
    return pd.concat(parts, ignore_index=True)[["window", "measure", "value", "low", "high"]]


def sizes(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return ``cases``, ``customers``, ``defaults`` and ``default_rate`` of each group of ``by``."""
    grouped = rows.groupby(by, sort=True)
    counts: dict[str, Any] = {
        "cases": grouped.size(),
        "customers": grouped["customer"].nunique(),
        "defaults": grouped["outcome"].sum().astype(np.int64),
        "default_rate": grouped["outcome"].mean(),
    }
    return pd.DataFrame(counts)


def auc_by(rows: pd.DataFrame, by: str, seed: int = 0) -> pd.DataFrame:
    """Return the size and the AUC of each group of ``by``: ``auc``, ``low``, ``high``; NaN and ``too small`` of a few.

    A group is one row, ``group``; ``remark`` is empty or says that the group is too small.
    """
    table = sizes(rows, by)
    found = pd.DataFrame({name: measured(part, seed=seed).iloc[0] for name, part in rows.groupby(by)}).T
    table[["auc", "low", "high"]] = found[["value", "low", "high"]].astype(np.float64)
    remark = np.where(table["auc"].isna(), "too small", "")
    return table.assign(remark=remark).rename_axis("group").reset_index()


def by_month(material: Material, seed: int = 0) -> pd.DataFrame:
    """Return ``auc_by`` of the months of all windows, in order: ``window``, ``group`` (the month) and the rest."""
    parts = [auc_by(_monthly(material.window(name)), "month", seed).assign(window=name) for name in WINDOWS]
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return table[["window", *[name for name in table if name != "window"]]]


def by_segment(material: Material, seed: int = 0) -> pd.DataFrame:
    """Return ``auc_by`` of the judge window's products and stances, ``segment`` saying which."""
    judge = material.window("judge")
    table = pd.concat([auc_by(judge, name, seed).assign(segment=name) for name in SEGMENTS], ignore_index=True)
    return table[["segment", *[name for name in table if name != "segment"]]]


def roc_points(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the ROC curve: ``caught`` share of the defaulters against ``disturbed`` share of the others, ``cut``."""
    disturbed, caught, cut = roc_curve(rows["outcome"], rows["default_probability"])
    return pd.DataFrame({"disturbed": disturbed, "caught": caught, "cut": np.minimum(cut, 1.0)})


def gains(rows: pd.DataFrame, bins: int = 10) -> pd.DataFrame:
    """Return what is caught by the riskiest tenths: ``cases``, ``defaults``, ``default_rate``, ``caught``, ``lift``.

    ``part`` is 1 for the riskiest; ``caught`` the share of all defaults in this part and those before; ``lift`` the
    part's default rate over that of all.
    """
    ordered = rows.sort_values("default_probability", ascending=False, kind="stable")["outcome"].to_numpy()
    parts = [part for part in np.array_split(ordered, bins) if len(part)]
    table = pd.DataFrame(
        {
            "part": np.arange(1, len(parts) + 1),
            "cases": [len(part) for part in parts],
            "defaults": [int(part.sum()) for part in parts],
            "default_rate": [float(part.mean()) for part in parts],
        }
    )
    return table.assign(
        caught=table["defaults"].cumsum() / max(ordered.sum(), 1),
        lift=table["default_rate"] / (ordered.mean() or np.nan),
    )


def score_shares(rows: pd.DataFrame, bins: int = 30) -> pd.DataFrame:
    """Return how the score is spread among defaulters and others, in steps of equal log-odds.

    ``low`` and ``high`` are probabilities; ``paid`` and ``defaulted`` the shares of each outcome's cases in between.
    """
    edges = _edges(rows["default_probability"].to_numpy(np.float64), bins)
    table = pd.DataFrame({"low": edges[:-1], "high": edges[1:]})
    for name, outcome in (("paid", 0), ("defaulted", 1)):
        scores = rows.loc[rows["outcome"] == outcome, "default_probability"]
        counts = np.histogram(scores.clip(edges[0], edges[-1]), edges)[0]
        table[name] = counts / max(counts.sum(), 1)
    return table
