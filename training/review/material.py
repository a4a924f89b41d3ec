"""What a training leaves for its reviewers: every table of a report is made of this and of nothing else.

Cases carry no name and no id: ``customer`` is a number that only says which cases are one person's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from features.errors import ModelError

FOLDER = "review"
"""Folder of the material among a run's artefacts."""

_FACTS, _FORMAT = "facts.json", 1


@dataclass(frozen=True)
class Material:
    """The record of one training of the default model.

    Parameters
    ----------
    facts
        What is no table, as JSON: ``book`` (hash; rows, first and last day of each table), ``settings`` (of the
        training), ``windows``, ``population`` (by window: customers, and why some were left out), ``model`` (columns,
        signs declared, signs the trees were held to, committee, rounds, calibration, tiers, search), ``versions``
        (code, packages, policy), ``champion`` (its version; None when there was none to compare with,
        ``why_no_champion`` then says why), ``trained_at``; ``scenarios`` (by name, what was changed in words).
    rows
        A row a case, indexed by ``case`` (0, 1, ...): ``window`` (fit, tune, judge), ``at`` (moment of the cut),
        ``customer`` (a number), ``outcome`` (0/1), ``raw`` (probability before calibration), ``default_probability``,
        ``tier``; ``final`` (probability by the final trees, also of the fit cases, which they have seen: for how scores
        are spread, never for how good they are); ``scorecard`` and ``champion`` (their probabilities, NaN where not
        known); ``product``, ``stance``, ``gender``, ``age_band``, ``region``; ``action`` and ``intensity`` (what the
        policy would do, judge only).
        In the fit window probabilities are out of fold, NaN where no fold judged the row.
    values
        Features (float32) of a sample of the cases of each window, indexed by ``case``; the model's columns only.
    contributions
        Contributions of some of these cases (2,000 a window at most) in log-odds, calibrated, and ``base``.
    champion_contributions
        The champion's own contributions for the judge cases among them, and ``base``; no rows where there is none
        to compare with.
    effects
        What each numeric column of the model does, measured: ``feature``, ``sign`` (declared), ``value`` (a quantile
        of the judge cases), ``log_odds`` (mean calibrated log-odds of the same cases when all have that value).
    scenarios
        Default probability of the judge cases (5,000 at most) when something is changed, a column a scenario,
        indexed by ``case``.
    points
        The scorecard's bins: ``feature``, ``bin``, ``rows``, ``default_rate``, ``woe``, ``points``.
    dropped
        Columns left out by the selection: ``feature``, ``reason``, ``measure``, ``against``.
    """

    facts: Mapping[str, Any]
    rows: pd.DataFrame
    values: pd.DataFrame
    contributions: pd.DataFrame
    champion_contributions: pd.DataFrame
    effects: pd.DataFrame
    scenarios: pd.DataFrame
    points: pd.DataFrame
    dropped: pd.DataFrame

    def window(self, name: str) -> pd.DataFrame:
        """Return the cases of a window that have a probability."""
        rows = self.rows
        return rows[(rows["window"] == name) & rows["default_probability"].notna()]

    def save(self, folder: str | Path) -> None:
        """Write the facts as JSON and each table as Parquet."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"format": _FORMAT, **self.facts}, indent=1, ensure_ascii=False, default=str)
        (target / _FACTS).write_text(text, encoding="utf-8")
        for name in _TABLES:
            getattr(self, name).to_parquet(target / f"{name}.parquet", compression="zstd")

    @classmethod
    def load(cls, folder: str | Path) -> Material:
        """Read what ``save`` wrote.

        Raises
        ------
        ModelError
            When a file is missing or damaged: the run was made before there were reports, or by other means.
        """
        source = Path(folder)
        try:
            facts = json.loads((source / _FACTS).read_text(encoding="utf-8"))
            if facts.pop("format") != _FORMAT:
                raise ModelError(f"the review material in {source} was written by another version; train again.")
            return cls(facts, **{name: pd.read_parquet(source / f"{name}.parquet") for name in _TABLES})
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"the review material in {source} cannot be read: {error}") from error


_TABLES = tuple(field.name for field in fields(Material) if field.name != "facts")
