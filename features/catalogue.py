"""Every feature, in the order of the matrix's columns."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType, ModuleType

from features import contact, credit, income, repayment
from features.feature import Feature


def _features_of(module: ModuleType) -> tuple[Feature, ...]:
    """Return the features a module defines, in the order it does; those it imports belong elsewhere."""
    members = [member for member in vars(module).values() if isinstance(member, Feature)]
    return tuple(f for f in members if f.compute.__module__ == module.__name__)


FAMILIES: Mapping[str, tuple[Feature, ...]] = MappingProxyType(
    {module.__name__.rpartition(".")[2]: _features_of(module) for module in (repayment, income, credit, contact)}
)
"""The features by the module that holds them."""

CATALOGUE: Mapping[str, Feature] = MappingProxyType({f.name: f for family in FAMILIES.values() for f in family})
"""Each feature by name."""
