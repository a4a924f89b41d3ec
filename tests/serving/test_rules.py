"""Hours: a reminder never goes out outside the lawful ones, whatever the zone and the day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.policy_settings import ContactHours
from serving.rules import open_parts, send_window

PARTS = [(0, 3), (9, 12), (12, 17), (17, 24)]
ZONES = sorted(zone for zone in available_timezones() if "/" in zone)


def is_lawful(moment: datetime, zone: str, hours: ContactHours, parts: tuple[int, int] = (0, 24)) -> bool:
    local = moment.astimezone(UTC).astimezone(ZoneInfo(zone))
    return max(hours.from_hour, parts[0]) <= local.hour < min(hours.until_hour, parts[1])


def inside(stretch: tuple[datetime, datetime]) -> list[datetime]:
    """Return the first and the last moment of a stretch and some between, by the clock of the world."""
    start, end = (moment.astimezone(UTC) for moment in stretch)
    assert start < end
    return [start + (end - start) * k / 8 for k in range(8)] + [end - timedelta(microseconds=1)]


hours_of_contact = st.tuples(st.integers(0, 23), st.integers(1, 24)).filter(lambda two: two[0] < two[1])
moments = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1))
changes = st.sampled_from(
    [
        (datetime(2026, 3, 29, 0, tzinfo=UTC), "Europe/Berlin"),
        (datetime(2026, 10, 25, 0, tzinfo=UTC), "Europe/Berlin"),
        (datetime(2026, 3, 8, 6, tzinfo=UTC), "America/New_York"),
        (datetime(2026, 11, 1, 5, tzinfo=UTC), "America/New_York"),
        (datetime(2026, 4, 4, 14, tzinfo=UTC), "Australia/Lord_Howe"),
        (datetime(2026, 10, 3, 15, tzinfo=UTC), "Australia/Lord_Howe"),
        (datetime(2025, 4, 24, 21, tzinfo=UTC), "Africa/Cairo"),
        (datetime(2011, 12, 29, 20, tzinfo=UTC), "Pacific/Apia"),
    ]
)


@given(moments, st.sampled_from(ZONES), hours_of_contact)
@settings(max_examples=150, deadline=None)
def test_no_part_leaves_the_contact_hours_in_any_zone(at: datetime, zone: str, two: tuple[int, int]) -> None:
    check(at.replace(tzinfo=UTC), zone, ContactHours(*two))


@given(changes, st.integers(-30 * 60, 30 * 60), hours_of_contact)
@settings(max_examples=300, deadline=None)
def test_no_part_leaves_the_contact_hours_where_clocks_change(
    change: tuple[datetime, str], minutes: int, two: tuple[int, int]
) -> None:
    moment, zone = change
    check(moment + timedelta(minutes=minutes), zone, ContactHours(*two))


def check(now: datetime, zone: str, hours: ContactHours) -> None:
    stretches = open_parts(now, zone, hours, PARTS)
    for part, stretch in zip(PARTS, stretches, strict=True):
        assert stretch is None or all(is_lawful(at, zone, hours, part) for at in inside(stretch))
        assert stretch is None or stretch[0] >= now
    assert all(is_lawful(at, zone, hours) for at in inside(send_window(now, zone, hours)))


@pytest.mark.parametrize(
    ("utc", "expected"),
    [
        ("2026-03-01T00:30", ["01 09:00-12:00", "01 12:00-17:00", "01 17:00-20:00"]),
        ("2026-03-01T02:10", ["01 10:10-12:00", "01 12:00-17:00", "01 17:00-20:00"]),
        ("2026-03-01T04:00", [None, "01 12:00-17:00", "01 17:00-20:00"]),
        ("2026-03-01T11:59", [None, None, "01 19:59-20:00"]),
        ("2026-03-01T12:00", ["02 09:00-12:00", "02 12:00-17:00", "02 17:00-20:00"]),
    ],
    ids=["before hours", "a part has begun", "a part is over", "the last minute", "after hours: tomorrow's"],
)
def test_a_part_that_has_begun_is_cut_and_tomorrows_come_when_none_is_left(
    utc: str, expected: list[str | None]
) -> None:
    now = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    found = open_parts(now, "Asia/Shanghai", ContactHours(9, 20), [(9, 12), (12, 17), (17, 22)])
    assert [stretch and f"{stretch[0]:%d %H:%M}-{stretch[1]:%H:%M}" for stretch in found] == expected
