"""Rows as JSON holds them, read by msgspec into the types that schema.py declares: only what is plainly valid passes.

What does not pass may have a fault, or a form that only the screen reads, which has the last word.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal

import msgspec

from features.errors import SchemaError
from features.tables.schema import TABLES, Column

type Records = Mapping[str, Sequence[Mapping[str, Any]]]


class NotPlainError(SchemaError):
    """A cell is not plainly valid: it may have a fault, or a form that only the screen reads."""


def plain_rows(records: Records) -> Any:
    """Return one customer's rows, each cell of its declared kind and in its range: an instance of ``rows_type``.

    Raises
    ------
    NotPlainError
        When a cell, a column or a table is not plainly that.
    """
    try:
        return msgspec.convert(records, rows_type())
    except (msgspec.ValidationError, OverflowError) as error:
        raise NotPlainError(str(error)) from error


@cache
def rows_type() -> type[msgspec.Struct]:
    """Return the type of one customer's rows: a list a table, as schema.py declares them.

    A row may leave out what may be null, which is None then, and its customer_id, which is UNSET then.
    """
    tables: Any = [(name, list[_row_type(name)], msgspec.field(default_factory=list)) for name in TABLES]  # type: ignore[misc]
    return msgspec.defstruct("Rows", tables, forbid_unknown_fields=True)


def _row_type(table: str) -> type[msgspec.Struct]:
    fields = [_field(name, column) for name, column in TABLES[table].columns.items()]
    required_first: Any = sorted(fields, key=len)
    return msgspec.defstruct(f"{table}-row", required_first, gc=False, forbid_unknown_fields=True)


def _field(name: str, column: Column) -> tuple[Any, ...]:
    kind = _type(column)
    if name == "customer_id":
        return name, kind | msgspec.UnsetType, msgspec.UNSET
    return (name, kind | None, None) if column.nullable else (name, kind)


def _type(column: Column) -> Any:
    bounds: dict[str, Any] = {
        name: value for name, value in (("ge", column.low), ("le", column.high)) if value is not None
    }
    match column.kind:
        case "number":
            return Annotated[float, msgspec.Meta(**bounds)]
        case "integer":
            whole: dict[str, Any] = {name: int(value) for name, value in bounds.items()}
            return Annotated[int, msgspec.Meta(**whole)]
        case "date":
            return dt.date
        case "moment":
            return Annotated[dt.datetime, msgspec.Meta(tz=True)]
        case "flag":
            return bool
        case "choice":
            return Literal[column.choices]
        case "id":
            return Annotated[str, msgspec.Meta(min_length=1)]
        case _:
            return str
