"""Events read by the declaration of the tables: many of one kind at once, each with its own fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from features.errors import SchemaError
from features.kernel.windows import Mask
from features.ledger.columns import POSTED, plain_column
from features.tables.conform import convert
from features.tables.schema import REMINDERS, Column
from serving.snapshot.event import Event, Form

_MOMENT = REMINDERS.columns["sent_at"]
_LOGGED = ("recipient", "propensity")


@dataclass(frozen=True)
class ReadEvent:
    """An event whose every cell is valid by itself.

    Attributes
    ----------
    event
        As it came.
    at
        The second, since 1970 UTC, from which it is known: rounded up.
    cells
        What the row holds by column, None for null; by them two events with one id are compared.
    plain
        The cells that a ledger holds, as it holds them, by column.
    """

    event: Event
    at: int
    cells: Mapping[str, Any] = field(repr=False)
    plain: Mapping[str, Any] = field(repr=False)

    def says_the_same(self, other: ReadEvent) -> bool:
        """Tell whether both say the same, whatever form the cells came in."""
        mine, theirs = self.event, other.event
        same = (mine.kind, mine.customer_id) == (theirs.kind, theirs.customer_id)
        return same and self.at == other.at and self.cells == other.cells


def read_event(event: Event) -> ReadEvent:
    """Return an event read.

    Raises
    ------
    SchemaError
        Naming the first cell that is not valid, and what was expected.
    """
    (read,) = read_events([event])
    if isinstance(read, SchemaError):
        raise read
    return read


def read_events(events: Sequence[Event]) -> list[ReadEvent | SchemaError]:
    """Return each event read, or what is wrong with it, in the same order."""
    read: dict[int, ReadEvent | SchemaError] = {}
    for kind in dict.fromkeys(event.kind for event in events):
        places = [k for k, event in enumerate(events) if event.kind == kind]
        read |= zip(places, _read_kind([events[k] for k in places]), strict=True)
    return [read[k] for k in range(len(events))]


def _read_kind(events: Sequence[Event]) -> Iterable[ReadEvent | SchemaError]:
    """Return events of one kind read; a column is read of all that have it at once."""
    form = events[0].form
    found: list[SchemaError | None] = [None] * len(events)
    cells: list[dict[str, Any]] = [{} for _ in events]
    plain: list[dict[str, Any]] = [{} for _ in events]
    whole = form.dated is not None
    for name in sorted(form.needs | form.may):
        holders = [k for k, event in enumerate(events) if whole or name in event.row]
        _read_column(form, name, holders, events, found, cells, plain)
    moments = _moments(form, events, plain, found)
    for event, at, error, own, kept in zip(events, moments, found, cells, plain, strict=True):
        yield ReadEvent(event, at, own, kept) if error is None else error


def _read_column(
    form: Form,
    name: str,
    holders: Sequence[int],
    events: Sequence[Event],
    found: list[SchemaError | None],
    cells: list[dict[str, Any]],
    plain: list[dict[str, Any]],
) -> None:
    """Read one column of the events ``holders``; write what is wrong into ``found``, and the cells."""
    if not holders:
        return
    column = form.table.columns[name]
    given = [events[k].row.get(name) for k in holders]
    values, unfit = _valid(column, given)
    for k, cell, is_unfit in zip(holders, given, unfit, strict=True):
        if is_unfit and found[k] is None:
            found[k] = events[k].refusal(f"row.{name}", cell, column.expectation)
    texts = values.astype(object).where(values.notna(), None).tolist()
    numbers = plain_column(column, values).tolist() if not unfit.any() and _is_posted(form, name) else None
    for place, k in enumerate(holders):
        cells[k][name] = texts[place]
        if numbers is not None:
            plain[k][name] = numbers[place]
        elif _is_posted(form, name) and not unfit[place]:
            plain[k][name] = plain_column(column, _valid(column, [given[place]])[0])[0].item()


def _is_posted(form: Form, name: str) -> bool:
    return name in POSTED[form.table.name] or (form.table is REMINDERS and name in _LOGGED)


def _valid(column: Column, given: Sequence[Any]) -> tuple[pd.Series[Any], Mask]:
    """Return cells in the canonical dtype, and which are not valid."""
    values, unfit = convert(column, pd.Series(list(given), dtype=object))
    outside = np.zeros(len(values), np.bool_)
    if column.low is not None:
        outside |= (values < column.low).to_numpy(np.bool_)
    if column.high is not None:
        outside |= (values > column.high).to_numpy(np.bool_)
    if column.choices:
        outside |= (values.notna() & ~values.isin(column.choices)).to_numpy(np.bool_)
    return values, unfit | outside


def _moments(
    form: Form, events: Sequence[Event], plain: Sequence[Mapping[str, Any]], found: list[SchemaError | None]
) -> list[int]:
    """Return the second from which each event is known; write what is wrong with ``at`` into ``found``."""
    if form.dated is not None:
        return [own.get(form.dated, 0) for own in plain]
    values, unfit = _valid(_MOMENT, [event.at for event in events])
    for k, is_unfit in enumerate(unfit):
        if is_unfit and found[k] is None:
            found[k] = events[k].refusal("at", events[k].at, _MOMENT.expectation)
    return [0 if bad else _second(value) for value, bad in zip(values, unfit, strict=True)]


def _second(moment: Any) -> int:
    return -(-int(moment.value) // 1_000_000_000)
