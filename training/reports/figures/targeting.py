"""Figures of how well predicted effects rank customers. Each shows one table of ``training/targeting``."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from training.reports.figures.style import ACCENT, INK, canvas, in_percent

_BAND = "95 % interval"


def toc_figure(curve: pd.DataFrame, unit: str = "outcome a customer") -> Figure:
    """Draw ``measures.toc_curve``: above 0 those whom the prediction puts first gain more than the average."""
    figure, axes = canvas(6.5, 3.8)
    _with_band(axes, curve, "share", "toc", "first in rank less all")
    axes.axhline(0, color=INK, lw=1, ls="--", label="by lot")
    axes.set(xlabel="share of customers treated, first in rank", ylabel=f"gain over treating any ({unit})")
    axes.set(title="Does treating the first in rank bring more?", xlim=(0, 1))
    in_percent(axes.xaxis)
    axes.legend(frameon=False)
    return figure


def qini_figure(curve: pd.DataFrame, cost: str | None = None, unit: str = "outcome a customer") -> Figure:
    """Draw ``budget.qini_curve``; ``cost`` names its unit, None says that it is the share of customers treated."""
    figure, axes = canvas(6.5, 3.8)
    _with_band(axes, curve, "cost", "gain", "by prediction")
    axes.plot(curve["cost"], curve["by_lot"], color=INK, lw=1, ls="--", label="the same by lot")
    axes.set(ylabel=f"gain over doing nothing ({unit})", title="What a budget brings when spent by prediction")
    axes.set(xlabel="share of customers treated" if cost is None else f"spent ({cost})", xlim=(0, curve["cost"].max()))
    if cost is None:
        in_percent(axes.xaxis)
    axes.legend(frameon=False)
    return figure


def top_figure(gains: pd.DataFrame, unit: str = "outcome a customer treated") -> Figure:
    """Draw ``measures.gains_at``: what treating brings a customer treated, by how many are."""
    figure, axes = canvas(6.5, 3.4)
    place = range(len(gains))
    reach = [gains["gain"] - gains["low"], gains["high"] - gains["gain"]]
    axes.errorbar(place, gains["gain"], yerr=reach, fmt="o", color=ACCENT, capsize=3, label=_BAND)
    axes.axhline(0, color=INK, lw=1)
    axes.set_xticks(place, [f"{share:.0%}" for share in gains["share"]])
    axes.set(xlabel="share of customers treated, first in rank", ylabel=f"gain ({unit})")
    axes.set(title="What treating the first in rank brings")
    axes.legend(frameon=False)
    return figure


def _with_band(axes: Any, curve: pd.DataFrame, x: str, y: str, label: str) -> None:
    axes.fill_between(curve[x], curve["low"], curve["high"], color=ACCENT, alpha=0.15, lw=0, label=_BAND)
    axes.plot(curve[x], curve[y], color=ACCENT, lw=2, label=label)
