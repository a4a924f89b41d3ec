"""Which moments a request may name: those that the tables may hold, so that whatever is computed of one has a date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from features.tables.schema import FIRST_DAY, LAST_DAY

_FIRST = datetime.fromisoformat(FIRST_DAY).replace(tzinfo=UTC)
_END = datetime.fromisoformat(LAST_DAY).replace(tzinfo=UTC) + timedelta(days=1)


def is_legal(moment: datetime | None) -> bool:
    """Tell whether a request may name a moment with a time zone; None: it names none.

    >>> is_legal(datetime(2026, 3, 2, tzinfo=UTC)), is_legal(datetime(9999, 12, 31, tzinfo=UTC))
    (True, False)
    """
    return moment is None or _FIRST <= moment < _END


def require_legal(name: str, moment: datetime | None) -> None:
    """Refuse a moment that no table may hold.

    Raises
    ------
    ValueError
        Naming what is legal.
    """
    if not is_legal(moment):
        raise ValueError(f"{name} must be between {FIRST_DAY} and {LAST_DAY}.")
