"""configs/train.yaml: how samples and models are made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from serving.settings import CONFIGS, STRICT, read_settings


@dataclass(frozen=True, config=STRICT)
class CustomerShares:
    """How customers are shared out among the windows; the shares add up to 1."""

    fit: float
    tune: float
    judge: float

    def __post_init__(self) -> None:
        shares = (self.fit, self.tune, self.judge)
        if min(shares) <= 0 or abs(sum(shares) - 1) > 1e-9:
            raise ValueError(f"customer_shares must be above 0 and add up to 1, got {shares}")


@dataclass(frozen=True, config=STRICT)
class SelectionSettings:
    """Which columns the default model goes without; see ``FeatureSelection``. None leaves a reason out."""

    enabled: bool
    constant_share: Annotated[float, Field(ge=0.5, le=1)] | None
    psi: Annotated[float, Field(ge=0)] | None
    correlation: Annotated[float, Field(ge=0, le=1)] | None

    @property
    def thresholds(self) -> dict[str, Any]:
        """The thresholds by name; all None when selection is not enabled."""
        chosen: dict[str, Any] = {
            "constant_share": self.constant_share,
            "psi": self.psi,
            "correlation": self.correlation,
        }
        return chosen if self.enabled else dict.fromkeys(chosen)


@dataclass(frozen=True, config=STRICT)
class TrainSettings:
    """The settings of a training; the comments in the file say what each means."""

    default_dpd: int
    horizon_days: int
    history_months: int
    tune_months: int
    judge_months: int
    customer_shares: CustomerShares
    selection: SelectionSettings
    sign_constraints: bool
    trials: int
    most_default_rows: int
    most_response_rows: int
    seed: int


def read_train_settings(file: str | Path = CONFIGS / "train.yaml") -> TrainSettings:
    """Read the settings of a training; PolicyError names the key at fault."""
    return read_settings(TrainSettings, file)
