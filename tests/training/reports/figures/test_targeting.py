from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure

from training.reports.figures.targeting import qini_figure, toc_figure, top_figure

SHARES = [0.1, 0.5, 1.0]
BOUNDS = {"low": [0.1, 0.0, -0.1], "high": [0.4, 0.2, 0.1]}
MIDDLE = [0.25, 0.1, 0.0]


def figures() -> dict[str, Figure]:
    toc = pd.DataFrame({"share": SHARES, "toc": MIDDLE, **BOUNDS})
    qini = pd.DataFrame({"cost": SHARES, "gain": MIDDLE, "by_lot": MIDDLE, **BOUNDS})
    top = pd.DataFrame({"share": SHARES, "gain": MIDDLE, **BOUNDS})
    return {
        "toc": toc_figure(toc),
        "qini": qini_figure(qini),
        "costs": qini_figure(qini, "CNY"),
        "top": top_figure(top),
    }


@pytest.mark.parametrize("name", ["toc", "qini", "costs", "top"])
def test_a_figure_says_what_it_shows_on_both_axes_and_draws_the_table(name: str) -> None:
    axes: Any = figures()[name].axes[0]
    assert axes.get_title(loc="left") or axes.get_title()
    assert axes.get_xlabel()
    assert axes.get_ylabel()
    drawn = [line.get_ydata().tolist() for line in axes.get_lines() if len(line.get_ydata()) == len(SHARES)]
    assert MIDDLE in drawn


def test_costs_are_named_in_their_unit_and_shares_as_shares() -> None:
    drawn = figures()
    assert "CNY" in drawn["costs"].axes[0].get_xlabel()
    assert "share of customers" in drawn["qini"].axes[0].get_xlabel()
