"""Frozen dataclasses as plain JSON, derived numbers included, so that no reader computes one of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any


def plain(told: Any) -> Any:
    """Return dataclasses as dicts of their fields and properties, tuples as lists; a number that is none as null.

    >>> from serving.monitoring.finding import Finding
    >>> plain((Finding("score_shift", "score", float("inf"), None, "far"),))
    [{'rule': 'score_shift', 'about': 'score', 'size': None, 'chance': None, 'evidence': 'far'}]
    """
    if is_dataclass(told) and not isinstance(told, type):
        names = [field.name for field in fields(told)]
        names += [name for name, part in vars(type(told)).items() if isinstance(part, property)]
        return {name: plain(getattr(told, name)) for name in names}
    if isinstance(told, Mapping):
        return {str(name): plain(value) for name, value in told.items()}
    if isinstance(told, list | tuple):
        return [plain(one) for one in told]
    if isinstance(told, float):
        return float(told) if math.isfinite(told) else None
    return told
