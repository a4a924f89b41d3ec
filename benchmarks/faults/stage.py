"""A stage: services on one journal under load, and the row of the table that tells how they came through a fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from benchmarks.faults.audit import Audit, audited, verified
from benchmarks.faults.databases import Database
from benchmarks.faults.load import Load
from benchmarks.faults.site import Service, Site
from serving.journal import Head

HEADER = (
    f"{'fault':44} {'database':10} {'rounds':>6} {'acknowledged':>12} {'lost':>5} {'doubled':>7} {'chain':>8}"
    f" {'back after s: median':>20} {'most':>6} {'slowest answer s':>16}  answers meanwhile, notes"
)


@dataclass(frozen=True)
class Row:
    """How a fault was borne.

    Parameters
    ----------
    acknowledged
        How many decisions, outcomes and events since the row before; the audit is of all that there were.
    back
        Of each round the seconds from the end of the fault (of a kill: from the kill) to the first acknowledged answer.
    refused
        What was told meanwhile, by status and code, and how often; answers that never came by their error.
    """

    fault: str
    database: str
    acknowledged: int
    audit: Audit
    is_verified: bool
    other_answers: tuple[str, ...]
    unexpected: tuple[str, ...]
    back: tuple[float, ...]
    slowest: float
    refused: Mapping[str, int]
    notes: str = ""

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost or doubled, the chain verifies, and nothing was told that may not be told."""
        return self.audit.is_clean and self.is_verified and not self.other_answers and not self.unexpected

    def __str__(self) -> str:
        audit = self.audit
        doubled = len(audit.doubled) + len(self.other_answers)
        chain = "verifies" if audit.fault is None and self.is_verified else "BROKEN"
        counts = f"{len(self.back):>6} {self.acknowledged:>12,} {len(audit.lost):>5} {doubled:>7} {chain:>8}"
        times = f"{np.median(self.back):>20.2f} {max(self.back):>6.2f} {self.slowest:>16.2f}"
        told = [f"{number} x {code}" for code, number in sorted(self.refused.items())]
        said = "; ".join(filter(None, [", ".join(told), self.notes, *self.unexpected[:2], audit.fault]))
        return f"{self.fault:44} {self.database:10} {counts} {times}  {said}"


@dataclass
class Stage:
    """Services on one journal, and the load that remembers what they answered.

    ``by_command``: the chain is verified by ``duewise journal verify`` as well.
    """

    site: Site
    database: Database
    journal: str
    services: Sequence[Service]
    load: Load
    by_command: bool = True
    back: list[float] = field(default_factory=list)
    _before: Head | None = None
    _counted: int = 0

    @property
    def service(self) -> Service:
        """The first of them."""
        return self.services[0]

    def recovered(self, moment: float) -> float:
        """Note how long after a moment (monotonic) something was acknowledged that was asked since, and return it."""
        self.back.append(self.load.recovered_after(moment))
        return self.back[-1]

    def row(self, fault: str, notes: str = "") -> Row:
        """Send what is open again, look everything up, and tell how what happened since the last row was borne."""
        self.load.settle()
        other = self.load.again()
        audit = audited(self.journal, self.load.answered, self.site.token_id, self._before)
        whole = verified(self.journal) if self.by_command else audit.fault is None
        told = (tuple(other), tuple(self.load.unexpected), tuple(self.back), self.load.slowest)
        number = audit.acknowledged - self._counted
        row = Row(fault, self.database.name, number, audit, whole, *told, dict(self.load.refused), notes)
        self.load.forget()
        self._before, self._counted, self.back = audit.head, audit.acknowledged, []
        return row


@contextmanager
def staged(
    site: Site, database: Database, services: int = 1, clients: int = 4, more: Mapping[str, str] | None = None
) -> Iterator[Stage]:
    """Give so many services, ready, on a journal of their own; they are stopped when the block ends."""
    journal = database.journal()
    running = [Service(site, journal, more) for _ in range(services)]
    try:
        for service in running:
            service.start()
        for service in running:
            service.await_ready()
        yield Stage(site, database, journal, running, Load(running, clients))
    finally:
        for service in running:
            service.stop()
