"""How a long job says how far it is: moving lines on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

type Tell = Callable[[str], None]

_BAR = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeElapsedColumn())


def _finish(progress: Progress) -> None:
    for task in progress.tasks:
        progress.update(task.id, completed=1)


def _tenths(words: Mapping[str, str]) -> Callable[[str, float], None]:
    said: dict[str, int] = {}

    def advance(stage: str, share: float) -> None:
        tenth = int(share * 10)
        if tenth > said.get(stage, -1):
            print(f"{words[stage]}: {tenth * 10} %", flush=True)  # noqa: T201
            said[stage] = tenth

    return advance


@contextmanager
def steps(quiet: bool) -> Iterator[Tell]:
    """Show each step as it begins: a line with its time on a terminal, a plain line elsewhere."""
    if quiet:
        yield lambda words: None
    elif not sys.stdout.isatty():
        yield lambda words: print(words, flush=True)  # noqa: T201
    else:
        columns = (SpinnerColumn(finished_text="[green]✓"), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns) as progress:

            def tell(words: str) -> None:
                _finish(progress)
                progress.add_task(words, total=1)

            yield tell
            _finish(progress)


@contextmanager
def counting(words: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Show how much of a long job is done: a bar on a terminal, a plain line at its start elsewhere."""
    if quiet:
        yield lambda done, total: None
    elif not sys.stdout.isatty():
        print(words, flush=True)  # noqa: T201
        yield lambda done, total: None
    else:
        with Progress(*_BAR) as progress:
            task = progress.add_task(words, total=None)
            yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def stages(words: Mapping[str, str], quiet: bool) -> Iterator[Callable[[str, float], None]]:
    """Show how far a job of several stages is: a bar a stage on a terminal, a line each tenth elsewhere."""
    if quiet:
        yield lambda stage, share: None
    elif not sys.stdout.isatty():
        yield _tenths(words)
    else:
        with Progress(*_BAR) as progress:
            tasks: dict[str, TaskID] = {}

            def advance(stage: str, share: float) -> None:
                if stage not in tasks:
                    _finish(progress)
                    tasks[stage] = progress.add_task(words[stage], total=1)
                progress.update(tasks[stage], completed=share)

            yield advance
