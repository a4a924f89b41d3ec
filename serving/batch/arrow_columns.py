"""Numpy columns as Arrow's: a text that repeats is a code until it is written, what is not known is a null."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

type Columns = Iterator[tuple[str, pa.Array]]
Codes = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

TEXT, MOMENT, DATE = pa.large_string(), pa.timestamp("us", "UTC"), pa.timestamp("us")


def named(names: Sequence[str | None], codes: Codes) -> pa.Array:
    """Return the names at these places, counted from the end where below 0, as texts; a name None is a null."""
    places = np.where(codes < 0, codes + len(names), codes).astype(np.int32)
    return pa.array(names, TEXT).take(pa.array(places))


def known(numbers: Floats) -> pa.Array:
    """Return numbers, null where not known."""
    return pa.array(numbers, from_pandas=True)


def moments(moments: npt.NDArray[np.datetime64], kind: pa.DataType, absent: Mask | None = None) -> pa.Array:
    """Return moments of numpy as Arrow's, null where NaT or ``absent``."""
    given = moments.astype("datetime64[us]")
    mask = np.isnat(given) if absent is None else absent | np.isnat(given)
    return pa.array(given, DATE, mask=mask).cast(kind)
