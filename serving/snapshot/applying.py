"""What was posted since a snapshot, applied to the rows of a few customers: the ledger of a book that has them all.

The ledger's rows are taken apart as they were before posting, the events' rows are put to them, and all are posted
by the very code that posts a book; so neither the order nor the number of events makes a difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from features.kernel.windows import Ints
from features.ledger.columns import CONSENTS, POSTED
from features.ledger.ledger import Columns, Ledger
from features.ledger.posting import Entries, post
from features.ledger.replies import causes_of
from serving.snapshot.event import KINDS
from serving.snapshot.kept_book import KeptBook
from serving.snapshot.layout import DATED, LOGGED
from serving.snapshot.reading import ReadEvent
from serving.snapshot.texts import Column, Texts

type Plain = dict[str, npt.NDArray[Any]]

_REMINDER = ("instalment_no", *(name for name in POSTED["reminders"] if name != "instalment_no"), *LOGGED)


def in_order(events: Sequence[ReadEvent]) -> list[ReadEvent]:
    """Return events as they happened; those of one second by kind, then by id, so that any order of posting is one."""
    return sorted(events, key=lambda read: (read.at, KINDS.index(read.event.kind), read.event.event_id))


def applied(book: KeptBook, events: Mapping[int, Sequence[ReadEvent]]) -> KeptBook:
    """Return the book with the events of its customers, by position; the events are known to fit the book."""
    draft = _Draft(book)
    for position, own in events.items():
        for read in in_order(own):
            draft.apply(position, read)
    return draft.book()


class _Draft:
    """The rows of a book as they were before posting, to which events are put."""

    def __init__(self, book: KeptBook) -> None:
        ledger, words = book.ledger, book.words
        self.ledger, self.words = ledger, words
        self.people: Plain = {name: column.copy() for name, column in ledger.customers.items()}
        self.signed = ledger.loans["plan_signed_on"].copy()
        self.paid: list[tuple[int, int, Mapping[str, Any]]] = []
        self.sent: list[tuple[int, int, dict[str, Any]]] = []
        self.reminder_ids = list(words.reminders)
        self.replies = list(words.replies)
        self.outcomes: list[tuple[int, Mapping[str, Any]]] = []

    def apply(self, position: int, read: ReadEvent) -> None:
        """Put one event of a customer to the rows."""
        match read.event.kind:
            case "payment":
                self.paid.append((position, self._loan(position, read), read.plain))
            case "contact":
                self.sent.append((position, self._loan(position, read), dict(read.plain)))
                self.reminder_ids.append(read.cells["reminder_id"])
                self.replies.append(read.cells["reply_text"])
            case "outcome":
                row = self._reminder(position, read.cells["reminder_id"])
                self.outcomes.append((row, read.plain))
                if "reply_text" in read.cells:
                    self.replies[row] = read.cells["reply_text"]
            case "right":
                for name, value in read.plain.items():
                    self.people[name][position] = value
            case _:
                self.signed[self._loan(position, read)] = read.plain["plan_signed_on"]

    def book(self) -> KeptBook:
        """Post all rows and return the book."""
        ledger = self.ledger
        refused = [~self.people[name] for name in CONSENTS]
        self.people["opted_out"] = np.sum(refused, axis=0, dtype=np.float64)
        schedule = ledger.instalments
        tables = {
            "customers": self.people,
            "loans": self._loans(),
            "instalments": {**_columns(schedule, "instalments"), "due_date": schedule["due_day"]},
            "payments": self._payments(),
            "incomes": {**_owned(ledger.incomes, "incomes"), "received_on": ledger.incomes["day"]},
            "credit": {**_owned(ledger.credit, "credit"), "observed_on": ledger.credit["day"]},
            "reminders": self._reminders(),
        }
        tables["instalments"]["loan"] = schedule["loan"]
        return self._posted(post(Entries(ledger.ids, ledger.zones, tables)))

    def _posted(self, ledger: Ledger) -> KeptBook:
        """Return the book of a ledger with its texts in the ledger's order, in which rows are counted anew."""
        order = {name: getattr(ledger, name)["row"] for name in DATED}
        number = self.ledger.instalments["instalment_no"][order["instalments"]]
        counted = {name: getattr(ledger, name).with_values(row=np.arange(len(rows))) for name, rows in order.items()}
        counted["instalments"] = counted["instalments"].with_values(instalment_no=number)
        texts: dict[tuple[str, str], Column] = {
            ("reminders", "reminder_id"): _taken(self.reminder_ids, order["reminders"]),
            ("reminders", "reply_text"): _taken(self.replies, order["reminders"]),
            ("loans", "loan_id"): _taken(self.words.loans, order["loans"]),
            ("loans", "account_masked"): _taken(self.words.accounts, order["loans"]),
            ("customers", "region"): self.words.regions,
            ("customers", "occupation"): self.words.occupations,
        }
        whole = Ledger(ledger.ids, ledger.zones, ledger.customers, **counted)
        return KeptBook.holding(whole, Texts(lambda table, name: texts[table, name]))

    def _loans(self) -> Plain:
        loans = self.ledger.loans
        ids = np.array(self.words.loans, dtype=object)
        dates = {"opened_on": loans["day"], "plan_signed_on": self.signed}
        return {**_owned(loans, "loans"), **dates, "tie": _ranks(ids)}

    def _payments(self) -> Plain:
        schedule, payments = self.ledger.instalments, self.ledger.payments
        row = payments["instalment"]
        columns = {
            "loan": schedule["loan"][row],
            "instalment_no": schedule["instalment_no"][row],
            "paid_at": payments.at,
            "amount": payments["amount"],
        }
        added = {"loan": [loan for _, loan, _ in self.paid]}
        added |= {name: [row[name] for _, _, row in self.paid] for name in ("instalment_no", "paid_at", "amount")}
        return {name: _longer(column, added[name]) for name, column in columns.items()}

    def _reminders(self) -> Plain:
        schedule, sent = self.ledger.instalments, self.ledger.reminders
        row = sent["instalment"]
        columns = {**sent.values, "sent_at": sent.at, "instalment_no": schedule["instalment_no"][row]}
        rows = {name: _longer(columns[name], [new[name] for _, _, new in self.sent]) for name in _REMINDER}
        rows["loan"] = _longer(schedule["loan"][row], [loan for _, loan, _ in self.sent])
        rows["customer"] = _longer(sent.customer, [position for position, _, _ in self.sent])
        for place, outcome in self.outcomes:
            for name, value in outcome.items():
                rows[name][place] = value
        rows["tie"] = _ranks(np.array(self.reminder_ids, dtype=object))
        rows["said"] = np.array([text is not None for text in self.replies], np.bool_)
        rows["causes"] = np.array([0 if text is None else causes_of(text) for text in self.replies], np.int64)
        return rows

    def _loan(self, position: int, read: ReadEvent) -> int:
        """Return the row of the loan that an event is about, among the customer's."""
        first, last = self.ledger.loans.bounds[position : position + 2].tolist()
        return first + list(self.words.loans[first:last]).index(read.cells["loan_id"])

    def _reminder(self, position: int, reminder_id: str) -> int:
        """Return the row of a customer's contact, of those of the snapshot or of those added."""
        bounds, known = self.ledger.reminders.bounds, len(self.ledger.reminders.at)
        own = [*range(bounds[position], bounds[position + 1])]
        own += [known + k for k, (whose, _, _) in enumerate(self.sent) if whose == position]
        return next(row for row in own if self.reminder_ids[row] == reminder_id)


def _columns(table: Columns, name: str) -> Plain:
    return {column: table[column] for column in POSTED[name] if column in table.values}


def _owned(table: Columns, name: str) -> Plain:
    return {**_columns(table, name), "customer": table.customer}


def _longer(column: npt.NDArray[Any], more: Sequence[Any]) -> npt.NDArray[Any]:
    return np.concatenate([column, np.array(more, column.dtype)])


def _ranks(ids: npt.NDArray[Any]) -> Ints:
    return np.unique(ids, return_inverse=True)[1].astype(np.int64)


def _taken(column: Column, rows: Ints) -> Column:
    return [column[k] for k in rows.tolist()]
