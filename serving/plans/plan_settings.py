"""configs/plans.yaml: how much of an income a plan may take, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic.dataclasses import dataclass

from features.tables.schema import PRODUCTS
from serving.settings import CONFIGS, STRICT, read_settings

LONGEST = 60
"""Months: card measures art. 70 allow an individual instalment plan five years."""

Spread = Literal["amount_due", "balance"]


@dataclass(frozen=True, config=STRICT)
class PlanSettings:
    """configs/plans.yaml; the comments there say what each setting means."""

    version: str
    share_of_free_income: float
    most_months: int
    annual_rate: float | None
    spread: Mapping[str, Spread]

    def __post_init__(self) -> None:
        if not 0 < self.share_of_free_income <= 1:
            raise ValueError(f"share_of_free_income must be in (0, 1], got {self.share_of_free_income}")
        if not 1 <= self.most_months <= LONGEST:
            raise ValueError(f"most_months must be in [1, {LONGEST}] (card measures art. 70), got {self.most_months}")
        if self.annual_rate is not None and not 0 <= self.annual_rate <= 10:
            raise ValueError(f"annual_rate must be in [0, 10] or null, got {self.annual_rate}")
        if set(self.spread) != set(PRODUCTS):
            raise ValueError(f"spread must have exactly the keys {list(PRODUCTS)}, got {list(self.spread)}")


def read_plans(file: str | Path = CONFIGS / "plans.yaml") -> PlanSettings:
    """Read the settings of repayment plans; PolicyError names the key at fault."""
    return read_settings(PlanSettings, file)
