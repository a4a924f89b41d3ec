"""A reader reads replies that differ in numbers alone once, and tells the same of them as of each alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.feedback.cause_model import CauseModel
from serving.feedback.phrases import Phrases
from serving.feedback.plain import plain
from serving.feedback.reader import ReplyReader

READER = ReplyReader.shipped()
PIECES = (
    "退订",
    "stop",
    "stop calling",
    "还",
    "paid",
    "号",
    "元",
    "15",
    "1,500",
    "3.5k",
    "٣",
    "②",
    " ",
    ",",
    "12/3",
    "人工",
)


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
def test_numbers_are_left_out_only_where_they_tell_nothing(text: str) -> None:
    assert READER._read(text) == READER._of_plain(plain(text))


@pytest.mark.parametrize(
    "numbered", ["9月{}号晚上我去还", "will pay {} on Friday", "STOP {}", "{}stop", "paid {} already"]
)
def test_replies_that_differ_in_numbers_alone_are_read_once(numbered: str) -> None:
    reader = ReplyReader(READER.model, READER.settings)
    told = {reader.causes(numbered.format(number)) for number in (3, 15, "1,500", "20.50")}
    assert len(told) == 1
    assert reader._read_plain.cache_info().misses == 1  # type: ignore[attr-defined]


def test_a_phrase_with_a_number_in_it_is_found_by_that_number_alone() -> None:
    settings = replace(READER.settings, person=Phrases(anywhere=("press 9",)))
    reader = ReplyReader(CauseModel.load(), settings)
    assert reader.asks_for_person("press 9 please")
    assert not reader.asks_for_person("press 8 please")


def test_long_replies_are_read_and_not_remembered() -> None:
    reader, long = ReplyReader(READER.model, READER.settings), "I will pay on Friday. " * 40
    assert reader.causes(long) == READER._of_plain(plain(long))[0]
    assert reader.promise(long, date(2026, 3, 2)) is not None
    for remembered in (reader._remembered, reader._read_plain, reader._promises):
        assert remembered.cache_info().currsize == 0  # type: ignore[attr-defined]
