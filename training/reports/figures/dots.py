"""Figures of numbers with intervals: a dot and its reach a row, or along the months."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure

from training.reports.figures.style import ACCENT, INK, PALE, RISK, canvas, in_percent


def interval_figure(
    table: pd.DataFrame, label: str, value: str, x: str, title: str, line: float | None = None
) -> Figure:
    """Draw ``value`` with ``low`` and ``high`` a row, the first on top; ``line`` is a share it is held against.

    A row is red where its interval leaves ``line`` out.
    """
    known = table[table[value].notna()][::-1]
    figure, axes = canvas(7, 0.32 * len(known) + 1.3)
    place = np.arange(len(known))
    away = np.zeros(len(known), bool) if line is None else ((known["low"] > line) | (known["high"] < line)).to_numpy()
    colours = np.where(away, RISK, ACCENT)
    axes.hlines(place, known["low"], known["high"], color=colours, lw=2, alpha=0.6)
    axes.scatter(known[value], place, color=colours, zorder=3, s=28)
    if line is not None:
        in_percent(axes.xaxis)
        axes.axvline(line, color=INK, lw=1, ls="--")
    axes.set_yticks(place, known[label])
    axes.set(xlabel=x, title=title)
    axes.set_ylim(-0.7, len(known) - 0.3)
    return figure


_BAND = "95 % interval of the expected"


def _over_band(axes: Any, table: pd.DataFrame, width: float) -> npt.NDArray[np.int64]:
    """Draw observed rates over the band in which they should lie, a bar ``width`` wide a row; return the places."""
    place = np.arange(len(table))
    axes.bar(
        place, table["high"] - table["low"], width, table["low"], color=PALE, label="95 % interval of the expected"
    )
    axes.hlines(table["expected"], place - width / 2, place + width / 2, color=INK, lw=1.5, label="expected")
    colours = np.where(table["inside"], ACCENT, RISK)
    axes.scatter(place, table["observed"], color=colours, zorder=3, label="observed (red: outside)")
    axes.set_ylim(0)
    in_percent(axes.yaxis)
    return place


def backtest_figure(table: pd.DataFrame) -> Figure:
    """Draw observed default rates by month over the band in which they should lie; ``reliability.backtest``'s table."""
    figure, axes = canvas(7.5, 4)
    place = _over_band(axes, table, 0.7)
    _name_windows(axes, table["window"].tolist())
    axes.set_xticks(place, table["month"], rotation=45, ha="right")
    axes.set(ylabel="default rate", xlabel="month of the cut")
    axes.set_title("Expected and observed default rate by month", pad=16)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def tier_figure(table: pd.DataFrame) -> Figure:
    """Draw each tier's observed default rate over the interval around the expected; ``reliability.tiers``'s table."""
    figure, axes = canvas(6.5, 4)
    place = _over_band(axes, table, 0.6)
    names = [f"{name}\n{cases:,} cases" for name, cases in zip(table["tier"], table["cases"], strict=True)]
    axes.set_xticks(place, names)
    axes.set(ylabel="default rate", xlabel="tier", title="Expected and observed default rate by tier")
    axes.legend(frameon=False, loc="upper left")
    return figure


def reliability_figure(table: pd.DataFrame) -> Figure:
    """Draw observed against expected default rates of tenths with their intervals; ``reliability.deciles``'s table.

    Both axes are logarithmic, as most tenths are safe; a tenth without a default is drawn at the lower edge.
    """
    figure, axes = canvas(5.5, 5)
    floor, top = float(table["expected"].min()) / 4, min(float(table[["expected", "high"]].to_numpy().max()) * 1.3, 1.0)
    observed, low = table["observed"].clip(lower=floor), table["low"].clip(lower=floor)
    axes.plot([floor, top], [floor, top], color=INK, lw=1, ls="--", label="perfect")
    reach = np.array([observed - low, table["high"] - observed]).clip(0)
    label = "tenths of the cases, 95 % interval"
    axes.errorbar(table["expected"], observed, yerr=reach, fmt="o", color=ACCENT, capsize=3, ms=5, label=label)
    axes.set(xscale="log", yscale="log", xlim=(floor, top), ylim=(floor, top), title="Judge window: is it calibrated?")
    axes.set(xlabel="expected default rate (log scale)", ylabel="observed default rate (log scale)")
    in_percent(axes.xaxis, axes.yaxis)
    axes.legend(frameon=False, loc="upper left")
    return figure


def _name_windows(axes: Any, windows: list[str]) -> None:
    """Write each window's name above its months and a line between windows."""
    for place, name in enumerate(windows):
        if place and windows[place - 1] != name:
            axes.axvline(place - 0.5, color=INK, lw=0.8, ls=":")
        if not place or windows[place - 1] != name:
            axes.annotate(name, (place - 0.4, 1.01), xycoords=("data", "axes fraction"), fontsize=8, color=INK)
