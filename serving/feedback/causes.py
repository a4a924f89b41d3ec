"""The causes a reply may tell of; several at once, or none: then it is unclear."""

from __future__ import annotations

from typing import Literal, get_args

Cause = Literal[
    "forgot",
    "short_of_money",
    "lost_income",
    "how_to_pay",
    "dispute",
    "already_paid",
    "refuses",
    "wrong_person",
    "promise",
    "opt_out",
    "complaint",
]

CAUSES: tuple[Cause, ...] = get_args(Cause)
"""Every cause, in the order of the columns of a model."""

UNCLEAR = "unclear"
"""What a reply is that tells of none."""

NEVER_MISSED: tuple[Cause, ...] = ("opt_out", "dispute", "already_paid")
"""The causes with a list of phrases beside the model: a reminder after one of these does harm."""
