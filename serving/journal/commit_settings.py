"""configs/journal.yaml: how entries wait for each other, and for a database that does not answer."""

from __future__ import annotations

from pathlib import Path

from pydantic.dataclasses import dataclass

from serving.settings import CONFIGS, STRICT, read_settings


@dataclass(frozen=True, config=STRICT)
class CommitSettings:
    """How entries of many requests are committed together.

    ``together`` entries are written by one commit at most, which waits ``linger_ms`` for company. ``waiting`` entries
    may wait, more are refused. A caller learns within ``patience_s`` that the database did not confirm; meanwhile it
    is tried again, after ``pause_ms`` and then after twice as long each time, up to ``longest_pause_ms``. Once nothing
    was confirmed for ``away_s`` the database counts as away: one caller at a time tries it, for a second at most, and
    the others are told at once.
    Where the last commit of few entries took at most ``here_ms``, a caller commits its own without waking a thread.
    """

    together: int = 2_000
    linger_ms: float = 0.0
    waiting: int = 20_000
    patience_s: float = 10.0
    away_s: float = 3.0
    pause_ms: float = 20.0
    longest_pause_ms: float = 1_000.0
    here_ms: float = 2.0

    def __post_init__(self) -> None:
        for name in ("together", "waiting", "patience_s", "away_s", "pause_ms", "longest_pause_ms"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")
        for name in ("linger_ms", "here_ms"):
            if not 0 <= getattr(self, name) <= 1_000:
                raise ValueError(f"{name} must be in [0, 1000], got {getattr(self, name)}")


def read_commit_settings(file: str | Path = CONFIGS / "journal.yaml") -> CommitSettings:
    """Read the settings of the group commit; PolicyError as of ``read_settings``."""
    return read_settings(CommitSettings, file)
