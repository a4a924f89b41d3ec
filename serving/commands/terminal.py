"""What the verbs of the command line say, and how they refuse: one sentence and exit code 2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from features.errors import DuewiseError

out = Console()
err = Console(stderr=True)


def warn(words: str) -> None:
    """Say something to mind, on the channel of errors."""
    err.print(words, style="yellow", markup=False, highlight=False, soft_wrap=True)


def say(words: str, quiet: bool = False) -> None:
    """Say what was done, unless ``quiet``."""
    if not quiet:
        out.print(words, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a refusal into its sentence and exit code 2."""
    try:
        yield
    except DuewiseError as error:
        err.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error
