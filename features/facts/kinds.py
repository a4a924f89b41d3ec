"""The timelines of a history, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from features.facts.credit import CREDIT, LOANS
from features.facts.money import INCOMES, PAYMENTS
from features.facts.reminders import REMINDERS
from features.facts.schedule import COMING, DUE
from features.kernel.timeline import Kind

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "due": DUE,
        "coming": COMING,
        "payments": PAYMENTS,
        "incomes": INCOMES,
        "credit": CREDIT,
        "loans": LOANS,
        "reminders": REMINDERS,
    }
)
