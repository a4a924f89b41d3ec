from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.feedback.midnight import midnight
from serving.rules.zones import clocks_of

EPOCH = date(1970, 1, 1)


def found(zone: str, day: date) -> datetime:
    return datetime.fromtimestamp(midnight(clocks_of((zone,), ()), 0, (day - EPOCH).days), UTC)


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("Asia/Shanghai", date(2026, 2, 23), "2026-02-22T16:00+00:00"),
        ("Asia/Beirut", date(2026, 3, 29), "2026-03-28T22:00+00:00"),  # 0:00 becomes 1:00
        ("Africa/Cairo", date(2023, 4, 28), "2023-04-27T22:00+00:00"),
        ("America/Havana", date(2025, 11, 2), "2025-11-02T04:00+00:00"),  # 1:00 becomes 0:00: the first of two
        ("America/Asuncion", date(2023, 3, 26), "2023-03-26T04:00+00:00"),  # 0:00 becomes 23:00 of the day before
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00+00:00"),  # there was no such day
    ],
)
def test_a_day_begins_when_the_clock_first_shows_it(zone: str, day: date, begins: str) -> None:
    assert found(zone, day) == datetime.fromisoformat(begins)


@settings(deadline=None)
@given(
    st.sampled_from(["Europe/London", "America/New_York", "Asia/Gaza", "Pacific/Chatham", "America/Santiago"]),
    st.dates(date(1980, 1, 1), date(2035, 1, 1)),
)
def test_the_minute_before_is_the_day_before(zone: str, day: date) -> None:
    moment, clock = found(zone, day), ZoneInfo(zone)
    assert moment.astimezone(clock).date() == day
    assert (moment - timedelta(minutes=1)).astimezone(clock).date() == day - timedelta(days=1)


def test_where_no_zone_is_known_it_is_utcs() -> None:
    assert midnight(clocks_of(("Asia/Shanghai",), ()), -1, 3) == 3 * 86_400
