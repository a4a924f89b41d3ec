"""On whom and on what a model was built: the tables, the windows, who was left out, and the columns that were used."""

from __future__ import annotations

import pandas as pd

from features.catalogue import CATALOGUE, FAMILIES
from training.dataset import WINDOWS
from training.review.material import Material
from training.selection import REASONS


def lineage(material: Material) -> pd.DataFrame:
    """Return the tables of the book: ``table``, ``rows``, ``first`` and ``last`` day (None: the table has no dates)."""
    tables = material.facts["book"]["tables"]
    rows = [(name, told["rows"], told["first"], told["last"]) for name, told in tables.items()]
    return pd.DataFrame(rows, columns=["table", "rows", "first", "last"])


def windows(material: Material) -> pd.DataFrame:
    """Return, by window, ``moments``, ``first``, ``last``, ``cases``, ``customers``, ``defaults``, ``default_rate``."""
    told = material.facts["windows"]
    moments = {name: material.facts["population"][name]["moments"] for name in told}
    rows = [{"window": name, "moments": moments[name], **told[name]} for name in WINDOWS if name in told]
    return pd.DataFrame(rows).rename(columns={"rows": "cases"})[
        ["window", "moments", "first", "last", "cases", "customers", "defaults", "default_rate"]
    ]


def exclusions(material: Material) -> pd.DataFrame:
    """Return, by window, how many were looked at (customers times moments) and why some became no case.

    Columns: ``window``, ``customers``, ``looked_at``, ``in_default``, ``nothing_at_risk``, ``thinned``, ``cases``.
    """
    told = material.facts["population"]
    rows = [{"window": name, **told[name]} for name in WINDOWS if name in told]
    table = pd.DataFrame(rows)
    table["cases"] = table["labelled"] - table["thinned"]
    return table[["window", "customers", "looked_at", "in_default", "nothing_at_risk", "thinned", "cases"]]


def moments(material: Material) -> pd.DataFrame:
    """Return, by moment of the cut: ``window``, ``at``, ``cases``, ``default_rate``, in the order of time."""
    grouped = material.rows.groupby(["window", "at"], observed=True)["outcome"]
    table = grouped.agg(cases="size", default_rate="mean").reset_index()
    return table.sort_values(["at", "window"], ignore_index=True)


def families(material: Material) -> pd.DataFrame:
    """Return, by family of features: how many there are, were used, were dropped and why, and how much is missing.

    Columns: ``family``, ``catalogue``, ``used``, one a reason of the selection, and ``missing_fit``,
    ``missing_tune``, ``missing_judge``: the mean share of missing values of the columns used.
    """
    used = set(material.facts["model"]["columns"])
    why = material.dropped.set_index("feature")["reason"]
    missing = missing_shares(material).set_index("feature")
    rows = []
    for family, members in FAMILIES.items():
        names = [feature.name for feature in members]
        reasons = why.reindex(names).value_counts()
        kept = [name for name in names if name in used]
        shares = missing.reindex(kept)[[f"missing_{window}" for window in WINDOWS]].mean()
        counts = {reason: int(reasons.get(reason, 0)) for reason in REASONS}
        rows.append({"family": family, "catalogue": len(names), "used": len(kept), **counts, **shares})
    return pd.DataFrame(rows)


def missing_shares(material: Material) -> pd.DataFrame:
    """Return, for each column used, the share of sampled cases of each window in which its value is not known.

    Columns: ``feature``, ``missing_fit``, ``missing_tune``, ``missing_judge``, ``meaning``.
    """
    missing = material.values.isna()  # noqa: PD011
    window_of = material.rows.loc[missing.index, "window"]
    shares = {f"missing_{window}": missing[window_of == window].mean() for window in WINDOWS}
    table = pd.DataFrame(shares).rename_axis("feature").reset_index()
    return table.assign(meaning=[CATALOGUE[name].meaning if name in CATALOGUE else "" for name in table["feature"]])


def dropped(material: Material) -> pd.DataFrame:
    """Return the columns left out, with the reason, its measure and what it was measured against."""
    return material.dropped[["feature", "reason", "measure", "against"]].reset_index(drop=True)
