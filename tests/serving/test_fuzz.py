"""The service under requests that nobody should send; benchmarks/fuzz.py is the same with ten thousand of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.fuzz import (
    Caller,
    Tally,
    by_openapi,
    fuzzed_service,
    good_bodies,
    head_of,
    tokens_in,
    with_damaged,
    with_hostile,
    without_token,
)
from benchmarks.hostile import REFUSED
from serving.access import SERVICE
from serving.access.access import TOKENS
from serving.journal import JOURNAL


@pytest.fixture(scope="module")
def fuzzed(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str | None]]]:
    """Run a service with tokens and without limits by the second; give its address and the tokens."""
    aside = tmp_path_factory.mktemp("fuzz")
    with pytest.MonkeyPatch.context() as patch:
        for name in (SERVICE, TOKENS, JOURNAL):
            patch.setenv(name, "")
        tokens = tokens_in(aside)
        with fuzzed_service(world.folder.parent, aside, world.book) as url:
            yield url, tokens


@pytest.fixture
def caller(fuzzed: Any) -> Iterator[Caller]:
    """Return a caller with a good token; the test fails where an answer was none that may be."""
    url, tokens = fuzzed
    made = Caller(url, tokens["good"], Tally())
    yield made
    made.connection.close()
    assert made.tally.faults == []


def test_what_the_openapi_allows_and_what_it_does_not_is_answered(fuzzed: Any, caller: Caller) -> None:
    by_openapi(fuzzed[0], caller, 140)
    assert caller.tally.requests > 60
    assert {"/score", "/plan", "/outcomes", "/events", "/person", "/replay", "/about"} <= caller.tally.statuses.keys()


def test_damaged_records_and_events_are_answered(world: Any, caller: Caller) -> None:
    with_damaged(world.book, caller, 120)
    assert caller.tally.statuses["/score"][200] > 5


def test_a_body_that_no_reader_should_take_is_refused_with_the_reason(caller: Caller) -> None:
    with_hostile(caller, 6 * len(REFUSED))
    assert {status for counter in caller.tally.statuses.values() for status in counter} <= set(range(400, 500))


def test_a_token_that_is_no_good_reaches_no_model(world: Any, fuzzed: Any, caller: Caller) -> None:
    body = next(good_bodies(world.book))
    bad = {name: token for name, token in fuzzed[1].items() if name != "good"}
    assert bad.keys() == {"absent", "wrong", "altered", "ended"}
    without_token(caller, bad, body, os.environ[JOURNAL], 4 * 7)
    before = head_of(os.environ[JOURNAL])
    assert caller.ask("/score", body) == 200
    assert head_of(os.environ[JOURNAL]) == before + 1
