"""The sides a signal may speak for, and which of them bear each stance out or speak against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

Side = Literal[
    "late",
    "overdue_now",
    "long_overdue",
    "clean",
    "willing",
    "unwilling",
    "refusing",
    "earning",
    "able",
    "unable",
    "in_need",
    "forgetful",
    "unsure",
    "asking_how",
    "new",
    "chronic",
]

SIDES: tuple[Side, ...] = get_args(Side)
"""Every side, in the order of the columns of a count of signals."""


@dataclass(frozen=True)
class Bearing:
    """The sides that speak for a stance and those that speak against it, each the weightiest first.

    The others say nothing about it.
    """

    supporting: tuple[Side, ...]
    opposing: tuple[Side, ...]

    def __post_init__(self) -> None:
        both = set(self.supporting) & set(self.opposing)
        if both:
            raise ValueError(f"a side speaks for a stance or against it, got {sorted(both)} on both.")


_ARREARS: tuple[Side, ...] = ("long_overdue", "overdue_now", "late")

BEARINGS: Mapping[str, Bearing] = MappingProxyType(
    {
        "reliable": Bearing(
            ("clean", "willing", "able"), ("refusing", *_ARREARS, "chronic", "unwilling", "unable", "in_need")
        ),
        "careless": Bearing(
            ("forgetful", "overdue_now", "late", "able", "willing", "clean"),
            ("refusing", "chronic", "unwilling", "unable"),
        ),
        "struggling": Bearing(("in_need", "unable", *_ARREARS, "willing"), ("refusing", "able", "unwilling")),
        "unsure_how": Bearing(
            ("asking_how", "new", "unsure", *_ARREARS, "willing"), ("refusing", "chronic", "unwilling", "clean")
        ),
        "new_to_credit": Bearing(("new", "clean", "able"), ("refusing", *_ARREARS, "chronic", "unable")),
        "chronic": Bearing(
            ("chronic", "refusing", *_ARREARS, "unwilling"), ("clean", "forgetful", "willing", "unable", "in_need")
        ),
        "strategic": Bearing(
            ("refusing", "unwilling", "able", *_ARREARS, "chronic"),
            ("willing", "unable", "clean", "forgetful", "unsure"),
        ),
    }
)
"""The bearing of each stance of ``serving.actions.STANCES``."""
