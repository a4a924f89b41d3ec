"""The evidence about one loan of one customer as known at a moment: tables, sums, and what is missing in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.book import Book
from features.errors import SchemaError
from features.matrix import history_of, moment_seconds
from features.pressing import pressing_instalments
from serving.escalation.contacts import breaches_of, contacts_of, notices_of, promises_of
from serving.escalation.gaps import Gap, gaps_of
from serving.escalation.known import Known, known_of
from serving.escalation.schedule import payments_of, schedule_of
from serving.escalation.sums import Sums, sums_of
from serving.feedback.causes import CAUSES
from serving.feedback.holding import held
from serving.feedback.reader import ReplyReader
from serving.money import cents_of
from serving.rules.rulebook import RuleBook

CONTRACT = ("loan_id", "product", "account_masked", "opened_on", "principal", "annual_rate", "term_months")


@dataclass(frozen=True)
class Evidence:
    """What a person decides by; money in whole cents, times by the customer's clock.

    ``marks`` are the customer's flags as the book has them; ``held`` the causes of replies that hold; ``other_late``
    the customer's other loans with an instalment overdue; ``decision`` the facts of the decision that asked for the
    pack, None where none did.
    """

    customer_id: str
    loan_id: str
    as_of: pd.Timestamp
    zone: str
    contract: pd.DataFrame
    schedule: pd.DataFrame
    payments: pd.DataFrame
    contacts: pd.DataFrame
    promises: pd.DataFrame
    notices: pd.DataFrame
    breaches: pd.DataFrame
    sums: Sums
    marks: Mapping[str, Any]
    held: tuple[str, ...]
    other_late: tuple[str, ...]
    gaps: tuple[Gap, ...]
    versions: Mapping[str, str]
    decision: Mapping[str, Any] | None = None

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by name, in the order in which they are read."""
        return {
            "contract": self.contract,
            "schedule": self.schedule,
            "payments": self.payments,
            "contacts": self.contacts,
            "promises": self.promises,
            "notices": self.notices,
            "breaches": self.breaches,
        }


def evidence_of(
    book: Book,
    as_of: pd.Timestamp,
    customer_id: str,
    loan_id: str | None,
    reader: ReplyReader,
    rules: RuleBook | None = None,
    decision: Mapping[str, Any] | None = None,
) -> Evidence:
    """Return the evidence about a loan, with nothing in it that was not known at ``as_of``.

    Parameters
    ----------
    loan_id
        None: that of the pressing instalment.
    rules
        Which rules the contact log is held against, and which notices messages had to carry; None: neither is told.
    decision
        Facts of the decision that asked for the pack, plain values by name; they are shown as given.

    Raises
    ------
    SchemaError
        When the customer is not in the book, has no such loan, or no loan with an instalment open; or ``as_of`` has no
        time zone.
    """
    known = known_of(book, as_of, customer_id)
    loan = pressing_loan(known) if loan_id is None else _own_loan(known, loan_id)
    schedule = schedule_of(known, loan)
    contract = known.book.loans.loc[known.book.loans["loan_id"] == loan, list(CONTRACT)].reset_index(drop=True)
    sums = sums_of(schedule, contract.iloc[0])
    oldest = schedule.loc[schedule["instalment_no"] == sums.oldest_instalment, "due_date"]
    tables = {
        "contract": contract.assign(
            principal=[cents_of(amount) for amount in contract["principal"]],
            opened_on=contract["opened_on"].dt.date,
            term_months=contract["term_months"].astype("Int64"),
        ),
        "schedule": schedule,
        "payments": payments_of(known, schedule, loan),
        "contacts": contacts_of(known, loan, reader),
        "promises": promises_of(known, loan, schedule, reader),
        "notices": notices_of(known, loan, None if oldest.empty else oldest.iloc[0], rules),
        "breaches": breaches_of(known, loan, rules),
    }
    holding = _held(known, reader)
    versions = {"replies": reader.settings.named_version, **({} if rules is None else {"rules": rules.version})}
    return Evidence(
        customer_id,
        loan,
        known.as_of.tz_convert(known.zone),
        known.zone,
        **tables,
        sums=sums,
        marks=_marks(known),
        held=holding,
        other_late=tuple(one for one in late_loans(known) if one != loan),
        gaps=gaps_of(known, tables, sums, holding, rules is not None),
        versions=versions,
        decision=decision,
    )


def pressing_loan(known: Known) -> str:
    """Return the loan of the customer's pressing instalment.

    Raises
    ------
    SchemaError
        When no instalment is open within the schedule in view.
    """
    history = history_of(known.book, known.as_of)
    row = int(pressing_instalments(history).row[0])
    if row < 0:
        raise SchemaError(f"{known.customer_id!r} has no instalment open as of {known.as_of.isoformat()}.")
    ledger = known.book.ledger
    return str(known.book.loans["loan_id"].iloc[ledger.loans["row"][ledger.instalments["loan"][row]]])


def late_loans(known: Known) -> tuple[str, ...]:
    """Return the customer's loans with an instalment overdue, in the order of their ids."""
    due = history_of(known.book, known.as_of).fallen_due
    ledger = known.book.ledger
    rows = ledger.loans["row"][ledger.instalments["loan"][due.row[~due.settled]]]
    return tuple(sorted(set(known.book.loans["loan_id"].iloc[rows])))


def _held(known: Known, reader: ReplyReader) -> tuple[str, ...]:
    """Return the causes that the customer's replies told and that hold."""
    ledger = known.book.ledger
    told = held(known.book, ledger.everyone, np.full(1, moment_seconds(known.as_of, 1)[0]), reader)
    return tuple(cause for cause, holds in zip(CAUSES, told.causes[0], strict=True) if holds)


def _marks(known: Known) -> dict[str, Any]:
    flag, asked = known.customer["stop_flag"], known.customer["person_asked_on"]
    return {
        "stop_flag": None if pd.isna(flag) else str(flag),
        "vulnerable": bool(known.customer["vulnerable"]),
        "person_asked_on": None if pd.isna(asked) else asked.date(),
    }


def _own_loan(known: Known, loan_id: str) -> str:
    own = sorted(known.book.loans["loan_id"])
    if loan_id not in own:
        listed = ", ".join(own) or "none"
        raise SchemaError(f"{known.customer_id!r} has no loan {loan_id!r} by {known.today}; expected one of {listed}.")
    return loan_id
