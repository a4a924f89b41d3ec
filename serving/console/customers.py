"""``POST /console/customers``: customers by part of their id and by what was decided, the most at risk first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from features.kernel.windows import Floats, Ints, Mask
from serving.console.console import Console
from serving.console.roll import Roll
from serving.console.wire import CustomersRequest

_SIDES = ("tier", "stage", "stance", "programme", "action")


@dataclass(frozen=True)
class Line:
    """A customer's latest decision in short; amounts in the book's currency, null where nothing is due."""

    customer_id: str
    decision_id: str
    at: datetime
    default_probability: float
    tier: str | None
    stance: str | None
    stage: str | None
    days_past_due: int | None
    amount_open: float | None
    amount_at_risk: float
    action: str | None
    expected_value: float
    requires_human: bool
    escalation: str | None


@dataclass(frozen=True)
class Found:
    """How many customers fit, and some of them; ``undecided``: the snapshot has one of this id, without a decision."""

    total: int
    lines: tuple[Line, ...]
    undecided: bool


def customers(console: Console, asked: CustomersRequest) -> Found:
    """Return who fits."""
    roll, kept = console.roll(), console.office.shelf.kept
    rows = np.flatnonzero(_fits(roll, asked))
    risk = at_risk(roll, rows)
    shown = rows[np.lexsort((rows, -risk))][asked.first : asked.first + asked.most]
    undecided = not len(rows) and kept is not None and bool(asked.search) and asked.search in kept
    return Found(len(rows), tuple(line_of(roll, row) for row in shown.tolist()), undecided)


def line_of(roll: Roll, row: int) -> Line:
    """Return a customer's line."""
    numbers = {name: _known(float(column[row])) for name, column in roll.numbers.items()}
    words = {name: column.told(row) for name, column in roll.words.items() if name in (*_SIDES, "escalation")}
    words.pop("programme")
    days, probability, amount = numbers["days_past_due"], numbers["default_probability"] or 0.0, numbers["amount_open"]
    return Line(
        customer_id=str(roll.ids[row]),
        decision_id=str(roll.decisions[row]),
        at=datetime.fromtimestamp(int(roll.at[row]), UTC),
        default_probability=probability,
        days_past_due=None if days is None else int(days),
        amount_open=amount,
        amount_at_risk=probability * (amount or 0.0),
        expected_value=numbers["expected_value"] or 0.0,
        requires_human=bool(roll.requires_human[row]),
        **words,
    )


def at_risk(roll: Roll, rows: Ints) -> Floats:
    """Return the amount at risk of rows, 0 where nothing is due."""
    return np.nan_to_num(roll.numbers["amount_open"][rows]) * roll.numbers["default_probability"][rows]


def _fits(roll: Roll, asked: CustomersRequest) -> Mask:
    fits = np.ones(len(roll), np.bool_)
    for side in _SIDES:
        wanted = getattr(asked, side)
        if wanted is not None:
            fits &= roll.words[side].equal(wanted)
    if asked.blocked_by is not None:
        blocked = roll.words["blocked_by"]
        by_rule = np.array([*(asked.blocked_by in name.split(",") for name in blocked.names), False], np.bool_)
        fits &= by_rule[blocked.code]
    wanted = asked.search.strip().casefold()
    if wanted:
        fits &= np.fromiter((wanted in name.casefold() for name in roll.ids), np.bool_, len(roll))
    return fits


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
