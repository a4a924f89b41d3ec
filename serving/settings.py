"""The one reader of configs/: a YAML file is the constructor of a frozen dataclass, an unknown key is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeAliasType, get_args, get_origin, get_type_hints

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError

from features.errors import PolicyError

CONFIGS = Path(__file__).resolve().parent.parent / "configs"
"""The folder of the settings that come with Duewise."""

STRICT = ConfigDict(extra="forbid")
"""Configuration of every settings dataclass: a key that is not a field is an error."""

FOLDER = "folder"
"""By which name a validator finds, in its context, the folder of the file that is read."""

_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's reader where PyYAML was built with it: ten times as fast, and as unwilling to make objects."""

_OF_KEY = "[key]"
"""What pydantic ends a place with where the key itself is at fault."""

type Place = tuple[str | int, ...]
"""The keys that lead to a setting, from the top of a file."""


@dataclass(frozen=True)
class Source:
    """What was read from a file of settings; ``tree`` knows the lines, None where it does not matter (JSON)."""

    path: Path
    content: Any
    tree: yaml.Node | None = None

    def built[T](self, kind: type[T], content: object = ..., place: Place = ()) -> T:
        """Build ``kind`` from the whole file, or from ``content`` as found at ``place`` in it.

        Raises
        ------
        PolicyError
            Naming the file, the line, the key, what was found and what was expected.
        """
        try:
            found = self.content if content is ... else content
            return _adapter(kind).validate_python(found, context={FOLDER: self.path.parent})  # type: ignore[arg-type, no-any-return, unused-ignore]
        except ValidationError as error:
            lines = [self._sentence(kind, fault, place) for fault in error.errors()]
            raise PolicyError("\n".join(lines)) from error

    def refusal(self, place: Place, why: str) -> PolicyError:
        """Return a refusal of the setting at ``place``."""
        key = ".".join(map(str, place)) or "the whole file"
        return PolicyError(f"{self.path}: {self._line(place)}{key}: {why}.")

    def _sentence(self, kind: Any, fault: Any, place: Place) -> str:
        at, why = tuple(fault["loc"]), fault["msg"].removeprefix("Value error, ")
        if fault["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
            legal = ", ".join(_keys(kind, at[:-1]))
            return str(self.refusal(place + _without_tags(kind, at), f"there is no such setting; expected {legal}"))
        at = place + _without_tags(kind, at)
        if isinstance(fault["input"], Mapping) and fault["type"] == "value_error":
            return str(self.refusal(at + self._named(at, why), why))  # the sentence says what was found
        got = "nothing" if fault["type"].startswith("missing") else repr(fault["input"])
        return str(self.refusal(at, f"got {got}; {why}"))

    def _named(self, place: Place, why: str) -> Place:
        """Return the keys below ``place`` with which a sentence begins, as far as they are in the file."""
        keys: Place = ()
        for key in why.partition(" ")[0].split("."):
            if _below(self.tree, (*place, *keys, key)) is None:
                break
            keys = (*keys, key)
        return keys

    def _line(self, place: Place) -> str:
        """Return the line of a setting, or of the nearest above it that is in the file."""
        for depth in range(len(place), -1, -1):
            node = _below(self.tree, place[:depth])
            if node is not None:
                return f"line {node.start_mark.line + 1}: "
        return ""


def read_source(file: str | Path) -> Source:
    """Read a YAML file of settings.

    Raises
    ------
    PolicyError
        When it cannot be read or is not YAML.
    """
    path = Path(file)
    try:
        return Source(path, *_parsed(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise PolicyError(f"{path} cannot be read: {error.strerror}.") from error
    except yaml.YAMLError as error:
        raise PolicyError(f"{path} is not YAML: {error}") from error


def read_settings[T](kind: type[T], file: str | Path) -> T:
    """Build ``kind`` from a YAML file.

    Raises
    ------
    PolicyError
        Naming the file, the line, the key, what was found and what was expected.
    """
    return read_source(file).built(kind)


def built[T](kind: type[T], content: object, path: Path) -> T:
    """Build ``kind`` from what was read from ``path``; PolicyError as of ``read_settings``, without the line."""
    return Source(path, content).built(kind)


def _parsed(text: str) -> tuple[Any, yaml.Node | None]:
    """Return what a YAML text holds and the tree that knows its lines, both of one reading."""
    loader = _SafeLoader(text)
    try:
        tree = loader.get_single_node()
        return None if tree is None else loader.construct_document(tree), tree
    finally:
        loader.dispose()


def _below(node: yaml.Node | None, place: Place) -> yaml.Node | None:
    """Return the node that keys lead to: the key's own, so that its line is the one it is written in."""
    found = node
    for key in place:
        value = found[1] if isinstance(found, tuple) else found
        found = next((pair for pair in _entries(value) if pair[0].value == str(key)), None)  # type: ignore[assignment]
    return found[0] if isinstance(found, tuple) else found


def _entries(node: yaml.Node | None) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """Yield what lies in a mapping or a list by key; that of a list is the number."""
    if isinstance(node, yaml.MappingNode):
        yield from node.value
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield yaml.ScalarNode("", str(number), value.start_mark), value


def _keys(kind: Any, at: Place) -> list[str]:
    """Return the settings that there may be where keys lead."""
    for key in at:
        kind = _inside(kind, key)
    return [field.name for field in fields(_plain(kind))] if is_dataclass(_plain(kind)) else []


def _without_tags(kind: Any, at: Place) -> Place:
    """Return keys without those that pydantic puts in for the member of a union."""
    kept: Place = ()
    for key in at:
        if not _members(kind) and key != _OF_KEY:
            kept = (*kept, key)
        kind = _inside(kind, key)
    return kept


def _inside(kind: Any, key: str | int) -> Any:
    """Return the kind of what lies under a key: of a field, a value, an item or a member of a union."""
    members, plain = _members(kind), _plain(kind)
    if members:
        return next((one for one in members if key in get_args(get_type_hints(one)["kind"])), None)
    if is_dataclass(plain):
        return get_type_hints(plain, include_extras=True).get(str(key))
    inner = get_args(plain)
    return (inner[-1] if isinstance(key, str) else inner[0]) if inner else None


def _members(kind: Any) -> tuple[Any, ...]:
    """Return the dataclasses among which a union is told apart by their ``kind``; none: it is no such union."""
    members = get_args(_plain(kind))
    return members if members and all(is_dataclass(m) and "kind" in get_type_hints(m) for m in members) else ()


def _plain(kind: Any) -> Any:
    """Return a kind without its name and its annotations, and without None where it may be that."""
    while isinstance(kind, TypeAliasType) or get_origin(kind) is Annotated:
        kind = kind.__value__ if isinstance(kind, TypeAliasType) else get_args(kind)[0]
    present = [one for one in get_args(kind) if one is not type(None)]
    return present[0] if len(present) == 1 and type(None) in get_args(kind) else kind


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
