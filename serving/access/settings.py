"""configs/service.yaml: who may ask, how much, how often, and what is told of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic.dataclasses import dataclass

from serving.settings import CONFIGS, STRICT, read_settings

SERVICE = "DUEWISE_SERVICE"
"""Environment variable with a file of settings in place of configs/service.yaml."""


@dataclass(frozen=True, config=STRICT)
class Rate:
    """Requests a second in the long run, and how many may come at a stroke."""

    per_second: float
    burst: int

    def __post_init__(self) -> None:
        _require_positive(self, "per_second", "burst")


@dataclass(frozen=True, config=STRICT)
class RequestLimits:
    """What a request may be; the comments of configs/service.yaml say what each limit means."""

    body_bytes: int
    depth: int
    keys: int
    customers: int
    rows: int
    by_token: Rate
    overall: Rate
    concurrent: int
    body_seconds: float
    answer_seconds: float

    def __post_init__(self) -> None:
        _require_positive(
            self, "body_bytes", "keys", "customers", "rows", "concurrent", "body_seconds", "answer_seconds"
        )
        if not 1 <= self.depth <= 100:
            raise ValueError(f"depth must be in [1, 100], got {self.depth}")
        if self.body_bytes >= 2**31:
            raise ValueError(f"body_bytes must be below {2**31}, got {self.body_bytes}")


@dataclass(frozen=True, config=STRICT)
class HealthLimits:
    """When the service says that it is not ready: ages in seconds and hours, space in megabytes."""

    journal_lag_seconds: float
    snapshot_age_hours: float
    disk_free_mb: float

    def __post_init__(self) -> None:
        _require_positive(self, "journal_lag_seconds", "snapshot_age_hours", "disk_free_mb")


@dataclass(frozen=True, config=STRICT)
class ServiceSettings:
    """configs/service.yaml; the comments there say what each setting means."""

    open_on_loopback: bool
    limits: RequestLimits
    health: HealthLimits
    log_level: Literal["debug", "info", "warning", "error"]
    metrics: bool
    watch_seconds: float
    follow_seconds: float

    def __post_init__(self) -> None:
        _require_positive(self, "watch_seconds", "follow_seconds")


def read_service_settings(file: str | Path = CONFIGS / "service.yaml") -> ServiceSettings:
    """Read what stands before the routes; PolicyError names the key at fault."""
    return read_settings(ServiceSettings, file)


def settings_in_force(environment: Mapping[str, str] = os.environ) -> ServiceSettings:
    """Read configs/service.yaml, or the file the environment names; PolicyError names the key at fault."""
    return read_service_settings(environment.get(SERVICE) or CONFIGS / "service.yaml")


def _require_positive(settings: Any, *names: str) -> None:
    for name in names:
        value = getattr(settings, name)
        if not 0 < value < float("inf"):
            raise ValueError(f"{name} must be above 0, got {value}")
