"""Whether the model follows the signs that the catalogue declares: told by contributions, proved by moving values.

A rank correlation may be against the sign without a breach, for features move together. A breach is a case whose
probability falls when one value alone is moved towards risk.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from serving.scorer import Scorer
from training.evaluate import order_agreement
from training.review.drivers import cases_of
from training.review.effects import against_sign
from training.review.material import Material

Floats = npt.NDArray[np.float64]

MOVED_CASES = 100
"""Cases whose values are moved one at a time."""

STEPS = 5
"""Places a value is moved to: quantiles of what is known of the feature, from the lowest to the highest."""

AGAINST = -0.1
"""A rank correlation below this, in the declared direction, is worth a look."""

_TOLERANCE = 1e-6
"""XGBoost adds up float32 margins: smaller moves of a probability are no moves."""


def _told(values: pd.Series[Any], effects: pd.Series[Any], sign: int, held: bool) -> dict[str, Any]:
    known = values.notna().to_numpy()
    x, y = values.to_numpy(np.float64)[known], effects.to_numpy()[known]
    return {
        "feature": values.name,
        "sign": sign,
        "declared": {1: "risk up", -1: "risk down", 0: "none"}[sign],
        "constrained": held,
        "cases": int(known.sum()),
        "direction": order_agreement(x, y),
        "agreeing": _agreeing(x, y * sign) if sign else np.nan,
    }


def _agreeing(x: Floats, y: Floats) -> float:
    """Return the share of pairs with different ``x`` that ``y`` orders the same way; ties of ``y`` count half.

    >>> _agreeing(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.1, 0.1])).__round__(3)
    0.833
    """
    rows = np.linspace(0, len(x) - 1, min(len(x), 400)).astype(int) if len(x) else np.array([], dtype=int)
    rises = np.sign(x[rows, None] - x[None, rows])
    follows = np.sign(y[rows, None] - y[None, rows]) * rises
    return float((follows[rises != 0].mean() + 1) / 2) if (rises != 0).any() else np.nan


def _breaches(scorer: Scorer, values: pd.DataFrame, signs: Mapping[str, int]) -> Floats:
    """Return, by feature of the model, the share of cases whose probability moved against the sign; NaN: no sign."""
    rows = np.linspace(0, len(values) - 1, min(len(values), MOVED_CASES)).astype(int)
    sample = values.iloc[rows]
    return np.array([_breach(scorer, sample, values[name], signs.get(name, 0)) for name in scorer.encoding.columns])


def _breach(scorer: Scorer, sample: pd.DataFrame, known: pd.Series[Any], sign: int) -> float:
    name = str(known.name)
    places = np.unique(known.dropna().quantile(np.linspace(0, 1, STEPS)))
    if sign == 0 or len(places) < 2:
        return np.nan
    moved = pd.concat([sample.assign(**{name: np.float32(place)}) for place in places])
    probability = scorer.score(moved).default_probability.reshape(len(places), len(sample))
    return float((np.diff(probability, axis=0) * sign < -_TOLERANCE).any(axis=0).mean())


def _verdict(row: Any) -> str:
    if row.sign == 0:
        return "told"
    if row.constrained:
        return "fail" if row.against > 0 else "pass"
    return "watch" if row.against > 0.5 or row.direction * row.sign < AGAINST else "pass"


def signs(material: Material, scorer: Scorer, window: str = "judge") -> pd.DataFrame:
    """Return, for each feature of the model, the declared sign against the measured direction.

    Columns: ``feature``; ``declared`` (risk up, risk down, none); ``constrained`` (the trees were held to it);
    ``direction``, Spearman's correlation of value and contribution in [-1, 1] (NaN: no spread); ``cases`` with a
    known value; ``agreeing``, the share of pairs of cases with different values whose contributions are ordered as
    declared (ties count half; NaN without a declared sign); ``against``, the share of moved cases whose probability
    ever moved against the sign; ``curve_against``, how far the mean curve goes against it (``effects.against_sign``,
    log-odds); ``verdict``: fail for a constrained feature with a breach, watch for an unconstrained one that breaches
    in most cases or correlates against its sign.
    """
    cases = cases_of(material, window)
    values, effects = material.values.loc[cases], material.contributions.loc[cases]  # noqa: PD011
    declared = material.facts["model"]["signs"]
    held = material.facts["model"]["held"]
    rows = [_told(values[name], effects[name], declared.get(name, 0), name in held) for name in scorer.encoding.columns]
    curve = against_sign(material.effects).reindex(scorer.encoding.columns).to_numpy()
    table = pd.DataFrame(rows).assign(against=_breaches(scorer, values, declared), curve_against=curve)
    return table.assign(verdict=[_verdict(row) for row in table.itertuples()]).drop(columns="sign")
