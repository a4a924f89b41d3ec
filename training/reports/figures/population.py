"""The figure of the cohorts: how many cases each moment gave, and how many of them defaulted."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from training.reports.figures.style import INK, canvas

_COLOURS = {"fit": "#9db7e8", "tune": "#f0c48a", "judge": "#8fcabf"}


def moments_figure(moments: pd.DataFrame) -> Figure:
    """Draw ``population.moments``: bars of cases, coloured by window, and the default rate of each cohort."""
    figure, axes = canvas(8.6, 3.1)
    places = {at: place for place, at in enumerate(sorted(moments["at"].unique()))}
    rates = axes.twinx()
    for shift, (window, colour) in enumerate(_COLOURS.items()):
        part = moments[moments["window"] == window]
        at = part["at"].map(places).to_numpy(np.float64)
        crowded = moments.duplicated("at", keep=False).any()
        axes.bar(at + (shift - 1) * 0.27 * crowded, part["cases"], 0.25 if crowded else 0.7, color=colour, label=window)
        rates.plot(at, part["default_rate"] * 100, "o-", color=INK, ms=3.5, lw=1)
    axes.set_ylim(0, 1.2 * moments["cases"].max())
    axes.set_xticks(list(places.values()), [f"{at:%Y-%m-%d}" for at in places], rotation=45, ha="right")
    axes.set(xlabel="moment of the cut", ylabel="cases", title="Cases and default rate by cohort")
    rates.set(ylabel="default rate (%)", ylim=(0, max(1.0, 140 * moments["default_rate"].max())))
    rates.spines["top"].set_visible(False)
    axes.legend(frameon=False, ncols=3, loc="upper left")
    return figure
