"""What changes for customers when a new model takes the champion's place: scores, tiers, and why."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import logit

from training.review.material import Material

MOVERS = 15
REASONS = 3


def tiers_of(probability: npt.NDArray[np.float64], bounds: Mapping[str, float]) -> pd.Categorical[str]:
    """Return the tier of each probability: the first whose bound is above it, as the policy has it.

    >>> list(tiers_of(np.array([0.01, 0.02, 1.0]), {"low": 0.02, "high": 1.0}))
    ['low', 'high', 'high']
    """
    names = pd.Index(list(bounds))
    code = np.searchsorted(np.array(list(bounds.values())), probability, side="right")
    return pd.Categorical.from_codes(np.minimum(code, len(names) - 1), categories=names, ordered=True)


def compared_cases(material: Material) -> pd.DataFrame:
    """Return the judge cases that both models scored; none when there was no champion to compare with."""
    judge = material.window("judge")
    return judge[judge["champion"].notna()]


def migration(rows: pd.DataFrame, bounds: Mapping[str, float]) -> pd.DataFrame:
    """Return the number of cases by the champion's tier (rows) and the new model's (columns), every tier named."""
    old, new = (tiers_of(rows[name].to_numpy(), bounds) for name in ("champion", "default_probability"))
    table = pd.crosstab(pd.Series(old, name="champion"), pd.Series(new, name="new"), dropna=False)
    return table.reindex(index=list(bounds), columns=list(bounds), fill_value=0)


def moves(rows: pd.DataFrame, bounds: Mapping[str, float]) -> pd.DataFrame:
    """Return how many cases go to a safer tier, stay, and go to a riskier one, and which default rate they have.

    Columns: ``move``, ``cases``, ``share``, ``observed``, ``expected_new``, ``expected_champion``. Where the new model
    is right, those who move up default more often than the champion expected.
    """
    old, new = (tiers_of(rows[name].to_numpy(), bounds).codes for name in ("champion", "default_probability"))
    move = np.select([new < old, new > old], ["to a safer tier", "to a riskier tier"], "stays")
    grouped = rows.assign(move=move).groupby("move")
    table = pd.DataFrame(
        {
            "cases": grouped.size(),
            "share": grouped.size() / len(rows),
            "observed": grouped["outcome"].mean(),
            "expected_new": grouped["default_probability"].mean(),
            "expected_champion": grouped["champion"].mean(),
        }
    )
    return table.reindex(
        [m for m in ("to a safer tier", "stays", "to a riskier tier") if m in table.index]
    ).reset_index()


def contribution_changes(material: Material) -> pd.DataFrame:
    """Return, for the cases both models explained, new less champion's contribution in log-odds, a column a feature.

    A feature that only one model has counts as 0 in the other; ``base`` is left out.
    """
    old = material.champion_contributions.drop(columns="base", errors="ignore")
    new = material.contributions.loc[old.index].drop(columns="base")
    names = new.columns.union(old.columns, sort=False)
    before, after = (frame.reindex(columns=names, fill_value=0.0).astype(np.float64) for frame in (old, new))
    return after - before


def changed_features(material: Material, most: int = 20) -> pd.DataFrame:
    """Return the features whose contribution changed most: ``feature``, ``mean_change``, ``mean_absolute_change``."""
    changes = contribution_changes(material)
    table = pd.DataFrame({"mean_change": changes.mean(), "mean_absolute_change": changes.abs().mean()})
    return table.nlargest(most, "mean_absolute_change").rename_axis("feature").reset_index()


def movers(material: Material, most: int = MOVERS) -> pd.DataFrame:
    """Return the explained cases whose log-odds moved most, and the features that moved them.

    Columns: ``case``, ``champion``, ``new`` (probabilities), ``moved`` (log-odds, new less champion), ``because``
    (the features whose contributions changed most, with the change), ``outcome``.
    """
    changes = contribution_changes(material)
    rows = material.rows.loc[changes.index]
    moved = pd.Series(_log_odds(rows["default_probability"]) - _log_odds(rows["champion"]), index=rows.index)
    chosen = moved.abs().nlargest(most).index
    table = pd.DataFrame(
        {
            "champion": rows.loc[chosen, "champion"],
            "new": rows.loc[chosen, "default_probability"],
            "moved": moved[chosen],
            "because": [_because(changes.loc[case]) for case in chosen],
            "outcome": rows.loc[chosen, "outcome"].astype(np.int64),
        }
    )
    return table.rename_axis("case").reset_index()


def _log_odds(probability: pd.Series[float]) -> npt.NDArray[np.float64]:
    odds: npt.NDArray[np.float64] = logit(probability.to_numpy(np.float64).clip(1e-9, 1 - 1e-9))
    return odds


def _because(changes: pd.Series[float]) -> str:
    strongest = changes.loc[changes.abs().nlargest(REASONS).index]
    return ", ".join(f"{name} {change:+.2f}" for name, change in strongest.items())
