"""What only a simulator knows: the probability of payment under every action, taken or not.

A probability is for payment in full within seven days, in the very state of the decision; over several
decisions about one instalment they are not to be added up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from training.simulation.actions import ACTIONS, DAYPARTS
from training.simulation.arrays import Floats, Ints
from training.simulation.bank import Bank
from training.simulation.contact import CAUSES
from training.simulation.programme import LAST_DECISION_DAY, Run
from training.simulation.response import base_probability, effects, mean_probability, with_rhythm
from training.simulation.standing import Standing, state_of
from training.simulation.tables import customer_ids, loan_ids, reminder_ids


@dataclass(frozen=True)
class Truth:
    """The truth of one simulation; made by ``simulate_bank`` and asked by its methods."""

    bank: Bank = field(repr=False)
    run: Run = field(repr=False)

    def logged(self, reminder_ids: Iterable[str] | None = None) -> pd.DataFrame:
        """Return P(paid in full within 7 days of each logged decision), a column an action, by reminder_id.

        The part of the day is drawn evenly, as the bank did. None: all decisions (44 bytes each).
        Raises KeyError for an id that was never logged.
        """
        rows = self._decision_rows(reminder_ids)
        decisions = self.run.decisions
        truth = mean_probability(decisions.base[rows], decisions.effect[rows], self._rhythm(rows))
        return pd.DataFrame(truth, index=self._names(rows), columns=list(ACTIONS))

    def daypart(self, reminder_ids: Iterable[str] | None = None) -> pd.DataFrame:
        """Return the same for each (action, daypart), a column each, by reminder_id.

        None: all decisions (132 bytes each). Raises KeyError for an id that was never logged.
        """
        rows = self._decision_rows(reminder_ids)
        base, effect = self.run.decisions.base[rows], self.run.decisions.effect[rows]
        rhythm = self._rhythm(rows)
        parts = [with_rhythm(base, effect, rhythm[:, part]) for part in range(len(DAYPARTS))]
        columns = pd.MultiIndex.from_product([ACTIONS, DAYPARTS], names=["action", "daypart"])
        truth = np.stack(parts, axis=2).reshape(len(rows), len(columns))
        return pd.DataFrame(truth, index=self._names(rows), columns=columns)

    def allowed(self, reminder_ids: Iterable[str] | None = None) -> pd.DataFrame:
        """Return which actions the bank could have taken, True or False, a column an action, by reminder_id.

        What was not allowed could not be drawn either: education is only for whom it could be meant.
        None: all decisions. Raises KeyError for an id that was never logged.
        """
        rows = self._decision_rows(reminder_ids)
        return pd.DataFrame(self.run.decisions.allowed[rows], index=self._names(rows), columns=list(ACTIONS))

    def cause(self) -> pd.DataFrame:
        """Return what each reply is about: ``cause`` and ``second_cause`` (null: none) by reminder_id."""
        decisions = self.run.decisions
        rows = np.flatnonzero(decisions.replied)
        words = np.array([*CAUSES, None], dtype=object)
        told = {name: words[getattr(decisions, name)[rows]] for name in ("cause", "second_cause")}
        return pd.DataFrame(told, index=self._names(rows), dtype="str")

    def probability(self, customer_ids: Iterable[str] | None = None) -> pd.DataFrame:
        """Return P(paid in full within 7 days of the end), a column an action, by customer_id.

        It is about each customer's most pressing instalment (see ``pressing``), as if decided on the first
        day after the end; customers with none are left out. None: all customers. Raises KeyError for a
        customer without one when asked by name.
        """
        instalment = _pressing(self.bank, self.run.standing)
        state = state_of(self.bank, self.run.standing, instalment, self.bank.span.days)
        base = base_probability(state)
        rhythm = self.bank.traits.rhythm[self.bank.schedule.customer[instalment]]
        truth = mean_probability(base, effects(state, base), rhythm)
        index = self._customers(instalment)
        frame = pd.DataFrame(truth, index=index, columns=list(ACTIONS))
        return frame if customer_ids is None else frame.loc[list(customer_ids)]

    def pressing(self) -> pd.DataFrame:
        """Return the loan_id and instalment_no that ``probability`` is about, by customer_id.

        The most pressing instalment is the one due first among those not paid in full and at most
        70 days past due at the end.
        """
        instalment = _pressing(self.bank, self.run.standing)
        schedule = self.bank.schedule
        columns = {
            "loan_id": loan_ids(self.bank).take(schedule.loan[instalment]),
            "instalment_no": schedule.number[instalment].astype(np.int64),
        }
        return pd.DataFrame(columns, index=self._customers(instalment))

    def _customers(self, instalment: Ints) -> pd.Index[str]:
        who = customer_ids(self.bank).take(self.bank.schedule.customer[instalment])
        index: pd.Index[str] = pd.Index(who, name="customer_id")
        return index

    def _rhythm(self, rows: Ints) -> Floats:
        return self.bank.traits.rhythm[self.bank.schedule.customer[self.run.decisions.instalment[rows]]]

    def _decision_rows(self, ids: Iterable[str] | None) -> Ints:
        count = len(self.run.decisions.action)
        if ids is None:
            return np.arange(count)
        asked: pd.Index[str] = pd.Index(list(ids), dtype="str")
        rows: Ints = pd.Index(reminder_ids(count)).get_indexer(asked)
        if (rows < 0).any():
            raise KeyError(f"no decision was logged with the id {asked[rows < 0][0]!r}.")
        return rows

    def _names(self, rows: Ints) -> pd.Index[str]:
        ids = reminder_ids(len(self.run.decisions.action)).take(rows)
        index: pd.Index[str] = pd.Index(ids, name="reminder_id")
        return index


def _pressing(bank: Bank, standing: Standing) -> Ints:
    """Return each customer's most pressing instalment at the end, in order of customer."""
    schedule, end = bank.schedule, bank.span.days
    still = np.flatnonzero((standing.settled >= end) & (end - schedule.due <= LAST_DECISION_DAY))
    ordered = still[np.lexsort((schedule.due[still], schedule.customer[still]))]
    _, first = np.unique(schedule.customer[ordered], return_index=True)
    return ordered[first]
