"""When a reminder may go out: what the hours leave of the customer's day, in every zone they may be in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from serving.policy_settings import ContactHours

type Stretch = tuple[datetime, datetime]
"""From when until when, in the customer's zone."""

type Span = tuple[int, int]
"""From and until which minute of a day."""

WHOLE_DAY: Span = (0, 24 * 60)
_DAYS_AHEAD = 3


def send_window(now: datetime, zone: str, hours: ContactHours) -> Stretch:
    """Return the earliest stretch from ``now`` on that lies within the contact hours of the customer's day.

    >>> from datetime import UTC
    >>> from serving.policy_settings import ContactHours
    >>> start, end = send_window(datetime(2026, 3, 1, 14, tzinfo=UTC), "Asia/Shanghai", ContactHours(9, 20))
    >>> start.isoformat(), end.isoformat()
    ('2026-03-02T09:00:00+08:00', '2026-03-02T20:00:00+08:00')
    """
    (window,) = open_stretches(now, [zone], lambda day: hours.span, [WHOLE_DAY])
    if window is None:
        raise ValueError(f"no stretch of {hours} comes in {zone} after {now}")
    return window


def open_parts(now: datetime, zone: str, hours: ContactHours, parts: Sequence[tuple[int, int]]) -> list[Stretch | None]:
    """Return when a reminder may go out in each of the ``parts`` of the customer's day, None where it may not.

    A part, in whole hours, is cut to the contact hours and, once begun, to ``now``. They are those of today; when none
    is left today, those of the next day that has one. None at all when no part lies in the contact hours.

    >>> from datetime import UTC
    >>> from serving.policy_settings import ContactHours
    >>> now = datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
    >>> stretches = open_parts(now, "Asia/Shanghai", ContactHours(9, 19), [(9, 12), (12, 17), (17, 20)])
    >>> [stretch and f"{stretch[0]:%H:%M} to {stretch[1]:%H:%M}" for stretch in stretches]
    [None, '14:30 to 17:00', '17:00 to 19:00']
    """
    spans = [(60 * begins, 60 * ends) for begins, ends in parts]
    return open_stretches(now, [zone], lambda day: hours.span, spans)


def open_stretches(
    now: datetime, zones: Sequence[str], hours_on: Callable[[date], Span], parts: Sequence[Span]
) -> list[Stretch | None]:
    """Return the next stretch from ``now`` on of each of the ``parts`` of a day, as ``open_parts`` does.

    ``zones`` are all those the customer may be in, the first the one whose day is meant: a stretch lies within
    ``hours_on`` of the day in each.
    """
    coming = _coming(now, zones, hours_on, parts)
    first = next(coming)
    return first if any(first) else next((stretches for stretches in coming if any(stretches)), first)


def _coming(
    now: datetime, zones: Sequence[str], hours_on: Callable[[date], Span], parts: Sequence[Span]
) -> Iterator[list[Stretch | None]]:
    """Yield what is left of the parts of the customer's day today, tomorrow, and on the day after.

    Clocks that change may leave a day without an hour; the day after tomorrow has it.
    """
    local = now.astimezone(ZoneInfo(zones[0]))
    for days in range(_DAYS_AHEAD):
        day = local.date() + timedelta(days=days)
        opens, closes = hours_on(day)
        spans = [(max(begins, opens), min(ends, closes)) for begins, ends in parts]
        stretches = [_left(local, _stretch(day, zones[0], span)) for span in spans]
        for other in zones[1:]:
            stretches = [stretch and _shared(stretch, other, hours_on) for stretch in stretches]
        yield stretches


def _stretch(day: date, zone: str, span: Span) -> Stretch:
    midnight = datetime.combine(day, time(0), ZoneInfo(zone))
    return midnight + timedelta(minutes=span[0]), midnight + timedelta(minutes=span[1])


def _left(after: datetime, stretch: Stretch) -> Stretch | None:
    """Return a stretch less what is past, None if that is all of it.

    Compared as moments of the world: the same hour of the clock may come twice or not at all.
    """
    start = max(after, stretch[0], key=_of_the_world)
    return (start, stretch[1]) if _of_the_world(start) < _of_the_world(stretch[1]) else None


def _shared(stretch: Stretch, zone: str, hours_on: Callable[[date], Span]) -> Stretch | None:
    """Return the first part of a stretch that lies within the hours of another zone's day as well."""
    day = stretch[0].astimezone(ZoneInfo(zone)).date()
    for days in range(-1, 3):
        there = day + timedelta(days=days)
        opens, closes = _stretch(there, zone, hours_on(there))
        last = min(stretch[1], closes, key=_of_the_world)
        left = _left(opens, (stretch[0], last))
        if left is not None:
            return left[0].astimezone(stretch[0].tzinfo), left[1].astimezone(stretch[0].tzinfo)
    return None


def _of_the_world(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
