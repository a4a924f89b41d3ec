"""A ledger's rows under the names of the tables: days, seconds and numbers of choices as posted, texts as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from features.ledger.ledger import Columns, Ledger
from features.tables.schema import TABLES
from serving.snapshot.texts import Texts

type Declared = dict[str, Any]


def declared(table: str, ledger: Ledger, words: Texts) -> Declared:
    """Return the columns of a table by their declared names, in the order of the declaration and of the ledger."""
    found = _COLUMNS[table](ledger, words)
    return {name: found[name] for name in TABLES[table].columns}


def _customers(ledger: Ledger, words: Texts) -> Declared:
    zones = ledger.zones
    names = np.array([*zones.names, None], dtype=object)
    places = {"timezone": names[zones.code].tolist(), "timezone_other": names[zones.other].tolist()}
    texts = {"customer_id": list(ledger.ids), "region": words.regions, "occupation": words.occupations}
    return {**ledger.customers, **places, **texts}


def _loans(ledger: Ledger, words: Texts) -> Declared:
    loans = ledger.loans
    texts = {"loan_id": words.loans, "account_masked": words.accounts}
    return {**_owned(ledger, loans), "opened_on": loans["day"], **texts}


def _instalments(ledger: Ledger, words: Texts) -> Declared:
    schedule = ledger.instalments
    ids = [words.loans[k] for k in schedule["loan"].tolist()]
    return {**schedule.values, "loan_id": ids, "due_date": schedule["due_day"]}


def _payments(ledger: Ledger, words: Texts) -> Declared:
    payments = ledger.payments
    return {**payments.values, **_towards(ledger, payments, words), "paid_at": payments.at}


def _incomes(ledger: Ledger, words: Texts) -> Declared:
    return {**_owned(ledger, ledger.incomes), "received_on": ledger.incomes["day"]}


def _credit(ledger: Ledger, words: Texts) -> Declared:
    return {**_owned(ledger, ledger.credit), "observed_on": ledger.credit["day"]}


def _reminders(ledger: Ledger, words: Texts) -> Declared:
    sent = ledger.reminders
    texts = {"reminder_id": words.reminders, "reply_text": words.replies}
    return {**_owned(ledger, sent), **_towards(ledger, sent, words), "sent_at": sent.at, **texts}


def _owned(ledger: Ledger, table: Columns) -> Declared:
    return {**table.values, "customer_id": [ledger.ids[k] for k in table.customer.tolist()]}


def _towards(ledger: Ledger, table: Columns, words: Texts) -> Declared:
    """Return the loan_id and the number of the instalment of each row."""
    schedule, row = ledger.instalments, table["instalment"]
    ids = [words.loans[k] for k in schedule["loan"][row].tolist()]
    return {"loan_id": ids, "instalment_no": schedule["instalment_no"][row]}


_COLUMNS: Mapping[str, Callable[[Ledger, Texts], Declared]] = MappingProxyType(
    {
        "customers": _customers,
        "loans": _loans,
        "instalments": _instalments,
        "payments": _payments,
        "incomes": _incomes,
        "credit": _credit,
        "reminders": _reminders,
    }
)
