"""Figure of the frontier: what a policy is worth by how many calls a day there are."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from training.reports.figures.style import ACCENT, INK, RISK, canvas


def frontier_figure(table: pd.DataFrame) -> Figure:
    """Draw worth by calls a day; columns ``calls_a_day``, ``per_100``, ``low``, ``high``, ``believed``, ``now``."""
    figure, axes = canvas(6.8, 3.8)
    reach = [table["per_100"] - table["low"], table["high"] - table["per_100"]]
    label = "by the log, 95 % interval"
    axes.errorbar(table["calls_a_day"], table["per_100"], yerr=reach, fmt="o", color=ACCENT, capsize=3, label=label)
    axes.plot(table["calls_a_day"], table["believed"], color=INK, lw=1.2, ls="--", label="as the model believes")
    for limit in table.loc[table["now"], "calls_a_day"]:
        axes.axvline(limit, color=RISK, lw=1, ls=":", label="calls there are")
    axes.axhline(0, color=INK, lw=0.8)
    axes.set(xlabel="calls a day, whole book", ylabel="currency over doing nothing, 100 occasions")
    axes.set_title("What the policy is worth by calls a day")
    axes.legend(frameon=False)
    return figure
