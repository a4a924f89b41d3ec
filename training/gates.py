"""configs/promotion.yaml: what the run of a version must show before it may be champion.

A gate that is not required is skipped when the run does not know its metric: the first champion has no champion to
be compared with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass as plain_dataclass
from math import isnan, nan
from pathlib import Path
from typing import Literal

from pydantic.dataclasses import dataclass

from serving.registry import DEFAULT_MODEL, RESPONSE_MODEL
from serving.settings import CONFIGS, STRICT, read_settings

type Outcome = Literal["passed", "failed", "skipped"]


@plain_dataclass(frozen=True)
class Verdict:
    """What a gate said, ``why`` in words: ``value`` of the metric against ``bound``, both None where one is unknown."""

    gate: str
    metric: str
    value: float | None
    side: Literal["at least", "at most"]
    bound: float | None
    outcome: Outcome
    why: str


@dataclass(frozen=True, config=STRICT)
class Gate:
    """A bound on a metric: ``at_least`` or ``at_most``, which ``relative_to``'s value is added to where it is given."""

    name: str
    metric: str
    required: bool
    at_least: float | None = None
    at_most: float | None = None
    relative_to: str | None = None

    def __post_init__(self) -> None:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError(f"gate {self.name!r} must have either at_least or at_most")

    def bound(self, metrics: Mapping[str, float]) -> float:
        """Return the bound, NaN where the metric it is relative to is not known."""
        level = self.at_most if self.at_least is None else self.at_least
        return (level or 0.0) + (metrics.get(self.relative_to, nan) if self.relative_to else 0.0)

    def judge(self, metrics: Mapping[str, float]) -> Verdict:
        """Return the verdict on a run's metrics."""
        value, bound = metrics.get(self.metric, nan), self.bound(metrics)
        side: Literal["at least", "at most"] = "at most" if self.at_least is None else "at least"
        if isnan(value) or isnan(bound):
            absent = self.metric if isnan(value) else self.relative_to
            outcome: Outcome = "failed" if self.required else "skipped"
            return Verdict(self.name, self.metric, None, side, None, outcome, f"the run has no {absent}")
        kept = value >= bound if side == "at least" else value <= bound
        compared = f"{self.metric} is {value:.4f}, {side} {bound:.4f} is needed"
        return Verdict(self.name, self.metric, value, side, bound, "passed" if kept else "failed", compared)


@dataclass(frozen=True, config=STRICT)
class PromotionSettings:
    """The gates of each registered model; those of the response model come with the judgement of a policy."""

    gates: Mapping[str, Sequence[Gate]]

    def __post_init__(self) -> None:
        if set(self.gates) != {DEFAULT_MODEL, RESPONSE_MODEL}:
            raise ValueError(f"gates must be those of {DEFAULT_MODEL} and {RESPONSE_MODEL}, got {list(self.gates)}")


def read_promotion_settings(file: str | Path = CONFIGS / "promotion.yaml") -> PromotionSettings:
    """Read the gates; PolicyError names the key at fault."""
    return read_settings(PromotionSettings, file)
