"""Numbers and lists as the sentences of a report say them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd


def percent(share: float, digits: int = 1) -> str:
    """Return a share in words.

    >>> percent(0.1234)
    '12.3 %'
    """
    return f"{100 * share:.{digits}f} %"


def span(value: float, low: float, high: float, digits: int = 3) -> str:
    """Return a number with its interval.

    >>> span(0.85, 0.8299, 0.87, 2)
    '0.85 [0.83, 0.87]'
    """
    return f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def listed(words: Sequence[str], most: int = 4) -> str:
    """Return the first words as a list, and how many more there are.

    >>> listed(["a", "b", "c"]), listed(["a", "b", "c"], 2)
    ('a, b and c', 'a, b and 1 more')
    """
    shown = list(words[:most])
    if len(words) > most:
        return f"{', '.join(shown)} and {len(words) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table by column, for sentences.

    >>> rows_of(pd.DataFrame({"a": [1]}))
    [{'a': 1}]
    """
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
