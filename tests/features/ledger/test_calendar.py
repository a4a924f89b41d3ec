from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features.ledger.calendar import utc_offsets


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/London", "America/New_York", "Australia/Lord_Howe", "UTC"])
def test_offsets_are_those_of_zoneinfo_around_every_change(zone: str) -> None:
    at = np.arange(1_735_689_600, 1_767_225_600, 3_571)  # all of 2025, in odd steps
    expected = [datetime.fromtimestamp(t, UTC).astimezone(ZoneInfo(zone)).utcoffset().total_seconds() for t in at]
    np.testing.assert_array_equal(utc_offsets(zone, at), expected)
