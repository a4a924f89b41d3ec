"""An archive of the settings that decide: files by path, as canonical bytes, known by their digest.

Neither times nor owners are in it, so the same settings are the same bytes. Nothing in it is run or unpickled: it
holds texts alone. The model that reads replies comes with Duewise; of it the archive holds the digest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import msgspec

from features.errors import PolicyError
from serving.feedback.cause_model import SHIPPED
from serving.replay.errors import ReplayError
from serving.settings import CONFIGS, read_source

FORMAT = 1
PRICES = "prices.json"
"""By which path the prices of capacity are in an archive."""

_NAMES = ("policy", "stance", "feedback", "plans", "messages", "reasons", "explanations")
_FILES = tuple(f"{name}.yaml" for name in _NAMES)
_RULES, _TEMPLATES = "rules", "**/*.j2"
_LEGAL = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*/)*[A-Za-z0-9_-][A-Za-z0-9_.-]*\.(?:yaml|j2|json)")
"""Paths inside a folder, of texts: no part begins with a dot, so none leads out of it."""

_ENCODER = msgspec.msgpack.Encoder(order="deterministic")


@dataclass(frozen=True)
class Archive:
    """Settings in one piece; ``packed`` is what ``archive_of`` made."""

    packed: bytes

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the bytes, hexadecimal: by it answers name their settings."""
        return sha256(self.packed).hexdigest()

    @property
    def files(self) -> Mapping[str, bytes]:
        """The files by path, with ``/`` between its parts.

        Raises
        ------
        ReplayError
            When the bytes are no archive, of another format, or hold what is no text inside a folder.
        """
        return self._content[1]

    @property
    def causes_digest(self) -> str:
        """Digest of the model that read the replies; ReplayError as of ``files``."""
        return self._content[0]

    def unpacked(self, folder: Path) -> Path:
        """Write the files into a folder and return it.

        Raises
        ------
        ReplayError
            As of ``files``, or when a path leads out of the folder through a link in it.
        """
        for name, content in self.files.items():
            file = folder / name
            if not file.resolve().is_relative_to(folder.resolve()):
                raise ReplayError("altered", f"an archive holds {name!r}, which leads out of the folder.")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return folder

    @cached_property
    def _content(self) -> tuple[str, Mapping[str, bytes]]:
        try:
            form, *parts = msgspec.msgpack.decode(self.packed)
            if form != FORMAT:
                raise ReplayError("other_format", f"an archive of format {form}; this Duewise reads format {FORMAT}.")
            causes, files = msgspec.convert(parts, tuple[str, dict[str, bytes]], builtin_types=(bytes,))
        except (msgspec.MsgspecError, TypeError, ValueError) as error:
            raise ReplayError("altered", f"these bytes are no archive of settings: {error}") from error
        for name in files:
            if _LEGAL.fullmatch(name) is None:
                raise ReplayError("altered", f"an archive holds {name!r}; expected a .yaml, .j2 or .json inside it.")
        return causes, files


def archive_of(folder: Path = CONFIGS, prices: Path | None = None) -> Archive:
    """Return the archive of all that a decision by the settings in a folder depends on.

    Parameters
    ----------
    folder
        As configs/: where it has no folder rules, those that come with Duewise decide, and are archived.
    prices
        The file of the prices of capacity, None: none are charged.

    Raises
    ------
    PolicyError
        When a file cannot be read, or its path is not one that an archive may hold.
    """
    files = {name: _content_of(file) for name, file in _found(folder)}
    templates = _templates(folder)
    if not any(name.startswith(f"{templates}/") for name in files):
        raise PolicyError(
            f"{folder / 'messages.yaml'}: templates: got {templates!r}; expected a folder beside the file."
        )
    if prices is not None:
        files[PRICES] = _content_of(prices)
    for name in files:
        if _LEGAL.fullmatch(name) is None:
            raise PolicyError(
                f"{folder / name}: a path of settings has letters, digits, -, _ and . only; got {name!r}."
            )
    return Archive(_ENCODER.encode([FORMAT, shipped_causes_digest(), files]))


def shipped_causes_digest(folder: Path = SHIPPED) -> str:
    """Return the digest of the model of causes that comes with Duewise: SHA-256 of its files, hexadecimal."""
    digest = sha256()
    for file in sorted(folder.iterdir()):
        if file.suffix in (".json", ".npz"):
            content = file.read_bytes()
            digest.update(f"{file.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _found(folder: Path) -> Iterator[tuple[str, Path]]:
    yield from ((name, folder / name) for name in _FILES)
    own = folder / _RULES
    rules = own if own.is_dir() else CONFIGS / _RULES
    yield from ((f"{_RULES}/{file.name}", file) for file in sorted(rules.glob("*.yaml")))
    yield from ((file.relative_to(folder).as_posix(), file) for file in sorted(folder.glob(_TEMPLATES)))


def _templates(folder: Path) -> str:
    content = read_source(folder / "messages.yaml").content
    return str(content.get("templates", "")) if isinstance(content, Mapping) else ""


def _content_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise PolicyError(f"{file} cannot be read: {error.strerror}.") from error
