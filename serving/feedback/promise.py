"""What a promise names: the day and the amount, each None where the reply leaves it open."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from serving.feedback.amounts import named_amount
from serving.feedback.days import named_days
from serving.feedback.plain import plain

_CLAUSE = re.compile(
    r"[;!?。；！？]+|,(?!\d{3})|，|、|\.(?!\d)|\b(?:but|and then)\b|但是?|不过|(?=\bthe rest\b|剩|余下)"
)
_NOT_YET = re.compile(
    r"\b(?:can'?t|cannot|unable|not|don'?t|doesn'?t|haven'?t|won'?t|no (?:money|cash|funds)"
    r"|forgot|thought|assumed|was due|missed"
    r"|already|(?<!get )(?<!i'm )(?<!am )paid|called|calling)\b"
    r"|没钱|没有|没发|不够|不能|还不了|还不上|不了|忘|以为|记错|已|还了|扣了|打了|到期"
)
_UNTIL = re.compile(r"\b(?:until|till|til|before)\b|才")
_REST = re.compile(r"\b(?:rest|remaining|remainder|balance|other half)\b|剩|余下|其余|另一半|尾款")


@dataclass(frozen=True)
class Promise:
    """``on``: the last day promised, by the customer's calendar; ``amount`` in currency or ``share`` of what is due."""

    on: date | None
    amount: float | None
    share: float | None


def promise_in(text: str, today: date) -> Promise:
    """Return what a reply of ``today``, by the customer's calendar, promises.

    The first day counts that is neither that of the rest nor one on which the customer says there is no money.

    >>> promise_in("no money now, can do 200 on Friday, rest next week", date(2026, 3, 11))
    Promise(on=datetime.date(2026, 3, 13), amount=200.0, share=None)
    >>> promise_in("发工资后还", date(2026, 3, 11))
    Promise(on=None, amount=None, share=None)
    """
    day: date | None = None
    amount: float | None = None
    share: float | None = None
    is_named = False
    for clause in _CLAUSE.split(plain(text)):
        days = named_days(clause, today)
        counts = not _REST.search(clause) and (not _NOT_YET.search(clause) or bool(_UNTIL.search(clause)))
        if counts and days and not is_named:
            day, is_named = days[0][2], True
        if counts and amount is None and share is None:
            amount, share = named_amount(_without(clause, days))
    return Promise(day, amount, share)


def _without(clause: str, days: list[tuple[int, int, date | None]]) -> str:
    for start, end, _ in reversed(days):
        clause = clause[:start] + " " * (end - start) + clause[end:]
    return clause
