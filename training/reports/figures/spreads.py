"""Figures of how cases are spread: by score, by outcome, by tier, and between two models."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from training.reports.figures.style import ACCENT, INK, PALE, RISK, SAFE, canvas, in_percent
from training.review.limits import PSI_FAIL, PSI_WATCH


def roc_figure(points: pd.DataFrame, auc: str) -> Figure:
    """Draw the ROC curve; ``points`` are ``ranking.roc_points``'s, ``auc`` is said in the legend."""
    figure, axes = canvas(5, 5)
    axes.plot([0, 1], [0, 1], color=INK, lw=1, ls="--", label="chance")
    axes.plot(points["disturbed"], points["caught"], color=ACCENT, lw=2, label=f"AUC {auc}")
    axes.fill_between(points["disturbed"], points["disturbed"], points["caught"], color=ACCENT, alpha=0.08)
    axes.set(xlabel="share of those who paid, flagged", ylabel="share of the defaulters, flagged", title="ROC curve")
    axes.set(xlim=(0, 1), ylim=(0, 1.005))
    in_percent(axes.xaxis, axes.yaxis)
    axes.legend(frameon=False, loc="lower right")
    return figure


def score_figure(shares: pd.DataFrame) -> Figure:
    """Draw how the score is spread among defaulters and others; ``ranking.score_shares``'s table."""
    figure, axes = canvas(7, 4)
    for name, colour, label in (("paid", SAFE, "paid"), ("defaulted", RISK, "defaulted")):
        axes.stairs(shares[name], np.append(shares["low"], shares["high"].iloc[-1]), color=colour, lw=1.5, label=label)
        axes.stairs(
            shares[name], np.append(shares["low"], shares["high"].iloc[-1]), color=colour, fill=True, alpha=0.15
        )
    axes.set_xscale("log")
    axes.set(xlabel="default probability (log scale)", ylabel="share of the cases of an outcome")
    axes.set_title("Where defaulters and others lie on the score")
    in_percent(axes.xaxis, axes.yaxis)
    axes.legend(frameon=False)
    return figure


def bins_figure(bins: pd.DataFrame) -> Figure:
    """Draw the shares of fit and judge cases between tenths of the fit scores; ``stability.score_bins``'s table."""
    figure, axes = canvas(7, 4)
    place = np.arange(len(bins))
    axes.bar(place - 0.2, bins["fit"], 0.4, color=PALE, label="fit")
    axes.bar(place + 0.2, bins["judge"], 0.4, color=ACCENT, label="judge")
    axes.set_xticks(place, [f"{up_to:.1%}" for up_to in bins["up_to"]], rotation=45, ha="right")
    axes.set(xlabel="default probability up to (tenths of the fit window)", ylabel="share of the cases")
    axes.set_title("The score's spread, then and now")
    in_percent(axes.yaxis)
    axes.legend(frameon=False)
    return figure


def psi_figure(features: pd.DataFrame, most: int = 20) -> Figure:
    """Draw the stability index of the features that moved most; ``stability.feature_stability``'s table."""
    shown = features.head(most)[::-1]
    figure, axes = canvas(7, 0.28 * len(shown) + 1.4)
    colours = shown["state"].map({"stable": PALE, "shifted": ACCENT, "changed": RISK})
    axes.barh(shown["feature"], shown["psi"], color=colours)
    axes.margins(y=0.01)
    axes.scatter(shown["by_chance"], shown["feature"], marker="|", color=INK, zorder=3, label="chance alone (95 %)")
    for bound, name in ((PSI_WATCH, "shifted"), (PSI_FAIL, "changed")):
        axes.axvline(bound, color=INK, lw=1, ls="--")
        axes.annotate(f" {name}", (bound, 1.0), xycoords=("data", "axes fraction"), va="bottom", fontsize=8, color=INK)
    axes.set(xlabel="stability index (PSI), judge against fit")
    axes.set_title("Features that moved most", pad=16)
    axes.legend(frameon=False, loc="lower right")
    return figure


def shares_figure(table: pd.DataFrame, columns: dict[str, str], x: str, title: str) -> Figure:
    """Draw several shares of each group, a row a group (column ``label``); ``columns`` gives each its name."""
    known = table.dropna(subset=list(columns))[::-1]
    figure, axes = canvas(7.5, 0.34 * len(known) + 1.5)
    place = np.arange(len(known))
    offsets = 0.16 * (np.arange(len(columns)) - (len(columns) - 1) / 2)
    markers = zip(columns.items(), offsets[::-1], (RISK, ACCENT, SAFE, INK), ("o", "s", "^", "D"), strict=False)
    for (name, words), offset, colour, marker in markers:
        axes.scatter(known[name], place + offset, color=colour, marker=marker, s=34, label=words, zorder=3, alpha=0.85)
    axes.hlines(place, 0, known[list(columns)].max(axis=1), color=PALE, lw=1)
    axes.set_yticks(place, known["label"])
    axes.set(xlabel=x, title=title)
    axes.set_xlim(-0.02 * float(known[list(columns)].to_numpy().max()))
    axes.set_ylim(-0.7, len(known) - 0.3)
    in_percent(axes.xaxis)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def migration_figure(matrix: pd.DataFrame) -> Figure:
    """Draw how many cases go from each of the champion's tiers to each of the new model's."""
    cells = matrix.to_numpy(np.float64)
    shares = cells / np.maximum(cells.sum(axis=1, keepdims=True), 1)
    figure, axes = canvas(5.5, 4.6)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, column in np.ndindex(cells.shape):
        colour = "white" if shares[row, column] > 0.55 else INK
        words = f"{cells[row, column]:,.0f}\n{shares[row, column]:.0%}"
        axes.text(column, row, words, ha="center", va="center", color=colour, fontsize=9)
    axes.set_xticks(range(len(matrix.columns)), matrix.columns)
    axes.set_yticks(range(len(matrix.index)), matrix.index)
    axes.set(
        xlabel="tier by the new model", ylabel="tier by the champion", title="Who changes tier (cases, share of a row)"
    )
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return figure


def change_figure(changes: pd.DataFrame) -> Figure:
    """Draw how far each feature's contribution changed; ``champion.changed_features``'s table."""
    shown = changes[::-1]
    figure, axes = canvas(7, 0.28 * len(shown) + 1.2)
    axes.barh(shown["feature"], shown["mean_absolute_change"], color=ACCENT)
    axes.margins(y=0.01)
    axes.set(xlabel="mean absolute change of the contribution (log-odds)", title="What the new model weighs otherwise")
    return figure
