"""How figures look, whoever drew them: colours, letters, a canvas without a frame."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

INK, ACCENT, RISK, SAFE = "#1f2933", "#2563eb", "#c2410c", "#0f766e"
PALE = "#cbd5e1"
"""For what is only there to compare with."""


_LETTERS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8.5,
    "axes.labelcolor": "#52606d",
    "axes.edgecolor": "#8a96a3",
    "axes.linewidth": 0.8,
    "xtick.color": "#52606d",
    "ytick.color": "#52606d",
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "text.color": "#1f2933",
    "axes.titlecolor": "#1f2933",
    "savefig.facecolor": "white",
}


def canvas(width: float, height: float) -> tuple[Figure, Any]:
    """Return a figure of this size in inches and its axes."""
    mpl.use("Agg")
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def in_percent(*axes: Any) -> None:
    """Print the numbers of these axes (``axes.xaxis``, ``axes.yaxis``) as per cent."""
    for axis in axes:
        axis.set_major_formatter(PercentFormatter(1.0, decimals=None))


@contextmanager
def report_style() -> Iterator[None]:
    """Draw and save in the report's style; afterwards matplotlib is as it was."""
    with mpl.rc_context(_LETTERS):
        yield
