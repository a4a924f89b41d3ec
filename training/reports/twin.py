"""The report as JSON: every number of the page as it is before it is rounded.

What is not known is null; JSON has no NaN, and an infinity is kept as the text ``inf`` or ``-inf``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from training.reports.section import Picture, Section, Table

REPORT = 1
"""Version of the form of the JSON."""


def _real(value: float) -> float | str | None:
    if np.isnan(value):
        return None
    return value if np.isfinite(value) else str(value)


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _section(section: Section) -> dict[str, Any]:
    return {
        "question": section.question,
        "answer": list(section.answer),
        "verdict": section.verdict,
        "facts": plain(section.facts),
        "tables": {table.id: _table(table) for table in section.tables},
        "figures": {picture.id: picture_file(section, picture) for picture in section.pictures},
    }


def _table(table: Table) -> dict[str, Any]:
    frame = columns_of(table)
    rows = [plain(row) for row in frame.itertuples(index=False, name=None)]
    return {"title": table.title, "says": table.says, "columns": [str(name) for name in frame.columns], "rows": rows}


def plain(value: Any) -> Any:
    """Return a value of numpy or pandas as JSON knows it.

    >>> plain({"a": np.float64("nan"), "b": [np.int64(3), pd.Timestamp("2026-03-01")]})
    {'a': None, 'b': [3, '2026-03-01T00:00:00']}
    """
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(one) for one in value]
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    return _real(float(value)) if isinstance(value, float | np.floating) else _text(value)


def columns_of(table: Table) -> pd.DataFrame:
    """Return the table's columns as they are shown: an index that has names becomes one or several of them."""
    frame = table.frame
    return frame.reset_index(drop=all(name is None for name in frame.index.names))


def picture_file(section: Section, picture: Picture) -> str:
    """Return the file of a picture within the folder of the report."""
    return f"figures/{section.id}_{picture.id}.png"


def as_json(sections: Sequence[Section], head: Mapping[str, Any]) -> dict[str, Any]:
    """Return the report; ``head`` says which model it is of and when it was made."""
    return {"report": REPORT, **plain(head), "sections": {section.id: _section(section) for section in sections}}


def written(twin: Mapping[str, Any]) -> str:
    """Return the report's JSON text.

    >>> written({"a": 0.5}).split()
    ['{', '"a":', '0.5', '}']
    """
    return json.dumps(twin, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
