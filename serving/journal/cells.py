"""A snapshot's rows of a customer as the journal keeps them for replay: by column, numbers as the ledger has them.

Nothing is turned into words before somebody asks: a column of numbers is its bytes, which take a tenth of the time
that a list of numbers takes. ``rows_of`` makes of them the rows that JSON would have carried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from features.ledger.ledger import NEVER
from features.plain_rows import Records
from features.tables.schema import TABLES, Column

type Cells = Mapping[str, Mapping[str, bytes | Sequence[str | None]]]
"""Columns by table and name: texts as they are, numbers as ``kept_numbers`` keeps them."""

_MARKS: Mapping[np.dtype[Any], bytes] = {np.dtype("<i8"): b"q", np.dtype("<f8"): b"d", np.dtype("?"): b"?"}
_START = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = date(1970, 1, 1).toordinal()


def kept_numbers(column: npt.NDArray[Any], ends: Sequence[int]) -> list[bytes]:
    r"""Return what is kept of a column of numbers for each customer, whose rows begin and end at ``ends``.

    A letter says what the bytes after it are: 64-bit whole or floating-point numbers, or flags.

    >>> kept_numbers(np.array([True, False, True]), [0, 2, 3])
    [b'?\x01\x00', b'?\x01']
    """
    mark, size, whole = _MARKS[column.dtype], column.itemsize, column.tobytes()
    return [mark + whole[size * begin : size * end] for begin, end in pairwise(ends)]


def rows_of(cells: Cells) -> Records:
    """Return the rows that JSON would have carried."""
    return {
        table: [
            dict(zip(columns, row, strict=True))
            for row in zip(*(_said(TABLES[table].columns[name], told) for name, told in columns.items()), strict=True)
        ]
        for table, columns in cells.items()
    }


def _said(column: Column, kept: bytes | Sequence[str | None]) -> Sequence[Any]:
    """Return a column's cells as JSON has them."""
    if not isinstance(kept, bytes):
        return kept
    cells = np.frombuffer(kept, np.dtype(chr(kept[0])), offset=1).tolist()
    match column.kind:
        case "moment":
            return [None if at == NEVER else (_START + timedelta(seconds=at)).isoformat() for at in cells]
        case "date":
            return [None if _is_null(day) else date.fromordinal(_FIRST_DAY + int(day)).isoformat() for day in cells]
        case "integer":
            return [None if _is_null(cell) else int(cell) for cell in cells]
    return [None if _is_null(cell) else cell for cell in cells]


def _is_null(cell: float) -> bool:
    return cell != cell  # NaN is not itself
