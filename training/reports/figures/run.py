"""Figures of a training: each shows one table, with a title that says what to see."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from training.reports.figures.style import ACCENT, INK, RISK, SAFE, canvas


def calibration_figure(table: pd.DataFrame, title: str) -> Figure:
    """Draw expected against observed default rate; ``table`` is ``evaluate.calibration_table``'s."""
    figure, axes = canvas(5.5, 5)
    top = float(table[["predicted", "observed"]].to_numpy().max()) * 1.05
    axes.plot([0, top], [0, top], color=INK, lw=1, ls="--", label="perfect")
    axes.plot(table["predicted"], table["observed"], "o-", color=ACCENT, label="ten bins of equal count")
    axes.set(xlabel="mean default probability", ylabel="observed default rate", title=title)
    axes.legend(frameon=False)
    return figure


def importance_figure(contributions: pd.DataFrame, most: int = 20) -> Figure:
    """Draw the mean absolute contribution of the strongest features, in log-odds."""
    strength = contributions.abs().mean().nlargest(most)[::-1]
    figure, axes = canvas(7, 0.3 * len(strength) + 1.2)
    axes.barh(strength.index, strength, color=ACCENT)
    axes.set(xlabel="mean absolute contribution (log-odds)", title="What moves the default probability most")
    return figure


def effects_figure(effects: pd.DataFrame) -> Figure:
    """Draw average effects with their intervals; columns ``effect``, ``low``, ``high``, a row an action."""
    ordered = effects.sort_values("effect")
    figure, axes = canvas(7, 0.4 * len(ordered) + 1.4)
    place = np.arange(len(ordered))
    reach = np.array([ordered["effect"] - ordered["low"], ordered["high"] - ordered["effect"]]) * 100
    colours = [
        SAFE if low > 0 else RISK if high < 0 else INK
        for low, high in zip(ordered["low"], ordered["high"], strict=True)
    ]
    axes.errorbar(ordered["effect"] * 100, place, xerr=reach, fmt="none", ecolor=INK, capsize=3)
    axes.scatter(ordered["effect"] * 100, place, color=colours, zorder=3)
    axes.axvline(0, color=INK, lw=1)
    axes.set_yticks(place, ordered.index)
    axes.set(
        xlabel="points of probability of payment within 7 days, 95 % interval",
        title="What each reminder adds against none, on average",
    )
    return figure
