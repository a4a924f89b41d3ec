"""configs/train.yaml: how samples and models are made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from serving.settings import CONFIGS, STRICT, read_settings
from training.portfolio import PORTFOLIO


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
    """Which columns the default model goes without; see ``FeatureSelection``. None leaves a reason out.

    ``excluded`` columns are left out whether or not selection is enabled.
    """

    enabled: bool
    excluded: tuple[str, ...]
    constant_share: Annotated[float, Field(ge=0.5, le=1)] | None
    psi: Annotated[float, Field(ge=0)] | None
    correlation: Annotated[float, Field(ge=0, le=1)] | None

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of ``FeatureSelection``; thresholds are None when selection is not enabled."""
        thresholds: dict[str, Any] = {
            "constant_share": self.constant_share,
            "psi": self.psi,
            "correlation": self.correlation,
        }
        return (thresholds if self.enabled else dict.fromkeys(thresholds)) | {"excluded": self.excluded}


@dataclass(frozen=True, config=STRICT)
class SearchSettings:
    """How long to search for settings of the trees; see ``training.search.Budget``."""

    trials: Annotated[int, Field(ge=0)]
    minutes: Annotated[float, Field(gt=0)] | None


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
    portfolio: tuple[str, ...]
    search: SearchSettings
    bags: Annotated[int, Field(ge=1)]
    most_default_rows: int
    most_response_rows: int
    seed: int

    def __post_init__(self) -> None:
        strange = [name for name in self.portfolio if name not in PORTFOLIO]
        if strange or not self.portfolio:
            raise ValueError(f"portfolio must name some of {', '.join(PORTFOLIO)}, got {list(self.portfolio)}")

    def searching(self, trials: int | None = None, minutes: float | None = None) -> TrainSettings:
        """Return the same settings with another budget for the search; None leaves a bound as it is."""
        trials = self.search.trials if trials is None else trials
        minutes = self.search.minutes if minutes is None else minutes
        return replace(self, search=SearchSettings(trials, minutes))


def read_train_settings(file: str | Path = CONFIGS / "train.yaml") -> TrainSettings:
    """Read the settings of a training; PolicyError names the key at fault."""
    return read_settings(TrainSettings, file)
