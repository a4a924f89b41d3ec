"""How pictures of a report look: one hand for all of them, whoever drew them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl

_STYLE: dict[Any, Any] = {
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


@contextmanager
def report_style() -> Iterator[None]:
    """Draw and save in the report's style; afterwards matplotlib is as it was."""
    with mpl.rc_context(_STYLE):
        yield
