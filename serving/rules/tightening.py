"""A bank may only tighten: which of two figures of a rule is the stricter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any

from features.tables.schema import INTENSITIES
from serving.rules.kinds import Rule, minutes_of

_STRENGTHS = (None, *INTENSITIES)

_AT_LEAST_AS_STRICT: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        "effective": lambda law, own: own <= law,
        "opens": lambda law, own: minutes_of(own) >= minutes_of(law),
        "closes": lambda law, own: minutes_of(own) <= minutes_of(law),
        "unless_night_consent": lambda law, own: law or not own,
        "counted": lambda law, own: own in (law, "attempts"),
        "most": lambda law, own: own <= law,
        "days": lambda law, own: own >= law,
        "per": lambda law, own: own in (law, "customer"),
        "everywhere": lambda law, own: own or not law,
        "strongest": lambda law, own: _STRENGTHS.index(own) <= _STRENGTHS.index(law),
        "recipients": lambda law, own: set(own) <= set(law),
        "years": lambda law, own: own >= law,
        **dict.fromkeys(("stages", "media", "causes", "flags"), lambda law, own: set(own) >= set(law)),
    }
)


def loosened(law: Rule, own: Rule) -> tuple[str, Any, Any] | None:
    """Return a setting in which ``own`` is looser than ``law``, with both figures; None where it is as strict.

    What a rule is, its citation and its status are the law's own and may not be changed at all.
    """
    for field in fields(law):
        before, after = getattr(law, field.name), getattr(own, field.name)
        if before != after and not _AT_LEAST_AS_STRICT.get(field.name, _never)(before, after):
            return field.name, before, after
    return None


def _never(law: object, own: object) -> bool:
    return False
