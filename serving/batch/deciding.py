"""All that decisions are made by but the book, so that a process or a cluster decides as the service does.

It goes from process to process; each keeps the first copy that it gets, with what that has read and computed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from uuid import uuid4

import pandas as pd
import pyarrow as pa

from features.ledger.texts import Posted
from serving.allocation.capacity import traits_of
from serving.allocation.plan import Offers
from serving.allocation.prices import Prices
from serving.batch.decision_table import chosen_table, table_of, weighed_table
from serving.decide import Decisions, decide
from serving.feedback.reader import ReplyReader
from serving.policy import draws, tie_draws
from serving.policy_settings import PolicySettings
from serving.reason_settings import ReasonSettings
from serving.registry import Models
from serving.stance import StanceSettings, read_stance


@dataclass(frozen=True, eq=False)
class Deciding:
    """A moment (with a time zone), models, settings, and the prices of capacity; None: each is decided alone.

    It equals its own copies, in whatever process, and nothing else.
    """

    as_of: pd.Timestamp
    models: Models
    settings: PolicySettings
    reasons: ReasonSettings
    prices: Prices | None = None
    name: str = field(init=False, default_factory=lambda: uuid4().hex)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Deciding) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def table(self, book: Posted) -> pa.Table:
        """Return the decisions for all customers of a screened book, see ``table_of``."""
        decided = self._decide(book, explain=True)
        return table_of(decided, self.settings, self.reasons, self.models.version, self.prices)

    def weighed(self, book: Posted) -> tuple[pa.Table, Offers]:
        """Return what ``chosen`` decides on for all customers of a screened book, and what a plan is made of."""
        decided = self._decide(book, explain=True)
        traits = traits_of(decided.tier, decided.programme, decided.groups, self.settings)
        offers = Offers(decided.choice.value, traits, draws(decided.keys), tie_draws(decided.keys))
        return weighed_table(decided, self.settings, self.reasons, self.models.version), offers

    def chosen(self, weighed: pa.Table, offers: Offers, prices: Prices) -> pa.Table:
        """Return the table of decisions by the prices of a plan for customers that were weighed."""
        return chosen_table(weighed, offers, self.as_of, self.settings, self.models.version, prices)

    def _decide(self, book: Posted, explain: bool) -> Decisions:
        by = (self.as_of, self.models, self.settings)
        return decide(book, *by, None, explain, self.prices, reader=self._reader, signals=self._signals)

    @cached_property
    def _reader(self) -> ReplyReader:
        return ReplyReader.shipped()

    @cached_property
    def _signals(self) -> StanceSettings:
        return read_stance()


@lru_cache(maxsize=1)
def kept(deciding: Deciding) -> Deciding:
    """Return the first of the copies that this process was given."""
    return deciding
