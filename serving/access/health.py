"""Health that tells the truth: alive is answering at all; ready is that every check holds, and each says why not."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from serving.access.keyring import Keyring

_KEPT = 1.0
"""Seconds for which a report is given again, so that asking often costs nothing."""


@dataclass(frozen=True)
class Finding:
    """Whether something is as it must be, why (or what it is), and how old it is in seconds.

    A finding that is not ``needed`` is told and does not make the service unready.
    """

    ok: bool
    why: str
    age: float | None = None
    needed: bool = True


type Check = Callable[[], Finding]
type Report = tuple[int, dict[str, Any]]


class Health:
    """Gathers checks by name.

    Parameters
    ----------
    expected
        Names of the checks without which nobody may call the service ready; until added they fail.
    clock
        Seconds that never go back.
    """

    def __init__(self, expected: Iterable[str] = ("model",), clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.checks: dict[str, Check] = dict.fromkeys(expected, _unknown)
        self._kept: tuple[float, Report] | None = None
        self._lock = Lock()

    def add(self, name: str, check: Check) -> None:
        """Add a check, or replace the one of that name."""
        self.checks[name] = check
        self._kept = None

    def livez(self) -> Report:
        """Return 200 as long as anything is answered at all: a restart mends nothing else."""
        return 200, {"status": "alive"}

    def readyz(self) -> Report:
        """Return 200 when every needed check holds, else 503; with what each found."""
        with self._lock:
            now = self.clock()
            if self._kept is None or now - self._kept[0] > _KEPT:
                self._kept = now, self._looked()
            return self._kept[1]

    def _looked(self) -> Report:
        findings = {name: _found(check) for name, check in list(self.checks.items())}
        ready = all(one.ok for one in findings.values() if one.needed)
        checks = {name: _told(one) for name, one in findings.items()}
        return 200 if ready else 503, {"status": "ready" if ready else "not ready", "checks": checks}


def model_check(version: Callable[[], str | None], why_not: Callable[[], str]) -> Check:
    """Check that there is a model: its version, None when there is none."""

    def look() -> Finding:
        found = version()
        return Finding(False, why_not()) if found is None else Finding(True, found)

    return look


def journal_check(probe: Callable[[], None], lag: Callable[[], float], most: float) -> Check:
    """Check that the journal takes what is written (``probe`` raises OSError) and lags ``most`` seconds at the most."""

    def look() -> Finding:
        behind = lag()
        try:
            probe()
        except OSError as error:
            return Finding(False, f"the journal cannot be written: {error.strerror}", behind)
        if behind > most:
            return Finding(False, f"decisions wait for {behind:.0f} seconds; expected at most {most:.0f}", behind)
        return Finding(True, "written", behind)

    return look


def snapshot_check(taken_at: Callable[[], datetime | None], now: Callable[[], datetime], hours: float) -> Check:
    """Check that the snapshot is at most so many hours old; without one customers must come with records."""

    def look() -> Finding:
        taken = taken_at()
        if taken is None:
            return Finding(True, "no snapshot: customers must come with their records", needed=False)
        age = (now() - taken).total_seconds()
        if age > hours * 3600:
            return Finding(False, f"the snapshot is {age / 3600:.0f} hours old; expected at most {hours:g}", age)
        return Finding(True, "fresh", age)

    return look


def tokens_check(keyring: Keyring | None, now: Callable[[], datetime]) -> Check:
    """Check the file of tokens: a damaged one is no reason to stop while the last good one is in use."""

    def look() -> Finding:
        if keyring is None:
            return Finding(True, "no tokens: this machine alone is answered", needed=False)
        good = [token for token in keyring.tokens.values() if token.state(now()) == "good"]
        age = None if keyring.read_at is None else (now() - keyring.read_at).total_seconds()
        if keyring.fault is not None:
            return Finding(False, f"{keyring.fault} The last good one is in use.", age, needed=age is None)
        return Finding(True, f"{len(good)} good") if good else Finding(False, "no token is good", age)

    return look


def disk_check(folder: Path, least_mb: float) -> Check:
    """Check that a folder may be written and has room."""

    def look() -> Finding:
        free = shutil.disk_usage(folder).free / 1e6
        if not os.access(folder, os.W_OK):
            return Finding(False, "the folder of the journal may not be written")
        return Finding(free >= least_mb, f"{free:,.0f} MB free; expected at least {least_mb:,.0f}")

    return look


def _unknown() -> Finding:
    return Finding(False, "not known yet: the service has not said")


def _found(check: Check) -> Finding:
    """Return what a check found; one that fails found that it failed, and its text may quote anything."""
    try:
        return check()
    except Exception as error:
        return Finding(False, f"the check failed: {type(error).__name__}")


def _told(finding: Finding) -> dict[str, Any]:
    told: dict[str, Any] = {"ok": finding.ok, "why": finding.why, "needed": finding.needed}
    return told if finding.age is None else told | {"age_seconds": round(finding.age, 3)}
