"""What the rules look at of each customer: who they are, what they agreed to, what they owe, and how they stand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from features.kernel.windows import Floats, Ints
from features.ledger.ledger import Ledger
from features.tables.schema import CHANNELS
from serving.rules.lawful import MEDIA, PERSON

Mask = npt.NDArray[np.bool_]

_CONSENTS = tuple(f"consent_{channel}" for channel in CHANNELS[1 : MEDIA + 1])
_LAST_DAYS = ("consent_night_until", *(f"{name}_until" for name in _CONSENTS))


@dataclass(frozen=True)
class Standing:
    """n customers of a ledger, each at a moment of their own.

    ``customer`` (n,) are positions in ``ledger``; ``at`` (n,) moments in seconds since 1970 UTC; ``instalment`` (n,)
    the row of the ledger's instalments that a reminder is about, -1 where there is none; ``programme``, ``stage``,
    ``tier`` and ``stance`` (n,) are numbers of the policy's.
    """

    ledger: Ledger
    customer: Ints
    at: Ints
    instalment: Ints
    programme: Ints
    stage: Ints
    tier: Ints
    stance: Ints

    @property
    def has_instalment(self) -> Mask:
        """Whether there is an instalment to remind of, (n,)."""
        return self.instalment >= 0

    @cached_property
    def today(self) -> Ints:
        """The day each customer's calendar shows, in days since 1970, (n,)."""
        return self.ledger.local_day(self.customer, self.at)

    @cached_property
    def due_day(self) -> Ints:
        """The day the instalment falls due, in days since 1970, (n,); anything where there is none."""
        return self._of_instalments("due_day")

    def persons(self) -> Ints:
        """Return the whole numbers known of each customer, (n, ``PERSON``); those of the log are left at 0."""
        ledger, who = self.ledger, self.customer
        rights, zones = ledger.customers, ledger.zones
        rows = (
            who,
            self._of_instalments("loan"),
            self.due_day,
            zones.code[who],
            zones.other[who],
            rights["stop_flag"][who],
            rights["vulnerable"][who],
            *(rights[name][who] for name in _CONSENTS),
        )
        persons = np.zeros((len(who), PERSON), np.int64)
        for column, row in enumerate(rows):
            persons[:, column] = row
        return persons

    def last_days(self) -> Floats:
        """Return the last days of the customers' consents, (n, rows of ``Until``), infinity where there is no end."""
        rights = self.ledger.customers
        days = np.array([rights[name][self.customer] for name in _LAST_DAYS]).T
        agreed = days[:, 1:]
        agreed[np.isnan(agreed)] = np.inf
        return days

    def asked_for_person(self, today: Ints) -> Mask:
        """Tell who asked, on a day until ``today`` (n,), that a person decide, (n,)."""
        return self.ledger.customers["person_asked_on"][self.customer] <= today

    def _of_instalments(self, name: str) -> Ints:
        """Return a column of the instalments, (n,); 0 of a ledger that has none."""
        column = self.ledger.instalments[name]
        return column[self.instalment] if len(column) else np.zeros_like(self.instalment)
