"""A pack: the contact rules of one jurisdiction, from configs/rules/, with what the bank has tightened.

The figures are the law's as cited; configs/rules/bank.yaml may make them stricter and add rules of the bank's own,
never loosen one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, field, replace
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, Field
from pydantic.dataclasses import dataclass

from features.errors import PolicyError
from features.tables.conform import known_zones
from serving.rules.kinds import AnyRule, Care, Consent, OptOut, Rule, Stop, StopFlag
from serving.rules.tightening import loosened
from serving.settings import CONFIGS, STRICT, Source, read_settings, read_source

FOLDER = CONFIGS / "rules"
BANK = "bank"
_LASTING = (Consent, OptOut, Stop, Care)


def _zone(name: str) -> str:
    if name not in known_zones():
        raise ValueError("expected an IANA time zone such as Asia/Shanghai")
    return name


Zone = Annotated[str, AfterValidator(_zone)]


@dataclass(frozen=True, config=STRICT)
class Pack:
    """The rules of a jurisdiction by id.

    ``zones`` are all those a customer may be in whose own is not known; ``scope`` says whom the law binds, and
    where its figures come from.
    """

    version: str
    jurisdiction: str
    scope: str
    zones: Annotated[tuple[Zone, ...], Field(min_length=1)]
    rules: Mapping[str, AnyRule]

    def __post_init__(self) -> None:
        stopped = {flag for rule in self.rules.values() if isinstance(rule, Stop) for flag in rule.flags}
        absent = [flag for flag in get_args(StopFlag) if flag not in stopped]
        if absent:
            raise ValueError(f"rules must stop contact on every stop flag; none does on {', '.join(absent)}")
        if not any(isinstance(rule, Consent) for rule in self.rules.values()):
            raise ValueError("rules must hold one of kind consent")
        for name, rule in self.rules.items():
            if isinstance(rule, _LASTING) and "overdue" not in rule.stages:
                raise ValueError(f"rules.{name}.stages must hold overdue: what it forbids it forbids for good")


@dataclass(frozen=True, config=STRICT)
class BankRules:
    """configs/rules/bank.yaml: by pack, the figures the bank makes stricter and the rules it adds."""

    version: str
    tighten: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    add: Mapping[str, Mapping[str, AnyRule]] = field(default_factory=dict)


def pack_names(folder: Path = FOLDER) -> tuple[str, ...]:
    """Return the names of the packs there are."""
    return tuple(sorted(file.stem for file in folder.glob("*.yaml") if file.stem != BANK))


def read_pack(name: str, folder: Path = FOLDER) -> Pack:
    """Read a pack and what the bank has tightened of it.

    Raises
    ------
    PolicyError
        Naming file, line and key: a wrong setting, a pack or rule that is not there, or a figure that is looser
        than the law's, with both.
    """
    if name not in pack_names(folder):
        raise PolicyError(f"there is no pack {name!r} of rules in {folder}; expected one of {_listed(folder)}.")
    pack, file = read_settings(Pack, folder / f"{name}.yaml"), folder / f"{BANK}.yaml"
    return _tightened(pack, name, read_source(file)) if file.exists() else pack


def _tightened(pack: Pack, name: str, source: Source) -> Pack:
    bank = source.built(BankRules)
    for section, by_pack in (("tighten", bank.tighten), ("add", bank.add)):
        strangers = [other for other in by_pack if other not in pack_names(source.path.parent)]
        if strangers:
            listed = _listed(source.path.parent)
            raise source.refusal(
                (section, strangers[0]), f"there is no pack {strangers[0]!r}; expected one of {listed}"
            )
    own, added = bank.tighten.get(name, {}), bank.add.get(name, {})
    rules: dict[str, Any] = dict(pack.rules)
    for key, figures in own.items():
        rules[key] = _stricter(rules, key, figures, name, source)
    for key, rule in added.items():
        if key in rules or rule.status != "bank":
            raise source.refusal(("add", name, key), "a rule that is added has an id of its own and status: bank")
        rules[key] = rule
    version = f"{pack.version} bank {bank.version}" if own or added else pack.version
    return replace(pack, version=version, rules=rules)


def _stricter(rules: Mapping[str, Rule], key: str, figures: Mapping[str, Any], name: str, source: Source) -> Rule:
    """Return a rule with the bank's figures in place of the law's."""
    place = ("tighten", name, key)
    if key not in rules:
        raise source.refusal(place, f"the pack {name} has no rule {key!r}; expected one of {', '.join(rules)}")
    law = rules[key]
    own = source.built(type(law), {**asdict(law), **figures}, place)
    looser = loosened(law, own)
    if looser is not None:
        setting, before, after = looser
        raise source.refusal(
            (*place, setting),
            f"a bank may only tighten: {law.citation} says {_said(before)}, got {_said(after)}, which is looser",
        )
    return own


def _said(figure: object) -> str:
    return f"[{', '.join(map(str, figure))}]" if isinstance(figure, tuple) else str(figure)


def _listed(folder: Path) -> str:
    return ", ".join(pack_names(folder))
