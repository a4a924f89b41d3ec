"""Where a reviewer's patience ends: the one place of the thresholds by which a section passes, and why they stand.

They are conventions of credit scoring, not laws; a bank with its own puts them here.
"""

from __future__ import annotations

from typing import Literal

type Verdict = Literal["pass", "watch", "fail", "told"]

FEWEST_CASES, FEWEST_DEFAULTS = 100, 10
"""Groups with fewer cases, or fewer of either outcome, are given no number: with 10 defaults the relative error of a
default rate is already about a third, and an AUC may be off by .15."""

AUC_GOOD, AUC_POOR = 0.70, 0.60
"""Application scorecards in use reach .65 to .75, behavioural ones .75 to .90; below .60 a model hardly ranks. The
lower end of the interval is held against them, so that a small judge window cannot pass by luck."""

AUC_FALL = 0.05
"""A loss from the fit window (out of fold) to the judge window beyond this is watched: the usual tolerance of a
discrimination test at validation (10 points of Gini)."""

PSI_WATCH, PSI_FAIL = 0.10, 0.25
"""The bounds of the trade (Siddiqi 2006): below .10 no change to speak of, above .25 another population."""

FEATURES_MOVED = 0.10
"""A population is watched when more than this share of the features have moved beyond ``PSI_FAIL``."""

TIER_LEVEL, TIER_FAIL_LEVEL = 0.95, 0.99
"""A tier is outside when its observed rate leaves the 95 % interval around the expected one: 1 in 20 does of a perfect
model, so that one of four tiers outside is watched; outside the 99 % interval it fails."""

CALIBRATION_ERROR = 0.02
"""A mean gap of over two points between expected and observed default rate is watched, if it is more than chance."""

FOUR_FIFTHS = 0.80
"""The rule of thumb of the US agencies (29 CFR 1607.4 D): a group selected at less than four fifths of the rate of the
most selected calls for an explanation."""

FAIRNESS_WATCH, FAIRNESS_GAP = 0.01, 0.03
"""A group whose observed default rate is surely (its whole 95 % interval) more than one point from the expected is
watched, more than three fails: among seven groups one interval in three trainings leaves 0 out by chance, but not
by a point."""

LEAST_AGREEMENT = 0.60
"""Below this, of Spearman's correlation or of the overlap, two windows do not agree on which features are strong."""

MOST_OF_ONE = 0.40
"""A feature with a larger share of all contributions is watched: the model hangs on one number of one feed."""

MOST_AUC_LOST, MOST_CHANGING_TIER = 0.03, 0.25
"""A scenario that costs more AUC, or moves a larger share of the cases to another tier, is watched: a quarter of the
customers treated otherwise is more than any one feed should decide."""

MISSING_MOVED = 0.10
"""A column whose share of missing values differs by more than this between fit and judge window is watched."""

JUDGE_DEFAULTS = 100
"""With fewer defaults in the judge window the AUC's standard error is above .02 or so: its measures are watched."""


def enough(cases: int, defaults: int) -> bool:
    """Tell whether a group is large enough to be given a number."""
    return cases >= FEWEST_CASES and min(defaults, cases - defaults) >= FEWEST_DEFAULTS


def worst(*verdicts: Verdict) -> Verdict:
    """Return the worst of some verdicts.

    >>> worst("pass", "watch", "told")
    'watch'
    """
    order: tuple[Verdict, ...] = ("told", "pass", "watch", "fail")
    return max(verdicts, key=order.index)
