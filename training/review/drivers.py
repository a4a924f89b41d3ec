"""What moves the default probability: strength of each feature, its shape, its pairs, and its steadiness.

Strength is the mean absolute contribution in log-odds over the sampled cases of a window. It says what the
model uses, not what causes default.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.catalogue import CATALOGUE, FAMILIES
from serving.scorer import Scorer
from training.evaluate import order_agreement
from training.review.material import Material

Floats = npt.NDArray[np.float64]

TOP = 20
"""How many of the strongest features the overlap of two windows looks at."""

PAIR_CASES = 400
"""Cases whose pairs are taken apart; a few hundred settle the order of the strongest pairs."""

_BINS = 10
_FAMILY = {feature.name: family for family, members in FAMILIES.items() for feature in members}


def _parts(values: Floats) -> list[npt.NDArray[np.int64]]:
    """Return the cases of each bin: equal values stay together, the missing are the last."""
    known = np.flatnonzero(~np.isnan(values))
    missing = np.flatnonzero(np.isnan(values))
    bins = np.searchsorted(_edges(values[known]), values[known])
    parts = [known[bins == number] for number in range(bins.max() + 1)] if len(known) else []
    return [part for part in (*parts, missing) if len(part)]


def _edges(known: Floats) -> Floats:
    """Return the upper ends of the bins: tenths of the cases, and fifths of those apart from the commonest value."""
    if not len(known):
        return known
    places, counts = np.unique(known, return_counts=True)
    others = known[known != places[counts.argmax()]]
    fifths = np.quantile(others, np.arange(1, 5) / 5) if len(others) else others
    tenths = np.quantile(known, np.arange(1, _BINS) / _BINS)
    return np.unique(np.concatenate([tenths, fifths if counts.max() > len(known) / 3 else []]))


def _bin(values: Floats, effects: Floats) -> dict[str, Any]:
    low, high = np.quantile(effects, [0.05, 0.95])
    return {
        "cases": len(values),
        "from": values.min(),
        "to": values.max(),
        "low": low,
        "mean": effects.mean(),
        "high": high,
    }


def cases_of(material: Material, window: str) -> pd.Index[Any]:
    """Return the sampled cases of a window: those whose contributions were kept."""
    of = material.rows.loc[material.contributions.index, "window"]
    return of.index[(of == window).to_numpy()]


def contributions_of(material: Material, window: str) -> pd.DataFrame:
    """Return the contributions of the sampled cases of a window in log-odds, a column a feature."""
    return material.contributions.loc[cases_of(material, window)].drop(columns="base")


def strengths(material: Material, window: str = "judge") -> pd.DataFrame:
    """Return each feature's mean absolute contribution, the strongest first.

    Columns: ``feature``, ``family``, ``unit``, ``mean_contribution`` (absolute, log-odds), ``share`` of the sum
    over all features, ``meaning``.
    """
    strength = contributions_of(material, window).abs().mean().sort_values(ascending=False, kind="stable")
    names = list(strength.index)
    return pd.DataFrame(
        {
            "feature": names,
            "family": [_FAMILY.get(name, "not of the catalogue") for name in names],
            "unit": [CATALOGUE[name].unit if name in CATALOGUE else "" for name in names],
            "mean_contribution": strength.to_numpy(),
            "share": (strength / strength.sum()).to_numpy(),
            "meaning": [CATALOGUE[name].meaning if name in CATALOGUE else "" for name in names],
        }
    )


def families(strength: pd.DataFrame) -> pd.DataFrame:
    """Return ``strengths`` added up by family, with the number of features and the strongest of each."""
    grouped = strength.groupby("family", sort=False)
    table = grouped.agg(
        features=("feature", "size"),
        mean_contribution=("mean_contribution", "sum"),
        share=("share", "sum"),
        strongest=("feature", "first"),
    )
    return table.sort_values("mean_contribution", ascending=False).reset_index()


def dependence(material: Material, feature: str, window: str = "judge") -> pd.DataFrame:
    """Return a feature's contribution by its value, in bins of equal count and a last one of what is missing.

    Columns: ``feature``, ``unit``, ``cases``, ``from`` and ``to`` (the bin's values, both included), ``low``,
    ``mean``, ``high`` (log-odds; the middle nine tenths of the contributions lie between low and high).
    """
    cases = cases_of(material, window)
    values = material.values.loc[cases, feature].to_numpy(np.float64)  # noqa: PD011
    effects = material.contributions.loc[cases, feature].to_numpy()
    unit = CATALOGUE[feature].unit if feature in CATALOGUE else ""
    rows = [_bin(values[part], effects[part]) for part in _parts(values)]
    return pd.DataFrame(rows).assign(feature=feature, unit=unit)[
        ["feature", "unit", "cases", "from", "to", "low", "mean", "high"]
    ]


def pairs(scorer: Scorer, values: pd.DataFrame, most: int = 10) -> pd.DataFrame:
    """Return the strongest pairs of features by the mean absolute log-odds that belong to neither alone.

    Columns: ``feature``, ``with``, ``mean_interaction``, and ``share`` of all pairs' sum.
    """
    rows = np.linspace(0, len(values) - 1, min(len(values), PAIR_CASES)).astype(int)
    strength = np.abs(scorer.interactions(values.iloc[rows])).mean(axis=0) * 2
    one, other = np.triu_indices(len(strength), k=1)
    of_pair = strength[one, other]
    first = np.argsort(-of_pair, kind="stable")[:most]
    names = np.asarray(scorer.encoding.columns, dtype=object)
    total = of_pair.sum() or 1.0
    return pd.DataFrame(
        {
            "feature": names[one[first]],
            "with": names[other[first]],
            "mean_interaction": of_pair[first],
            "share": of_pair[first] / total,
        }
    )


def ranks(material: Material) -> pd.DataFrame:
    """Return each feature's rank of strength in each window, 1 the strongest, in the order of the judge window."""
    windows = [name for name in ("fit", "tune", "judge") if len(cases_of(material, name))]
    strength = pd.DataFrame({name: contributions_of(material, name).abs().mean() for name in windows})
    order = strength.rank(ascending=False, method="first").astype(int)
    return order.sort_values(windows[-1]).rename_axis("feature").reset_index()


def rank_agreement(ranks: pd.DataFrame) -> pd.DataFrame:
    """Return how far each two windows agree on what is strong.

    Columns: ``windows``; ``spearman`` of the ranks of the features that are among the strongest ``TOP`` of either
    (1 is the same order); ``overlap``, the share of the strongest ``TOP`` that both windows name.
    """
    rows = []
    for one, other in combinations([name for name in ranks.columns if name != "feature"], 2):
        top = min(TOP, len(ranks))
        both = ((ranks[one] <= top) & (ranks[other] <= top)).sum()
        either = ranks[(ranks[one] <= top) | (ranks[other] <= top)]
        rows.append(
            (f"{one} and {other}", order_agreement(either[one].to_numpy(), either[other].to_numpy()), both / top)
        )
    return pd.DataFrame(rows, columns=["windows", "spearman", "overlap"])
