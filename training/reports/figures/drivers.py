"""Figures of what drives a model: strength, shape, pairs, steadiness, and single cases. Each shows one table."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure

from training.reports.figures.style import ACCENT, INK, RISK, SAFE, canvas
from training.review.single import BASE, REST, TOTAL

Floats = npt.NDArray[np.float64]

_FAINT = "#b8c1cc"
_UNITS = {"currency": "the book's currency", "share": "share, 0 to 1", "ratio": "ratio", "count": "count"}


def _label(name: str, text: str) -> str:
    return f"{name} = {text}" if text else name


def _reach(values: Floats) -> tuple[float, float]:
    """Return the range that is drawn: a hundredth at each end would squeeze the rest together."""
    if not len(values):
        return 0.0, 1.0
    low, high = (float(one) for one in np.quantile(values, [0.01, 0.99]))
    return (low, high) if high > low else (float(values.min()), float(values.max()) + 1e-9)


def _wrapped(name: str, most: int = 34) -> Any:
    return name if len(name) <= most else name[: most - 1] + "…"


def bars_figure(names: list[str], lengths: Floats, title: str, axis: str, width: float = 7) -> Figure:
    """Draw a bar a name, the first at the top; ``width`` in inches."""
    figure, axes = canvas(width, 0.24 * len(names) + 1.0)
    axes.barh(range(len(names)), lengths, color=ACCENT, height=0.66)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.set(xlabel=axis, title=title)
    return figure


def dependence_figure(table: pd.DataFrame, values: Floats, contributions: Floats) -> Figure:
    """Draw a dot a case, and the mean of each bin of ``dependence``; the missing stand at the left edge."""
    feature, unit = table["feature"].iloc[0], table["unit"].iloc[0]
    figure, axes = canvas(3.18, 2.6)
    known = ~np.isnan(values)
    left, right = _reach(values[known])
    inside = known & (values >= left) & (values <= right)
    axes.axhline(0, color=_FAINT, lw=0.8)
    axes.scatter(values[inside], contributions[inside], s=5, alpha=0.35, color=ACCENT, linewidths=0)
    bins = table[table["from"].notna()]
    centre = ((bins["from"] + bins["to"]) / 2).clip(left, right)
    axes.plot(centre, bins["mean"], "o-", color=INK, ms=3.2, lw=1.1, label="mean of a bin")
    missing = table[table["from"].isna()]
    if len(missing):
        place = left - 0.09 * (right - left)
        axes.plot([place] * len(missing), missing["mean"], "D", color=RISK, ms=4.5, label="not known")
    axes.legend(frameon=False, loc="best", handlelength=1.2)
    axes.set(xlabel=_UNITS.get(unit, unit), ylabel="contribution (log-odds)", title=_wrapped(feature))
    return figure


def steadiness_figure(ranks: pd.DataFrame, most: int = 15) -> Figure:
    """Draw the ranks of the strongest features of the last window, a line a feature from window to window."""
    windows = [name for name in ranks.columns if name != "feature"]
    figure, axes = canvas(7, 0.24 * most + 1.2)
    lowest = most + 2
    for row in ranks.head(most).to_dict("records"):
        places = [min(row[name], lowest) for name in windows]
        moved = max(places) - min(places)
        colour = RISK if moved > 5 else ACCENT
        axes.plot(range(len(windows)), places, "o-", color=colour, lw=1.2, ms=4)
        axes.annotate(row["feature"], (len(windows) - 1, places[-1]), (8, 0), textcoords="offset points", va="center")
    axes.set_xticks(range(len(windows)), windows)
    axes.set_xlim(-0.15, len(windows) - 1 + 1.1)
    axes.set_ylim(0.4, lowest + 0.4)
    axes.set_yticks([1, 5, 10, 15, lowest], ["1", "5", "10", "15", f"{lowest} or lower"])
    axes.invert_yaxis()
    axes.set(
        xlabel="window", ylabel="rank of strength (1 the strongest)", title="Do the windows agree on what is strong?"
    )
    return figure


def waterfall_figure(table: pd.DataFrame, texts: list[str], title: str) -> Figure:
    """Draw how a case's contributions add up from the base to its log-odds.

    ``table`` is ``single.taken_apart``'s, ``texts`` the value of each line in words. Right is riskier.
    """
    steps = table.set_index("feature")["contribution"]
    order = [REST, *[name for name in steps.index[::-1] if name not in (BASE, REST, TOTAL)]]
    starts = steps[BASE] + np.concatenate([[0.0], np.cumsum(steps[order].to_numpy())])
    figure, axes = canvas(4.85, 0.27 * len(order) + 1.25)
    said = dict(zip(table["feature"], texts, strict=True))
    for place, name in enumerate(order):
        step = steps[name]
        axes.barh(place, step, left=starts[place], color=RISK if step > 0 else SAFE, height=0.66)
        end = starts[place] + max(step, 0)
        axes.annotate(f"{step:+.2f}", (end, place), (3, 0), textcoords="offset points", va="center", fontsize=7.5)
    axes.axvline(steps[BASE], color=INK, lw=1, ls=":")
    axes.axvline(steps[TOTAL], color=INK, lw=1, ls="--")
    axes.set_yticks(range(len(order)), [_label(name, said[name]) for name in order])
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.12)
    axes.set(xlabel="log-odds of default; dotted: base, dashed: this case", title=title)
    return figure
