"""The one door to shap: its plots of contributions that XGBoost computed exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

_SHOWN = 5_000


def beeswarm_figure(contributions: pd.DataFrame, X: pd.DataFrame, most: int = 20, width: float = 8) -> Any:
    """Draw SHAP's beeswarm: a dot a case, its place the contribution in log-odds, its colour the value.

    ``contributions`` is ``DefaultModel.explain``'s without ``base``; rows beyond 5,000 are thinned evenly.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt
    import shap

    rows = np.linspace(0, len(X) - 1, min(len(X), _SHOWN)).astype(int)
    known = X.columns[X.iloc[rows].notna().any()]  # a feature that nobody has gives shap no colour
    explanation = shap.Explanation(
        contributions[known].to_numpy()[rows], data=X[known].to_numpy()[rows], feature_names=list(known)
    )
    plt.figure(layout="constrained")
    shap.plots.beeswarm(
        explanation, max_display=most, show=False, plot_size=(width, 0.3 * most + 0.7), group_remaining_features=False
    )
    figure = plt.gcf()
    figure.axes[0].set_title("How each value moves the default probability")
    figure.axes[0].set_xlabel("contribution (log-odds); right of 0 raises the probability", fontsize="medium")
    for axes in figure.axes:
        axes.tick_params(labelsize="medium")
        axes.yaxis.label.set_fontsize("medium")
    plt.close(figure)
    return figure
