"""The file of tokens: JSON, written aside and renamed, readable by its owner alone; it holds no secret."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from features.errors import PolicyError
from serving.access.tokens import StoredToken
from serving.settings import STRICT


@dataclass(frozen=True, config=STRICT)
class TokenFile:
    """The tokens there are, the oldest first; ended and revoked ones stay, so that their story can be told."""

    version: Literal[1] = 1
    tokens: tuple[StoredToken, ...] = ()

    def __post_init__(self) -> None:
        ids = [token.id for token in self.tokens]
        if len(set(ids)) != len(ids):
            raise ValueError("two tokens have the same id")


_ADAPTER = TypeAdapter(TokenFile)


def read_token_file(path: Path) -> TokenFile:
    """Read a file of tokens.

    Raises
    ------
    PolicyError
        When it cannot be read, naming what is wrong but nothing of what it holds.
    """
    try:
        return _ADAPTER.validate_json(path.read_bytes())
    except OSError as error:
        raise PolicyError(f"{path.name} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, fault["loc"])) or "the whole file"
        raise PolicyError(f"{path.name}: {where}: {fault['msg']}.") from None


def write_token_file(path: Path, content: TokenFile) -> None:
    """Write a file of tokens so that a reader sees the old one or the new one, whole.

    Raises
    ------
    PolicyError
        When it cannot be written.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(_ADAPTER.dump_json(content, indent=2, exclude_none=True) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise PolicyError(f"{path} cannot be written: {error.strerror}.") from error


@contextmanager
def changing(path: Path) -> Iterator[TokenFile]:
    """Give the tokens there are while nobody else changes them; an absent file holds none.

    Raises
    ------
    PolicyError
        When the file is damaged, or its folder cannot be written.
    """
    try:
        lock = path.with_name(f".{path.name}.lock").open("w")
    except OSError as error:
        raise PolicyError(f"{path.parent} cannot be written: {error.strerror}.") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield read_token_file(path) if path.exists() else TokenFile()
