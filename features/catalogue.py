"""Every feature, in the order of the matrix's columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType

from features.families import contact, credit, income, lateness, loans, payment, response, standing, upcoming
from features.feature import Feature


def _features_of(module: ModuleType) -> Iterator[Feature]:
    """Yield the features a module defines, in the order it does; those it imports belong elsewhere."""
    for member in vars(module).values():
        series = member if isinstance(member, tuple) else (member,)
        yield from (one for one in series if isinstance(one, Feature))


FAMILIES: Mapping[str, tuple[Feature, ...]] = MappingProxyType(
    {
        module.__name__.rpartition(".")[2]: tuple(_features_of(module))
        for module in (standing, lateness, payment, upcoming, income, credit, loans, contact, response)
    }
)
"""The features by the module that holds them."""

CATALOGUE: Mapping[str, Feature] = MappingProxyType({f.name: f for family in FAMILIES.values() for f in family})
"""Each feature by name."""

DEBATED: frozenset[str] = frozenset(
    name
    for name in CATALOGUE
    if name.startswith(("reminders_", "calls_", "firm_", "responded_", "paid_after_"))
    or name in ("credit_limit", "limit_change_365d", "rate_max", "unsecured_share", "income_variation_365d")
)
"""Signed features whose sign is a rule of thumb: the bank itself chose whom to remind and how much to lend."""
