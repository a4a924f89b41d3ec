"""Figure of a placebo: what shuffled actions gain, and what was found."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from training.reports.figures.style import INK, PALE, RISK, canvas


def placebo_figure(shuffles: pd.Series, found: float) -> Figure:
    """Draw the gains of shuffles, and the one that was found, in currency on 100 occasions."""
    figure, axes = canvas(6.5, 3.2)
    axes.hist(shuffles, bins=25, color=PALE, label="with actions shuffled")
    axes.axvline(found, color=RISK, lw=2, label="as logged")
    axes.axvline(0, color=INK, lw=0.8, ls="--")
    axes.set(xlabel="gain in recovered currency on 100 occasions", ylabel="shuffles")
    axes.set_title("What chance alone would have found")
    axes.legend(frameon=False)
    return figure
