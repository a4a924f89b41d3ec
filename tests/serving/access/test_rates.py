from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.access import Refusal, rates, read_service_settings
from serving.access.rates import Places, Rates
from serving.access.settings import Rate

LIMITS = replace(read_service_settings().limits, by_token=Rate(2.0, 3), overall=Rate(10.0, 5))


class Clock:
    at = 0.0

    def __call__(self) -> float:
        return self.at


def taken(buckets: Rates, token: str, times: int) -> int:
    count = 0
    for _ in range(times):
        try:
            buckets.take(token)
            count += 1
        except Refusal:
            pass
    return count


def test_a_burst_passes_and_then_as_many_as_a_second_allows() -> None:
    clock = Clock()
    buckets = Rates(LIMITS, clock)
    assert taken(buckets, "a", 10) == 3
    clock.at = 1.0
    assert taken(buckets, "a", 10) == 2
    clock.at = 1000.0
    assert taken(buckets, "a", 10) == 3


def test_a_refusal_says_when_to_ask_again_and_then_it_passes() -> None:
    clock = Clock()
    buckets = Rates(replace(LIMITS, by_token=Rate(0.25, 1)), clock)
    buckets.take("a")
    with pytest.raises(Refusal, match=r"More than 0\.25 requests a second") as refused:
        buckets.take("a")
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (429, "4")
    clock.at = 4.0
    buckets.take("a")


def test_one_token_does_not_spend_anothers_share_but_all_share_the_whole() -> None:
    buckets = Rates(LIMITS, Clock())
    assert [taken(buckets, token, 10) for token in "ab"] == [3, 2]
    with pytest.raises(Refusal, match="too many requests in all"):
        buckets.take("c")


def test_a_request_that_the_whole_refuses_costs_its_token_nothing() -> None:
    clock = Clock()
    buckets = Rates(LIMITS, clock)
    taken(buckets, "a", 3)
    taken(buckets, "b", 10)
    clock.at = 0.2
    assert taken(buckets, "c", 5) == 2
    clock.at = 10.0
    assert taken(buckets, "c", 5) == 3


def test_buckets_are_forgotten_beyond_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "_REMEMBERED", 3)
    buckets = Rates(LIMITS, Clock())
    for token in "abcabd":
        taken(buckets, token, 1)
    assert list(buckets.by_token) == ["a", "b", "d"]


@given(st.lists(st.floats(0, 2), min_size=1, max_size=40))
def test_no_more_pass_than_the_burst_and_the_rate_allow(pauses: list[float]) -> None:
    clock, passed = Clock(), 0
    buckets = Rates(LIMITS, clock)
    for pause in pauses:
        clock.at += pause
        passed += taken(buckets, "a", 2)
        assert passed <= 3 + 2.0 * clock.at + 1e-6


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    clock = Clock()
    clock.at = 100.0
    buckets = Rates(LIMITS, clock)
    assert taken(buckets, "a", 5) == 3
    clock.at = 0.0
    assert taken(buckets, "a", 5) == 0
    clock.at = 100.0
    assert taken(buckets, "a", 5) == 0


def test_places_are_as_many_as_there_are() -> None:
    places = Places(2)
    places.take()
    places.take()
    with pytest.raises(Refusal, match="2 requests are being worked on") as refused:
        places.take()
    assert refused.value.headers["Retry-After"] == "1"
    places.give_back()
    places.take()
