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
type Side = Literal["at least", "at most", "above"]


@plain_dataclass(frozen=True)
class Verdict:
    """What a gate said, ``why`` in words: ``value`` of the metric against ``bound``, both None where one is unknown."""

    gate: str
    metric: str
    value: float | None
    side: Side
    bound: float | None
    outcome: Outcome
    why: str


@dataclass(frozen=True, config=STRICT)
class Gate:
    """A bound on a metric: ``at_least``, ``at_most`` or ``above``, which is ``at_least`` without the bound itself.

    The value of ``relative_to`` is added to it where that is given. ``made_by`` is the command that makes the metric.
    """

    name: str
    metric: str
    required: bool
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    relative_to: str | None = None
    made_by: str | None = None

    def __post_init__(self) -> None:
        if len(self._bounds) != 1:
            raise ValueError(f"gate {self.name!r} must have either at_least or at_most or above")

    @property
    def _bounds(self) -> dict[Side, float]:
        bounds: dict[Side, float | None] = {"at least": self.at_least, "at most": self.at_most, "above": self.above}
        return {side: level for side, level in bounds.items() if level is not None}

    def bound(self, metrics: Mapping[str, float]) -> float:
        """Return the bound, NaN where the metric it is relative to is not known."""
        (level,) = self._bounds.values()
        return level + (metrics.get(self.relative_to, nan) if self.relative_to else 0.0)

    def judge(self, metrics: Mapping[str, float]) -> Verdict:
        """Return the verdict on a run's metrics."""
        value, bound = metrics.get(self.metric, nan), self.bound(metrics)
        (side,) = self._bounds
        if isnan(value) or isnan(bound):
            absent = self.metric if isnan(value) else self.relative_to
            outcome: Outcome = "failed" if self.required else "skipped"
            made = f"; run `{self.made_by}`" if self.made_by else ""
            return Verdict(self.name, self.metric, None, side, None, outcome, f"the run has no {absent}{made}")
        kept = {"at least": value >= bound, "at most": value <= bound, "above": value > bound}[side]
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
