from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.feedback.plain import plain, without_numbers

FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("ＳＴＯＰ！", "stop!"),
        ("還錢 了 沒有？", "还钱了没有?"),
        ("S T O P", "stop"),
        ("s.t.o.p now", "stop now"),
        ("I a m", "iam"),
        ("don’t", "don't"),
        ("pay\u200bpal\n\n now", "paypal now"),
        ("noooo", "noo"),
        ("20000", "20000"),
        ("", ""),
    ],
)
def test_spellings_of_the_same_are_one_plain_form(written: str, expected: str) -> None:
    assert plain(written) == expected


@given(st.text())
def test_width_and_space_change_nothing(text: str) -> None:
    assert plain(text.translate(FULL_WIDTH)) == plain(text)
    assert plain(f"  {text}\t") == plain(text)
    assert plain(text.replace(" ", "  \u3000")) == plain(text)


@given(st.text())
def test_a_text_without_numbers_holds_no_digit_but_0(text: str) -> None:
    assert not set("123456789") & set(without_numbers(plain(text)))
