"""When a field visit or a legal letter is put to a person: the section ``escalation`` of configs/policy.yaml.

Neither is ever sent: a step is a recommendation. Stances that may never be met with one are no legal value here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import Field
from pydantic.dataclasses import dataclass

from serving.reason_settings import Text
from serving.settings import STRICT

Step = Literal["visit", "letter"]
STEPS: tuple[Step, ...] = get_args(Step)
"""The steps in the order of their numbers, from 1 on; 0 is nothing."""

EscalatedStance = Literal["reliable", "careless", "chronic", "strategic"]
OpeningCause = Literal["refuses"]
GROUNDS: tuple[str, ...] = (*get_args(EscalatedStance), *get_args(OpeningCause))
"""What a step may rest on: a stance, or what a reply told of."""

_PLACES = ("step", "days", "firm", "quiet", "grounds")

type _Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
type _Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, config=STRICT)
class StepSettings:
    """When one step is recommended; all of it must hold, but for ``stances`` or ``causes``, of which one must.

    ``from_day`` counts days past due; ``causes`` are told in a reply and hold now; ``firm_reminders`` of intensity
    firm must have gone out about the instalment, the last ``days_since_last`` days ago or longer, and any visit or
    letter about it ``days_between`` days ago or longer. ``least_open`` and ``cost`` are in currency.
    """

    from_day: _Count
    stances: tuple[EscalatedStance, ...]
    causes: tuple[OpeningCause, ...]
    firm_reminders: _Count
    days_since_last: _Count
    days_between: _Count
    least_open: _Amount
    cost: _Amount

    def __post_init__(self) -> None:
        if not self.stances and not self.causes:
            raise ValueError("stances or causes must hold one or more, else the step is never recommended: write null")


@dataclass(frozen=True, config=STRICT)
class EscalationTexts:
    """What a recommendation says it rests on: ``names`` by step, ``grounds`` by stance and cause."""

    rests_on: Text
    names: Mapping[Step, Text]
    grounds: Mapping[str, Text]

    def __post_init__(self) -> None:
        self.rests_on.require("rests_on", *_PLACES)
        for name, found, expected in (("names", self.names, STEPS), ("grounds", self.grounds, GROUNDS)):
            if set(found) != set(expected):
                raise ValueError(f"{name} must have exactly the keys {list(expected)}, got {list(found)}")


@dataclass(frozen=True, config=STRICT)
class EscalationSettings:
    """The steps, None for one that is never recommended, and their texts."""

    visit: StepSettings | None
    letter: StepSettings | None
    texts: EscalationTexts

    @property
    def steps(self) -> tuple[StepSettings | None, ...]:
        """The steps in the order of ``STEPS``."""
        return (self.visit, self.letter)
