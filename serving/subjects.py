"""Whom decisions are about and what is owed, in the bank's own words: what an answer needs beside numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.history import History
from features.kernel.windows import Ints
from features.ledger.texts import Objects, Texts, objects
from features.pressing import Pressing
from features.tables.schema import PRODUCTS, STOP_FLAGS

_PRODUCTS, _FLAGS = objects([*PRODUCTS, None]), objects([*STOP_FLAGS, None])


@dataclass(frozen=True)
class Subjects:
    """The customers of n decisions and the instalment each is about, (n,) each.

    ``language``, ``zone`` (IANA) and ``stop_flag`` as of the table customers; ``loan_id``, ``account`` and ``product``
    of the instalment's loan: None where null, or where nothing is due. ``instalment_no``, and ``due_day`` since 1970;
    -1 where nothing is due.
    """

    language: Objects
    zone: Objects
    stop_flag: Objects
    loan_id: Objects
    account: Objects
    product: Objects
    instalment_no: Ints
    due_day: Ints


def subjects_of(history: History, texts: Texts, pressing: Pressing) -> Subjects:
    """Return the subjects of a history's customers and their pressing instalments."""
    ledger, customer, row = history.ledger, history.customer, pressing.row
    none = row < 0
    loan = _at(ledger.instalments["loan"], row)
    place = np.where(none, -1, _at(ledger.loans["row"], loan))
    zones = objects([*ledger.zones.names, None])
    return Subjects(
        language=texts.customers["language"].told(customer),
        zone=zones[ledger.zones.code[customer]],
        stop_flag=_FLAGS[ledger.customers["stop_flag"][customer]],
        loan_id=_told(texts.loans, place),
        account=_told(texts.accounts, place),
        product=_PRODUCTS[np.where(none, -1, _at(ledger.loans["product"], loan))],
        instalment_no=np.where(none, -1, _at(ledger.instalments["instalment_no"], row)),
        due_day=np.where(none, -1, _at(ledger.instalments["due_day"], row)),
    )


def _at(column: Ints, row: Ints) -> Ints:
    """Return the numbers at these rows; anything where a row is -1, also of an empty column."""
    return column[row] if len(column) else np.zeros_like(row)


def _told(texts: Objects, place: Ints) -> Objects:
    """Return the texts at these places, None at -1."""
    told = np.full(len(place), None, dtype=object)
    told[place >= 0] = texts[place[place >= 0]]
    return told
