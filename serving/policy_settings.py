"""configs/policy.yaml: what may be done to whom, when, what it is worth, and what a day holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, get_args

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, ValidationInfo
from pydantic.dataclasses import dataclass

from features.tables.schema import CHANNELS, INTENSITIES, OFFERS
from serving.actions import NONE, STANCES, Action, Channel, Intensity, Offer, action_id
from serving.escalation.settings import EscalationSettings
from serving.programme.programmes import STANDARD, FirmWith, PlanFirst, Programme, open_to
from serving.rules.pack import Pack, pack_names, read_pack
from serving.rules.rulebook import RuleBook
from serving.settings import CONFIGS, FOLDER, STRICT, read_settings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

Group = Literal["gender", "age_band", "region"]
GROUPS: tuple[Group, ...] = ("gender", "age_band", "region")
"""By what fairness divides a population; see serving.groups."""


@dataclass(frozen=True, config=STRICT)
class Exploration:
    """``share`` of decisions is drawn among the actions whose value is within ``band`` (currency) of the best."""

    share: float
    band: float

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 0.5:
            raise ValueError(f"exploration.share must be in [0, 0.5], got {self.share}")
        _at_least("band", self.band, 0)


@dataclass(frozen=True, config=STRICT)
class ContactHours:
    """The hours of the customer's own day in which a reminder may arrive, [from, until)."""

    from_hour: int
    until_hour: int

    def __post_init__(self) -> None:
        if not 0 <= self.from_hour < self.until_hour <= 24:
            raise ValueError(f"contact_hours must rise within 0..24, got {self.from_hour} to {self.until_hour}")

    @property
    def span(self) -> tuple[int, int]:
        """Return from and until which minute of the day."""
        return 60 * self.from_hour, 60 * self.until_hour


@dataclass(frozen=True, config=STRICT)
class Daypart:
    """A part of the customer's own day, [from, until), in whole hours."""

    from_hour: int
    until_hour: int

    def __post_init__(self) -> None:
        if not 0 <= self.from_hour < self.until_hour <= 24:
            raise ValueError(f"a part of the day must rise within 0..24, got {self.from_hour} to {self.until_hour}")


@dataclass(frozen=True, config=STRICT)
class Fairness:
    """No ``group`` of customers is contacted by ``channel`` more often than all are, by more than ``most`` (a share).

    Groups of fewer than ``fewest`` customers are left out: of three customers one is already a third.
    """

    group: Group
    channel: Channel
    most: float
    fewest: int = 100

    def __post_init__(self) -> None:
        if not 0 <= self.most <= 1:
            raise ValueError(f"most must be in [0, 1], got {self.most}")


@dataclass(frozen=True, config=STRICT)
class Capacity:
    """What a day holds for the whole book; null is no bound.

    ``channels``: reminders a day by channel. ``budget``: what all actions may cost, in currency. ``service``:
    the share of a tier's customers who may be reminded that must be.
    """

    channels: Mapping[Channel, float | None] = field(default_factory=dict)
    budget: float | None = None
    service: Mapping[str, float | None] = field(default_factory=dict)
    fairness: tuple[Fairness, ...] = ()

    def __post_init__(self) -> None:
        for name, limit in (*self.channels.items(), ("budget", self.budget)):
            if limit is not None and not 0 <= limit < float("inf"):
                raise ValueError(f"{name} must be 0 or more, got {limit}")
        for tier, share in self.service.items():
            if share is not None and not 0 <= share <= 1:
                raise ValueError(f"service.{tier} must be in [0, 1], got {share}")

    @property
    def binds(self) -> bool:
        """Whether anything is bounded at all."""
        limits = (*self.channels.values(), self.budget, *self.service.values(), *self.fairness)
        return any(limit is not None for limit in limits)


def _named_pack(name: object, about: ValidationInfo) -> object:
    """Return the pack of rules that goes by a name, of the folder rules beside the policy where there is one."""
    if isinstance(name, Pack):
        return name
    beside = Path((about.context or {}).get(FOLDER, CONFIGS)) / "rules"
    folder = beside if beside.is_dir() else CONFIGS / "rules"
    if name not in pack_names(folder):
        raise ValueError(f"expected one of the packs {', '.join(pack_names(folder))}")
    return read_pack(str(name), folder)


@dataclass(frozen=True, config=STRICT)
class PolicySettings:
    """configs/policy.yaml; the comments there say what each setting means."""

    version: str
    rules: Annotated[Pack, BeforeValidator(_named_pack)]
    tiers: Mapping[str, float]
    in_default: int
    stages: Mapping[str, int]
    ladder: Mapping[str, Mapping[str, Intensity | None]]
    stance_limits: Mapping[str, Mapping[str, Intensity]]
    recovery_weight: float
    friction: Mapping[str, Mapping[Intensity, float]]
    actions: Mapping[str, Action]
    exploration: Exploration
    contact_hours: ContactHours
    dayparts: Mapping[str, Daypart]
    offers: Mapping[Offer, tuple[str, ...]]
    plan_first: PlanFirst
    firm_with: FirmWith
    escalation: EscalationSettings
    programmes: Mapping[str, Programme] = field(default_factory=dict)
    capacity: Capacity = field(default_factory=Capacity)

    def __post_init__(self) -> None:
        _at_least("in_default", self.in_default, 1)
        _at_least("recovery_weight", self.recovery_weight, 0)
        _rising("tiers", self.tiers.values())
        _rising("stages", self.stages.values())
        _same("ladder", self.ladder, self.stages)
        for stage, by_tier in self.ladder.items():
            _same(f"ladder.{stage}", by_tier, self.tiers)
        _same("friction", self.friction, self.tiers)
        self._require_frictions()
        _same("stance_limits", self.stance_limits, dict.fromkeys(STANCES))
        for name, limits in self.stance_limits.items():
            _among(f"stance_limits.{name}", limits, self.stages)
            if next(iter(self.stages)) not in limits:
                raise ValueError(f"stance_limits.{name} must begin at {next(iter(self.stages))}, got {list(limits)}")
        _same("offers", self.offers, dict.fromkeys(get_args(Offer)))
        named = {f"offers.{name}": stances for name, stances in self.offers.items()}
        named |= {"plan_first.stances": self.plan_first.stances, "firm_with.stances": self.firm_with.stances}
        for name, stances in named.items():
            _among(name, dict.fromkeys(stances), dict.fromkeys(STANCES))
        self._require_programmes()
        _apart(self.dayparts)
        _among("capacity.service", self.capacity.service, self.tiers)
        if NONE not in self.actions:
            raise ValueError("actions must hold none, which is always allowed")
        for name, action in self.actions.items():
            if name != action_id(action.channel, action.intensity, action.offer):
                raise ValueError(
                    f"actions.{name} must be named {action_id(action.channel, action.intensity, action.offer)}"
                )
        RuleBook.of(self.rules, self.contact_hours)

    def _require_frictions(self) -> None:
        for tier, by_intensity in self.friction.items():
            _same(f"friction.{tier}", by_intensity, INTENSITIES)

    def _require_programmes(self) -> None:
        for name, programme in self.programmes.items():
            if name == STANDARD:
                raise ValueError(f"programmes.{name}: the name is that of who is in no other programme")
            _among(f"programmes.{name}.ladder", programme.ladder, self.stages)
            for stage, by_tier in programme.ladder.items():
                _same(f"programmes.{name}.ladder.{stage}", by_tier, self.tiers)

    @cached_property
    def programme_names(self) -> tuple[str, ...]:
        """The programmes by number, the standard one first."""
        return (STANDARD, *self.programmes)

    @cached_property
    def rulebook(self) -> RuleBook:
        """The contact rules in force: the pack's and the contact hours."""
        return RuleBook.of(self.rules, self.contact_hours)

    @property
    def binds(self) -> bool:
        """Whether anything bounds a day, for the whole book or for a programme."""
        own = (limit for one in self.programmes.values() for limit in one.capacity.values())
        return self.capacity.binds or any(limit is not None for limit in own)

    @cached_property
    def action_ids(self) -> tuple[str, ...]:
        """Return the names of the actions, in their order."""
        return tuple(self.actions)

    @cached_property
    def groupings(self) -> tuple[Group, ...]:
        """Return the groupings that fairness is asked of."""
        return tuple(name for name in GROUPS if any(rule.group == name for rule in self.capacity.fairness))

    @cached_property
    def strengths(self) -> Ints:
        """Return each action's strength, (actions,)."""
        return np.array([a.strength for a in self.actions.values()])

    @cached_property
    def ladder_strengths(self) -> Ints:
        """Return the greatest strength the ladder allows, (programmes, stages, tiers)."""
        ladders = [self.ladder, *({**self.ladder, **one.ladder} for one in self.programmes.values())]
        return np.array([[_strengths(rung[s][t] for t in self.tiers) for s in self.stages] for rung in ladders])

    @cached_property
    def open_actions(self) -> Mask:
        """Return which actions each programme leaves, (programmes, actions)."""
        return np.array([open_to(one, self.actions) for one in (None, *self.programmes.values())])

    @cached_property
    def offered(self) -> Ints:
        """Return what each action offers, (actions,): its place in ``OFFERS``, -1 for nothing."""
        return np.array([-1 if a.offer is None else OFFERS.index(a.offer) for a in self.actions.values()])

    @cached_property
    def suited(self) -> Mask:
        """Return whether what each action offers suits each stance, (stances, actions)."""
        offers = [action.offer for action in self.actions.values()]
        return np.array([[offer is None or name in self.offers[offer] for offer in offers] for name in STANCES])

    @cached_property
    def stance_strengths(self) -> Ints:
        """Return the greatest strength each stance may meet, (stances, stages)."""
        return np.array([_strengths(self.stance_limit(name, stage) for stage in self.stages) for name in STANCES])

    def stance_limit(self, stance: str, stage: str) -> Intensity:
        """Return the strongest intensity a stance may meet at a stage."""
        limits, stages = self.stance_limits[stance], list(self.stages)
        begun = [name for name in stages[: stages.index(stage) + 1] if name in limits]
        return limits[begun[-1]]

    @cached_property
    def media_and_strengths(self) -> Ints:
        """Return each action's medium, by its number among the channels of a log, and its strength, (actions, 2)."""
        return np.array([[CHANNELS.index(a.channel or NONE), a.strength] for a in self.actions.values()])

    @cached_property
    def costs(self) -> Floats:
        """Return what each action costs, (actions,)."""
        return np.array([a.cost for a in self.actions.values()])

    @cached_property
    def frictions(self) -> Floats:
        """Return the friction of each action by tier, (tiers, actions)."""
        return np.array(
            [
                [0.0 if a.intensity is None else by_intensity[a.intensity] for a in self.actions.values()]
                for by_intensity in (self.friction[tier] for tier in self.tiers)
            ]
        )

    def tier_of(self, default_probability: Floats, days_past_due: Floats | None = None) -> Ints:
        """Return the number of each customer's tier: the first whose bound is above the probability.

        Who is in default by ``days_past_due`` (n,) is in the last: the probability is that of those who are not yet.
        """
        bounds = np.array(list(self.tiers.values()))
        tier = np.minimum(np.searchsorted(bounds, default_probability, side="right"), len(bounds) - 1)
        return tier if days_past_due is None else np.where(days_past_due >= self.in_default, len(bounds) - 1, tier)

    def stage_of(self, days_past_due: Floats) -> Ints:
        """Return the number of the stage of each instalment; the first where there is no instalment."""
        begins = np.array(list(self.stages.values()))
        day = np.where(np.isnan(days_past_due), begins[0], days_past_due)
        return np.maximum(np.searchsorted(begins, day, side="right") - 1, 0)


def read_policy(file: str | Path = CONFIGS / "policy.yaml") -> PolicySettings:
    """Read the settings of the policy; PolicyError names the key at fault."""
    return read_settings(PolicySettings, file)


def _strengths(intensities: Iterable[Intensity | None]) -> list[int]:
    return [0 if name is None else INTENSITIES.index(name) + 1 for name in intensities]


def _at_least(name: str, number: float, least: int) -> None:
    if not least <= number < float("inf"):
        raise ValueError(f"{name} must be {least} or more, got {number}")


def _rising(name: str, numbers: object) -> None:
    values = list(numbers)  # type: ignore[call-overload]
    if values != sorted(set(values)):
        raise ValueError(f"{name} must rise from first to last, got {values}")


def _among(name: str, found: Mapping[str, object], expected: Mapping[str, object]) -> None:
    if not set(found) <= set(expected):
        raise ValueError(f"{name} may have the keys {list(expected)}, got {list(found)}")


def _same(name: str, found: Iterable[str], expected: Iterable[str]) -> None:
    if set(found) != set(expected):
        raise ValueError(f"{name} must have exactly the keys {list(expected)}, got {list(found)}")


def _apart(dayparts: Mapping[str, Daypart]) -> None:
    if not dayparts:
        raise ValueError("dayparts must name a part of the day or more, got none")
    ordered = sorted(dayparts.items(), key=lambda part: part[1].from_hour)
    for (name, part), (next_name, next_part) in pairwise(ordered):
        if next_part.from_hour < part.until_hour:
            raise ValueError(
                f"dayparts must not overlap; {name} ends at {part.until_hour}, "
                f"{next_name} begins at {next_part.from_hour}"
            )
