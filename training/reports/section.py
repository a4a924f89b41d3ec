"""A report as it is before it is a page: sections, each a reviewer's question with its answer, tables and pictures.

The JSON twin holds the tables as they are here; the page shows the same numbers, rounded. Whatever number a
sentence says is in a table of its section.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
from matplotlib.figure import Figure

from training.review.limits import Verdict

Format = Literal["text", "count", "share", "probability", "number", "log-odds", "points", "date", "quantity", "verdict"]
"""How a column is shown: ``share`` as 12.3 %, ``probability`` as 0.1234, ``verdict`` in its colour, ``quantity``
by the unit in the row's own column ``unit``."""


@dataclass(frozen=True)
class Table:
    """A table of a section: ``formats`` by column, ``says`` is the sentence that tells what to see in it."""

    id: str
    title: str
    says: str
    frame: pd.DataFrame
    formats: Mapping[str, Format] = field(default_factory=dict)
    folded: bool = False
    """Long tables are shown folded: the reader opens them."""
    kind: Literal["", "prose", "form"] = ""
    """``prose`` gives sentences room; ``form`` leaves room to write by hand."""


@dataclass(frozen=True)
class Picture:
    """A figure: its title and axes (with units) are drawn; ``says`` tells what to see; ``of`` names its table."""

    id: str
    says: str
    of: str
    draw: Callable[[], Figure]


@dataclass(frozen=True)
class Section:
    """A question a reviewer asks, and its answer."""

    id: str
    question: str
    answer: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    verdict: Verdict = "told"
    """``told``: nothing to pass or fail; the others are shown in the summary at the top."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Single numbers and texts that the answer speaks of, by name, for the JSON."""
