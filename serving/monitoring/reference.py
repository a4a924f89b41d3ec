"""The reference: how the champion's fit window looked, kept with the champion by the training that made it.

It holds shares by tenths and categories, and a sample of rows without any id; never a customer's name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import ModelError
from serving.monitoring.stability import counts, edges_of, psi
from serving.registry import Registered, artefacts

REFERENCE = "reference"
"""Folder of the reference among a run's artefacts."""

SCORE = "default_probability"
NOT_KNOWN = "not known"
"""The category of customers of whom the bank does not know it."""

_FACTS, _SAMPLE, _FORMAT = "reference.json", "sample.parquet", 1

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Profile:
    """How a column was spread.

    ``counts`` (len(edges) + 2,) are the cases up to each edge, above the last, and missing. ``usual`` is the median of
    the absolute values that are not 0; None where there are none. ``judged`` is the stability index of the judge
    window, under which the model was found good: so far the column had moved already.
    """

    name: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    usual: float | None
    judged: float

    @classmethod
    def of(cls, name: str, values: Floats, judged: Floats) -> Profile:
        """Return the profile of a column, (n,), NaN where missing, and of the same in the judge window.

        >>> Profile.of("income", np.array([0.0, 1.0, 2.0, np.nan]), np.array([0.0, 1.0, 2.0, np.nan])).counts
        (1, 1, 1, 0, 1)
        """
        edges = edges_of(values)
        before, after = counts(values, edges), counts(judged, edges)
        index = psi(before, after) if len(values) and len(judged) else 0.0
        return cls(name, tuple(map(float, edges)), tuple(map(int, before)), usual_of(values), index)


def usual_of(values: Floats) -> float | None:
    """Return the median of the absolute values that are not 0 nor missing; None where there are none."""
    size = np.abs(values[~np.isnan(values) & (values != 0)])
    return float(np.median(size)) if len(size) else None


@dataclass(frozen=True)
class Reference:
    """What the default model was fitted on, and how well it did on its judge window.

    ``rows`` cases of ``customers`` people, cut from ``first`` to ``last``. A default is ``dpd`` days past due within
    ``horizon_days``. ``auc`` has the standard error ``auc_error``. ``score`` and ``features`` are profiles by name,
    ``categories`` the customers by attribute and category. ``sample`` holds the features and ``SCORE`` of some cases.
    """

    rows: int
    customers: int
    first: str
    last: str
    dpd: int
    horizon_days: int
    default_rate: float
    auc: float
    auc_error: float
    score: Profile
    features: tuple[Profile, ...]
    categories: Mapping[str, Mapping[str, int]]
    sample: pd.DataFrame = field(repr=False, compare=False)

    @property
    def names(self) -> list[str]:
        """The model's features, in order."""
        return [profile.name for profile in self.features]

    def save(self, folder: str | Path) -> None:
        """Write the facts as JSON and the sample as Parquet."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        told = {name: value for name, value in asdict(self).items() if name != "sample"}
        text = json.dumps({"format": _FORMAT, **told}, indent=1, ensure_ascii=False)
        (target / _FACTS).write_text(text, encoding="utf-8")
        self.sample.to_parquet(target / _SAMPLE, compression="zstd", index=False)

    @classmethod
    def load(cls, folder: str | Path) -> Reference:
        """Read what ``save`` wrote.

        Raises
        ------
        ModelError
            When a file is missing or damaged, or another version wrote it.
        """
        source = Path(folder)
        try:
            told = json.loads((source / _FACTS).read_text(encoding="utf-8"))
            if told.pop("format") != _FORMAT:
                raise ModelError(f"the reference in {source} was written by another version; train again.")
            score, features = _profile(told.pop("score")), tuple(map(_profile, told.pop("features")))
            return cls(**told, score=score, features=features, sample=pd.read_parquet(source / _SAMPLE))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"the reference in {source} cannot be read: {error}") from error


def reference_of(model: Registered) -> Reference:
    """Return the reference that was kept with a default model.

    Raises
    ------
    ModelError
        When none was, because the model was made before there was monitoring; it says what to do.
    """
    try:
        folder = artefacts(model, REFERENCE)
    except ModelError as error:
        raise ModelError(
            f"{model} was trained before there was monitoring, so nothing says how its fit window looked. "
            "`duewise train BOOK` makes a version that does."
        ) from error
    return Reference.load(folder)


def category_counts(labels: Sequence[Any] | npt.NDArray[Any]) -> dict[str, int]:
    """Return how many there are of each category, None counted as not known.

    >>> category_counts(["north", None, "north"])
    {'north': 2, 'not known': 1}
    """
    codes, names = pd.factorize(np.asarray(labels, dtype=object), use_na_sentinel=False)
    told = [NOT_KNOWN if pd.isna(name) else str(name) for name in names]
    return dict(zip(told, map(int, np.bincount(codes, minlength=len(told))), strict=True))


def _profile(told: Mapping[str, Any]) -> Profile:
    return Profile(told["name"], tuple(told["edges"]), tuple(told["counts"]), told["usual"], told["judged"])
