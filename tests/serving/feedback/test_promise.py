"""Days and amounts, seen from Wednesday 2026-03-11; what is not certain is none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.feedback.promise import Promise, promise_in

TODAY = date(2026, 3, 11)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'll pay today", "2026-03-11"),
        ("paying tonight", "2026-03-11"),
        ("will pay tomorrow", "2026-03-12"),
        ("2moro", "2026-03-12"),
        ("day after tomorrow", "2026-03-13"),
        ("paying Friday", "2026-03-13"),
        ("on Wednesday", "2026-03-18"),
        ("this wednesday", "2026-03-11"),
        ("next Monday", "2026-03-16"),
        ("pay u fri", "2026-03-13"),
        ("before the weekend", "2026-03-13"),
        ("this weekend", "2026-03-15"),
        ("next week", "2026-03-22"),
        ("end of the month", "2026-03-31"),
        ("next month", "2026-04-30"),
        ("on the 15th", "2026-03-15"),
        ("by the 1st", "2026-04-01"),
        ("on the 31st", "2026-03-31"),
        ("June 10", "2026-06-10"),
        ("3rd of july", "2026-07-03"),
        ("by 4/22", "2026-04-22"),
        ("22/4", "2026-04-22"),
        ("5/5", "2026-05-05"),
        ("on 2026-04-01", "2026-04-01"),
        ("in 3 days", "2026-03-14"),
        ("in two weeks", "2026-03-25"),
        ("can't pay until Friday", "2026-03-13"),
        ("no cash now but I'll have it on the 28th", "2026-03-28"),
        ("half now, rest next week", "2026-03-11"),
        ("I get paid on the 28th, will send it then", "2026-03-28"),
        ("明天还", "2026-03-12"),
        ("聽日還", "2026-03-12"),
        ("后天", "2026-03-13"),
        ("大后天", "2026-03-14"),
        ("周五还", "2026-03-13"),
        ("下周一", "2026-03-16"),
        ("下星期三之前", "2026-03-18"),
        ("礼拜天", "2026-03-15"),
        ("下周还", "2026-03-22"),
        ("月底", "2026-03-31"),
        ("下月底", "2026-04-30"),
        ("15号还", "2026-03-15"),
        ("10号还", "2026-04-10"),
        ("十五号", "2026-03-15"),
        ("下个月10号", "2026-04-10"),
        ("六月一号前", "2026-06-01"),
        ("2026年4月1日", "2026-04-01"),
        ("三天内", "2026-03-14"),
        ("两周后", "2026-03-25"),
        ("今天没钱，明天还", "2026-03-12"),
        ("昨天忘了，今晚还", "2026-03-11"),
        ("工资15号才发，发了还", "2026-03-15"),
        ("五一前", "2026-05-01"),
        ("发工资后还", None),
        ("过几天", None),
        ("过两天还", None),
        ("月初还", None),
        ("when I get paid", None),
        ("soon, I promise", None),
        ("in a few days", None),
        ("by 6/1", None),
        ("on 2025-01-01", None),
        ("3月5日还", None),
        ("先还500，剩下的下周", None),
        ("I may pay", None),
        ("I sat down", None),
        ("", None),
    ],
)
def test_the_day_promised(text: str, expected: str | None) -> None:
    assert promise_in(text, TODAY).on == (date.fromisoformat(expected) if expected else None)


@pytest.mark.parametrize(
    ("text", "amount", "share"),
    [
        ("cust PTP $350 on 4/22", 350, None),
        ("1.5k tomorrow", 1500, None),
        ("I'll pay 1,500 at 5pm", 1500, None),
        ("can do 200 on the 15th", 200, None),
        ("50 today the rest friday", 50, None),
        ("2k friday", 2000, None),
        ("后天还2000", 2000, None),
        ("还1.5万", 15000, None),
        ("3万月底", 30000, None),
        ("1万2", 12000, None),
        ("先还两千", 2000, None),
        ("三千五周五", 3500, None),
        ("五百块", 500, None),
        ("十五号还两千", 2000, None),
        ("先还500块，剩下的下月", 500, None),
        ("half now", None, 0.5),
        ("先还一半", None, 0.5),
        ("full amount monday", None, 1.0),
        ("月底全部还清", None, 1.0),
        ("两三千", None, None),
        ("分3期还", None, None),
        ("in 3 months", None, None),
        ("千万别催，周末还", None, None),
        ("call me at 5551234567, paying tomorrow", None, None),
        ("15号还", None, None),
        ("I'll pay", None, None),
    ],
)
def test_the_amount_promised(text: str, amount: float | None, share: float | None) -> None:
    promise = promise_in(text, TODAY)
    assert (promise.amount, promise.share) == (amount, share)


@given(st.text(), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_no_text_fails_and_no_promise_is_of_the_past(text: str, today: date) -> None:
    promise = promise_in(text, today)
    assert isinstance(promise, Promise)
    assert promise.on is None or promise.on >= today


@given(
    st.text(alphabet="0123456789号月日周一二三四五六天下还千万百块半 /-kfrintho", max_size=20),
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
)
def test_what_looks_like_a_day_never_fails(text: str, today: date) -> None:
    promise = promise_in(text, today)
    assert promise.on is None or promise.on >= today
    assert promise.amount is None or promise.amount > 0
