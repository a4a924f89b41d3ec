"""An event: one thing the bank posts between two snapshots, as it comes with a message and as it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, get_args

from features.errors import SchemaError
from features.facts.reminders import FATE
from features.ledger.columns import RIGHTS
from features.tables.cells import shown
from features.tables.schema import TABLES, Table

type Kind = Literal["payment", "contact", "outcome", "right", "plan"]

KINDS: tuple[Kind, ...] = get_args(Kind.__value__)


@dataclass(frozen=True)
class Form:
    """What the row of an event holds: columns of ``table``, of which it needs some and may hold others.

    ``dated`` is the column that says when it happened; None: the event's ``at`` says so.
    """

    table: Table
    needs: frozenset[str]
    may: frozenset[str]
    dated: str | None = None


def _whole(table: str, dated: str) -> Form:
    columns = {name: column for name, column in TABLES[table].columns.items() if name != "customer_id"}
    needs = frozenset(name for name, column in columns.items() if not column.nullable)
    return Form(TABLES[table], needs, frozenset(columns) - needs, dated)


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "payment": _whole("payments", "paid_at"),
        "contact": _whole("reminders", "sent_at"),
        "outcome": Form(
            TABLES["reminders"], frozenset({"reminder_id"}), frozenset({*FATE, "reply_text", "answered_at"})
        ),
        "right": Form(TABLES["customers"], frozenset(), frozenset(RIGHTS)),
        "plan": Form(TABLES["loans"], frozenset({"loan_id", "plan_signed_on"}), frozenset()),
    }
)
"""What each kind of event holds.

A payment and a contact are rows of their tables; an outcome is what became of a contact (the columns that are new); a
right is what changed in the customers' table; a plan is a plan signed.
"""


@dataclass(frozen=True)
class Event:
    """One thing that happened to a customer.

    Parameters
    ----------
    event_id
        By which it is known: the same event posted again changes nothing.
    kind
        One of ``KINDS``.
    customer_id
        Whose it is.
    row
        The cells by column, as JSON holds them; see ``FORMS``.
    at
        When it happened, as ``row`` would hold a moment; None of a payment and a contact, whose rows say so.

    Raises
    ------
    SchemaError
        When a part is absent or is not known.
    """

    event_id: str
    kind: Kind
    customer_id: str = field(repr=False)
    row: Mapping[str, Any] = field(repr=False)
    at: Any = None

    def __post_init__(self) -> None:
        for name in ("event_id", "customer_id"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name).strip():
                raise SchemaError(f"event.{name}: got {shown(getattr(self, name))}; expected a text that is not empty.")
        if self.kind not in KINDS:
            raise self.refusal("kind", self.kind, f"one of {', '.join(KINDS)}")
        if not isinstance(self.row, Mapping):
            raise self.refusal("row", self.row, "cells by column")
        self._check_columns(self.form)
        if (self.at is None) == (self.form.dated is None):
            wanted = "null, since the row says it" if self.form.dated else "the moment at which it happened"
            raise self.refusal("at", self.at, wanted)

    @classmethod
    def of(cls, sent: Mapping[str, Any]) -> Event:
        """Return the event that a message tells, by the names of the parameters.

        Raises
        ------
        SchemaError
            When a part is absent or is not known.
        """
        if not isinstance(sent, Mapping):
            raise SchemaError(f"event: got {shown(sent)}; expected its parts by name: {', '.join(_PARTS)}.")
        for name in sent:
            if name not in _PARTS:
                raise SchemaError(f"event.{name}: there is no such part; expected {', '.join(_PARTS)}.")
        return cls(**{name: sent.get(name) for name in _PARTS})  # type: ignore[arg-type]

    def told(self) -> dict[str, Any]:
        """Return the event as ``Event.of`` reads it, for JSON."""
        return {name: dict(self.row) if name == "row" else getattr(self, name) for name in _PARTS}

    @property
    def form(self) -> Form:
        """What the row holds."""
        return FORMS[self.kind]

    def refusal(self, where: str, value: Any, expected: str) -> SchemaError:
        """Return the error that a part of the event is not as expected."""
        return SchemaError(f"event.{where}: event {self.event_id}: got {shown(value)}; expected {expected}.")

    def _check_columns(self, form: Form) -> None:
        if self.row.get("customer_id", self.customer_id) != self.customer_id:
            raise self.refusal("row.customer_id", self.row["customer_id"], f"{self.customer_id}, whose event it is")
        given = self.row.keys() - {"customer_id"}
        legal = ", ".join(sorted(form.needs | form.may))
        for name in sorted(given - form.needs - form.may):
            raise self.refusal(f"row.{name}", self.row[name], f"only columns of a {self.kind}: {legal}")
        for name in sorted(form.needs - given):
            raise self.refusal(f"row.{name}", None, form.table.columns[name].expectation)
        if not given - {"reminder_id"}:
            raise self.refusal("row", dict(self.row), f"at least one column of a {self.kind}: {legal}")


_PARTS = ("event_id", "kind", "customer_id", "row", "at")
