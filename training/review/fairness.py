"""Is it fair: score, tier and treatment by gender, age band and region. The one door to fairlearn.

Nobody is fair by leaving a column out: a group is judged by what the model and the policy do to it, whatever
they look at. Groups that are too few (``limits.enough``) are shown with their size and without a rate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from fairlearn.metrics import (
    MetricFrame,
    demographic_parity_ratio,
    equalized_odds_difference,
    false_negative_rate,
    false_positive_rate,
)
from sklearn.metrics import roc_auc_score

from serving.actions import NONE
from training.review.bootstrap import Resampling, interval, mean_of
from training.review.limits import enough
from training.review.material import Material

Floats = npt.NDArray[np.float64]

GROUPS = ("gender", "age_band", "region")
"""By what a population is divided; regions are told and not judged."""

JUDGED = ("gender", "age_band")

NEVER_INPUTS = ("gender",)
"""Never a feature, by the declaration of the customers table."""

SOURCES: Mapping[str, tuple[str, ...]] = {"gender": ("gender",), "age_band": ("age_years",), "region": ("region",)}
"""Columns of the catalogue that would tell a model the group outright."""

TREATMENTS = ("contacted", "firm", "called", "plan_offered")


def _disparity(rows: pd.DataFrame, by: str, seed: int) -> dict[str, float]:
    observed, flagged = rows["outcome"].to_numpy(), rows["flagged"].to_numpy()
    drawn = Resampling(rows["customer"].to_numpy(), seed=seed)
    odds, parity = (interval(drawn.values(of(rows, by)))[:, 0] for of in (_odds_difference, _parity_ratio))
    contacted = of_treatment(rows, by)["contacted"]
    return {
        "parity_ratio": float(demographic_parity_ratio(observed, flagged, sensitive_features=rows[by])),
        "parity_low": float(parity[0]),
        "parity_high": float(parity[1]),
        "odds_difference": float(equalized_odds_difference(observed, flagged, sensitive_features=rows[by])),
        "odds_low": float(odds[0]),
        "odds_high": float(odds[1]),
        "contact_ratio": float(contacted.min() / contacted.max()) if contacted.max() > 0 else np.nan,
    }


def _odds_difference(rows: pd.DataFrame, by: str) -> Callable[[Floats], Floats]:
    """Return fairlearn's equalised odds difference as a statistic of weights: fairlearn would draw rows, one by one."""
    groups = pd.get_dummies(rows[by]).to_numpy(np.float64)
    flagged, outcome = rows["flagged"].to_numpy(np.float64)[:, None], rows["outcome"].to_numpy()[:, None]

    def statistic(weights: Floats) -> Floats:
        spreads = []
        for of_class in (outcome == 0, outcome == 1):
            with np.errstate(invalid="ignore", divide="ignore"):
                rates = (weights @ (groups * of_class * flagged)) / (weights @ (groups * of_class))
            spreads.append(rates.max(axis=1) - rates.min(axis=1))
        return np.maximum(*spreads)[:, None]

    return statistic


def _parity_ratio(rows: pd.DataFrame, by: str) -> Callable[[Floats], Floats]:
    """Return the ratio of shares flagged of the groups with the smallest and the largest, as a statistic of weights."""
    shares = rows.groupby(by)["flagged"].mean().sort_values(kind="stable")
    groups = np.column_stack([(rows[by] == name).to_numpy(np.float64) for name in (shares.index[0], shares.index[-1])])
    flagged = rows["flagged"].to_numpy(np.float64)[:, None]

    def statistic(weights: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            rates = (weights @ (groups * flagged)) / (weights @ groups)
            ratio = rates[:, :1] / rates[:, 1:]
        return np.where(np.isfinite(ratio), ratio, np.nan)

    return statistic


def _gap_intervals(rows: pd.DataFrame, by: str, groups: list[Any], seed: int) -> Floats:
    """Return the interval of observed less expected of each group, (groups, 2)."""
    ends = []
    for name in groups:
        part = rows[rows[by] == name]
        error = (part["outcome"] - part["default_probability"]).to_numpy()[:, None]
        ends.append(interval(Resampling(part["customer"].to_numpy(), seed=seed).values(mean_of(error)))[:, 0])
    return np.array(ends).reshape(-1, 2)


def _frame(
    metrics: dict[str, Callable[..., Any]], rows: pd.DataFrame, by: str, score: str | None = None
) -> pd.DataFrame:
    """Return fairlearn's metrics of each group that is large enough; others have no row."""
    kept = rows[rows[by].isin(_large(rows, by))]
    if kept.empty:
        return pd.DataFrame(columns=list(metrics), dtype=np.float64)
    predicted = kept["flagged"].to_numpy() if score is None else kept[score].to_numpy()
    frame = MetricFrame(
        metrics=metrics, y_true=kept["outcome"].to_numpy(), y_pred=predicted, sensitive_features=kept[by]
    )
    by_group: pd.DataFrame = frame.by_group
    return by_group


def _large(rows: pd.DataFrame, by: str) -> list[Any]:
    """Return the groups that are large enough to be given a rate."""
    sizes = _sizes(rows, by)
    return [name for name, row in sizes.iterrows() if enough(int(row["cases"]), int(row["defaults"]))]


def _sizes(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    grouped = rows.groupby(by, sort=True)
    counts = {"cases": grouped.size(), "customers": grouped["customer"].nunique(), "defaults": grouped["outcome"].sum()}
    return pd.DataFrame(counts).astype(np.int64)


def _shown(table: pd.DataFrame, rates: list[str]) -> pd.DataFrame:
    """Take the rates of small groups away and say so."""
    large = np.array([enough(int(n), int(k)) for n, k in zip(table["cases"], table["defaults"], strict=True)])
    table.loc[~large, rates] = np.nan
    return table.assign(remark=np.where(large, "", "too small")).rename_axis("group").reset_index()


def _mean_score(y_true: Floats, y_pred: Floats) -> float:
    return float(np.mean(y_pred))


def _rate(y_true: Floats, y_pred: Floats) -> float:
    return float(np.mean(y_true))


DISPARITIES = (
    "parity_ratio", "parity_low", "parity_high", "odds_difference", "odds_low", "odds_high", "contact_ratio",
)  # fmt: skip


def inputs_that_tell(columns: list[str]) -> dict[str, list[str]]:
    """Return, for each of ``GROUPS``, the model's columns that tell it outright."""
    return {group: [name for name in SOURCES[group] if name in columns] for group in GROUPS}


def judged_cases(material: Material) -> pd.DataFrame:
    """Return the cases of the judge window with ``flagged``: 1 for those in the riskiest tier, else 0."""
    judge = material.window("judge")
    riskiest = list(material.facts["model"]["tiers"])[-1]
    return judge.assign(flagged=(judge["tier"] == riskiest).astype(np.int64))


def of_score(rows: pd.DataFrame, by: str, seed: int = 0) -> pd.DataFrame:
    """Return how the score does for each group of ``by``.

    Columns: ``group``, ``cases``, ``customers``, ``defaults``, ``expected``, ``observed``, ``gap`` (observed less
    expected) with its 95 % interval ``low``, ``high``, ``auc``, ``remark``; rates NaN where ``too small``.
    """
    frame = _frame({"expected": _mean_score, "observed": _rate, "auc": roc_auc_score}, rows, by, "default_probability")
    table = _sizes(rows, by).join(frame)
    table["gap"] = table["observed"] - table["expected"]
    table[["low", "high"]] = _gap_intervals(rows, by, list(table.index), seed)
    return _shown(table, ["expected", "observed", "gap", "low", "high", "auc"])


def of_tier(rows: pd.DataFrame, by: str, tiers: list[str]) -> pd.DataFrame:
    """Return the share of each group in each tier, and how often the riskiest tier is wrong about it.

    ``false_positive_rate`` is the share in the riskiest tier among those who paid, ``false_negative_rate`` the
    share outside it among those who defaulted.
    """
    shares = pd.crosstab(rows[by], rows["tier"], normalize="index").reindex(columns=tiers, fill_value=0.0)
    errors = _frame({"false_positive_rate": false_positive_rate, "false_negative_rate": false_negative_rate}, rows, by)
    table = _sizes(rows, by).join(shares).join(errors)
    return _shown(table, [*tiers, "false_positive_rate", "false_negative_rate"])


def of_treatment(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return the share of each group that would be contacted, firmly, by a call, and offered a plan."""
    table = _sizes(rows, by).join(treatments(rows).groupby(rows[by]).mean())
    return _shown(table, list(TREATMENTS))


def treatments(rows: pd.DataFrame) -> pd.DataFrame:
    """Return for each case which of ``TREATMENTS`` its action is, as 0.0 or 1.0.

    >>> treatments(pd.DataFrame({"action": ["call_firm", "none"], "intensity": ["firm", None]})).iloc[0].tolist()
    [1.0, 1.0, 1.0, 0.0]
    """
    parts = rows["action"].str.split("_")
    flags = (
        rows["action"] != NONE,
        rows["intensity"] == "firm",
        parts.str[0] == "call",
        parts.map(lambda words: "plan" in words),
    )
    return pd.DataFrame(dict(zip(TREATMENTS, flags, strict=True)), index=rows.index).astype(np.float64)


def disparities(rows: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Return the largest differences between groups that are large enough, a row a dividing column.

    ``parity_ratio``: smallest over largest share in the riskiest tier (1 is equal); ``parity_low`` and
    ``parity_high`` are its 95 % interval, of the same two groups in every resample, so that it may go beyond 1.
    ``odds_difference``: the larger of the largest differences in false and in true positive rates (0 is equal), with
    ``odds_low`` and ``odds_high``. ``contact_ratio``: smallest over largest share contacted. NaN with fewer than
    two groups, or with nobody in the riskiest tier.
    """
    found = []
    for by in GROUPS:
        kept = rows[rows[by].isin(_large(rows, by))]
        comparable = kept[by].nunique() > 1 and kept["flagged"].any()
        measured = _disparity(kept, by, seed) if comparable else {}
        found.append({"by": by, "groups": kept[by].nunique(), "cases": len(kept), **measured})
    names = ["by", "groups", "cases", *DISPARITIES]
    return pd.DataFrame(found).reindex(columns=names)


def fairness_gap(material: Material, seed: int = 0) -> dict[str, float]:
    """Return the largest calibration gaps of the judge window over groups of gender and of age band large enough.

    ``fairness_gap`` is the largest |observed - expected default rate|. Small groups have large gaps by chance:
    ``fairness_gap_sure`` is the largest distance of a gap's 95 % interval from 0, which is 0 when chance may have
    made each of them. Without a group that is large enough both are absent.
    """
    judge = judged_cases(material)
    tables = pd.concat([of_score(judge, by, seed) for by in JUDGED]).dropna(subset="gap")
    if tables.empty:
        return {}
    sure = np.maximum(np.maximum(tables["low"], -tables["high"]), 0)
    return {"fairness_gap": float(tables["gap"].abs().max()), "fairness_gap_sure": float(sure.max())}
