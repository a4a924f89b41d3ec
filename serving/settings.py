"""The one reader of configs/: a YAML file is the constructor of a frozen dataclass, an unknown key is refused."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError

from features.errors import PolicyError

CONFIGS = Path(__file__).resolve().parent.parent / "configs"
"""The folder of the settings that come with Duewise."""

STRICT = ConfigDict(extra="forbid")
"""Configuration of every settings dataclass: a key that is not a field is an error."""


def read_settings[T](kind: type[T], file: str | Path) -> T:
    """Build ``kind`` from a YAML file.

    Raises
    ------
    PolicyError
        Naming the file, the key, what was found and what was expected.
    """
    path = Path(file)
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PolicyError(f"{path} cannot be read: {error.strerror}.") from error
    except yaml.YAMLError as error:
        raise PolicyError(f"{path} is not YAML: {error}") from error
    return built(kind, content, path)


def built[T](kind: type[T], content: object, path: Path) -> T:
    """Build ``kind`` from what was read from ``path``; PolicyError as of ``read_settings``."""
    try:
        return _adapter(kind).validate_python(content)  # type: ignore[arg-type, no-any-return, unused-ignore]
    except ValidationError as error:
        raise PolicyError("\n".join(_line(path, fault) for fault in error.errors())) from error


def _line(path: Path, fault: Any) -> str:
    key = ".".join(str(part) for part in fault["loc"]) or "the whole file"
    if fault["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        return f"{path}: {key}: there is no such setting."
    return f"{path}: {key}: got {fault['input']!r}; {fault['msg']}."


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
