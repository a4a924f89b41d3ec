"""The catalogue as a page: every feature with its meaning, unit, sign, source, reason texts and worked example."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from features.catalogue import CATALOGUE, FAMILIES
from features.errors import SchemaError
from features.example import WORKED_AS_OF, worked_tables
from features.feature import RISKIER, SAFER, Feature, spoken

SIGNS = {RISKIER: "riskier", SAFER: "safer"}
COLUMNS = ("feature", "meaning", "unit", "higher is", "from", "reason (en)", "reason (zh)", "example")


def cells(feature: Feature) -> tuple[str, ...]:
    """Return a feature's cells under ``COLUMNS``."""
    example = f"{feature.example.customer}: {_number(feature.example.value)}"
    sign = SIGNS.get(feature.sign, "not agreed")
    return (feature.name, feature.meaning, feature.unit, sign, feature.source, feature.en, feature.zh, example)


class FamilyTable(NamedTuple):
    """A family of features as rows under ``columns``."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


def as_tables(family: str | None = None) -> list[FamilyTable]:
    """Return a table a family, or that of one ``family``, as narrow as a terminal needs.

    Raises
    ------
    SchemaError
        When there is no such family.
    """
    if family is not None and family not in FAMILIES:
        raise SchemaError(f"there is no family {family!r} of features; expected one of {', '.join(FAMILIES)}.")
    chosen = [family] if family else list(FAMILIES)
    narrow = ("feature", "meaning", "unit", "higher is", "reason (en)", "example")
    places = [COLUMNS.index(column) for column in narrow]
    return [
        FamilyTable(name, narrow, [tuple(cells(feature)[place] for place in places) for feature in FAMILIES[name]])
        for name in chosen
    ]


def as_markdown() -> str:
    """Return the whole page in Markdown: how to read it, the families, and the worked book behind the examples."""
    return "\n".join([*_opening(), *_families(), *_worked_book()]) + "\n"


def _number(value: float) -> str:
    return f"{value:,.10g}"


def _opening() -> Iterator[str]:
    yield "# The features"
    yield ""
    yield f"{len(CATALOGUE)} numbers a customer, as known at a moment; made from the code by `duewise catalogue`."
    yield "Missing is missing: a feature without its rows is NaN, never a stand-in number. *Higher is* says which"
    yield "way risk goes when the feature rises and everything else stays. `{value}` in a reason is the customer's"
    yield f"own value, said as in: {spoken(0.25, 'share')}, {spoken(12, 'days')}, {spoken(1234.5, 'currency')}."
    yield "Each example is the value of a customer of the [worked book](#the-worked-book)"
    yield f"on {WORKED_AS_OF:%Y-%m-%d}, to four digits."


def _families() -> Iterator[str]:
    for family, features in FAMILIES.items():
        yield from ("", f"## {family}", "", *_table(COLUMNS, [_linked(cells(feature)) for feature in features]))


def _linked(row: tuple[str, ...]) -> tuple[str, ...]:
    return (f"`{row[0]}`", *row[1:])


def _worked_book() -> Iterator[str]:
    yield from ("", "## The worked book", "")
    yield "Columns that are the same in every row, or no feature looks at, are left out."
    for name, frame in worked_tables().items():
        telling = [str(column) for column in frame if frame[column].nunique(dropna=False) > 1]
        rows = frame[telling].astype(object).where(frame[telling].notna(), "")
        yield from ("", f"### {name}", "", *_table(telling, [tuple(map(str, row)) for row in rows.to_numpy()]))


def _table(columns: tuple[str, ...] | list[str], rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(columns) + " |"
    yield "|" + " --- |" * len(columns)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
