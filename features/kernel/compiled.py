"""The one door to numba: a function over numpy arrays, compiled when first called and kept on disk.

No fast-math: a sum runs in the order written, so a customer's number is the same to the bit on every machine
and beside every other customer. The interpreter's lock is released while it runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from numba import njit


def compiled[F: Callable[..., Any]](function: F) -> F:
    """Return ``function`` compiled to machine code; it may use numbers and numpy arrays only.

    Where neither the package's folder nor the user's cache may be written, each process compiles for itself.
    """
    try:
        return cast(F, _made(function, cache=True))
    except RuntimeError:  # numba found no place for its cache
        return cast(F, _made(function, cache=False))


def _made(function: Callable[..., Any], cache: bool) -> Any:
    return njit(nogil=True, cache=cache, error_model="numpy")(function)
