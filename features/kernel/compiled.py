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
    return cast(F, _made(function))


def compiled_lean[F: Callable[..., Any]](function: F) -> F:
    """Return ``function`` compiled as by ``compiled``, for one that makes no array: its callers keep theirs alive.

    Without counting who holds an array a pass of many small steps takes a third of the time. One that makes an
    array is refused when it is compiled.
    """
    return cast(F, _made(function, _nrt=False))


def _made(function: Callable[..., Any], **options: bool) -> Any:
    try:
        return njit(nogil=True, cache=True, error_model="numpy", **options)(function)
    except RuntimeError:  # numba found no place for its cache
        return njit(nogil=True, cache=False, error_model="numpy", **options)(function)
