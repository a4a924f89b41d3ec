"""The figures of the portfolio: what each customer's latest decision adds up to, in whole and by each side of it.

The definitions stand here and nowhere else: the page, reports and whoever counts over the journal mean the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from features.kernel.windows import Floats, Ints, Mask
from serving.actions import NONE
from serving.console.roll import Roll

SIDES = ("tier", "stage", "stance", "programme", "action")
"""By what the portfolio is told apart."""


@dataclass(frozen=True)
class Part:
    """Some of the customers; amounts in the book's currency.

    ``default_probability`` is their mean, None of nobody; ``amount_open`` that of the instalments decided about;
    ``amount_at_risk`` each amount open times the customer's default probability; ``expected_value`` what the actions
    chosen are expected to bring; ``reminded`` for how many an action was chosen.
    """

    name: str
    customers: int
    default_probability: float | None
    amount_open: float
    amount_at_risk: float
    expected_value: float
    reminded: int


@dataclass(frozen=True)
class Cell:
    """The customers of a tier at a stage."""

    tier: str
    stage: str
    customers: int
    amount_open: float


@dataclass(frozen=True)
class Portfolio:
    """All customers with a decision, each counted once with the latest.

    ``newest`` is the moment of the newest decision; ``due`` have an instalment that was decided about, ``overdue`` one
    past its date; ``requires_human`` an action that a person decides on, ``escalated`` a visit or letter put to one.
    ``sides``: the parts by each of ``SIDES``. ``blocked``: with how many customers each rule blocked something.
    """

    newest: datetime | None
    whole: Part
    due: int
    overdue: int
    requires_human: int
    escalated: int
    sides: Mapping[str, tuple[Part, ...]]
    grid: tuple[Cell, ...]
    blocked: Mapping[str, int]


def portfolio_of(roll: Roll, orders: Mapping[str, Sequence[str]] | None = None) -> Portfolio:
    """Return the figures of a roll; ``orders`` says in which order names are told, others follow by name."""
    orders = orders or {}
    everybody, days = np.zeros(len(roll), np.int64), roll.numbers["days_past_due"]
    (whole,) = _parts(("all",), everybody, roll) if len(roll) else (Part("all", 0, None, 0.0, 0.0, 0.0, 0),)
    return Portfolio(
        newest=datetime.fromtimestamp(int(roll.at.max()), UTC) if len(roll) else None,
        whole=whole,
        due=int((roll.words["stage"].code >= 0).sum()),
        overdue=int((days > 0).sum()),
        requires_human=int(roll.requires_human.sum()),
        escalated=int((roll.words["escalation"].code >= 0).sum()),
        sides={side: _side(roll, side, orders.get(side, ())) for side in SIDES},
        grid=tuple(_grid(roll, orders)),
        blocked=_blocked(roll),
    )


def _side(roll: Roll, side: str, order: Sequence[str]) -> tuple[Part, ...]:
    words = roll.words[side]
    parts = _parts(words.names, words.code, roll)
    return tuple(sorted((part for part in parts if part.customers), key=lambda part: _rank(part.name, order)))


def _rank(name: str, order: Sequence[str]) -> tuple[int, str]:
    return (order.index(name) if name in order else len(order), name)


def _parts(names: Sequence[str], code: Ints, roll: Roll) -> Iterator[Part]:
    """Yield a part a name; rows of code -1 are in none."""
    probability, amount = roll.numbers["default_probability"], np.nan_to_num(roll.numbers["amount_open"])
    reminded = ~roll.words["action"].equal(NONE)
    columns = (probability, amount, amount * probability, roll.numbers["expected_value"], reminded)
    customers = _sums(code, np.ones(len(code)), len(names))
    sums = [_sums(code, np.asarray(column, np.float64), len(names)).tolist() for column in columns]
    for name, n, chance, held, at_risk, value, sent in zip(names, customers.tolist(), *sums, strict=True):
        yield Part(name, int(n), chance / n if n else None, held, at_risk, value, int(sent))


def _sums(code: Ints, cells: Floats, names: int) -> Floats:
    known = code >= 0
    return np.bincount(code[known], cells[known], names)


def _grid(roll: Roll, orders: Mapping[str, Sequence[str]]) -> Iterator[Cell]:
    tier, stage = roll.words["tier"], roll.words["stage"]
    both: Mask = (tier.code >= 0) & (stage.code >= 0)
    code = np.where(both, tier.code * max(len(stage.names), 1) + stage.code, -1)
    size = len(tier.names) * max(len(stage.names), 1)
    customers = _sums(code, np.ones(len(code)), size)
    amounts = _sums(code, np.nan_to_num(roll.numbers["amount_open"]), size)
    cells = [(t, s, k * len(stage.names) + j) for k, t in enumerate(tier.names) for j, s in enumerate(stage.names)]
    cells.sort(key=lambda cell: (_rank(cell[0], orders.get("tier", ())), _rank(cell[1], orders.get("stage", ()))))
    for t, s, place in cells:
        if customers[place]:
            yield Cell(t, s, int(customers[place]), float(amounts[place]))


def _blocked(roll: Roll) -> dict[str, int]:
    words, counts = roll.words["blocked_by"], dict[str, int]()
    for name, customers in zip(words.names, _sums(words.code, np.ones(len(roll)), len(words.names)), strict=True):
        for rule in filter(None, name.split(",")):
            counts[rule] = counts.get(rule, 0) + int(customers)
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
