"""What an answer to a reminder tells of, by cue words in Chinese and English: a few causes a person can check."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

PROMISE, HARDSHIP, DISPUTE, OPT_OUT = "promise", "hardship", "dispute", "opt_out"

_CUES: Mapping[str, str] = MappingProxyType(
    {
        PROMISE: r"\b(i'?ll|will)\b.*\b(pay|transfer|clear|settle)|\b(promise|have it by|wait until)\b"
        r"|\bpay(ing)? (it |this )?(today|tomorrow|on)\b"
        r"|一定还|就还|马上还|(?<!不)会还|去还|(?<!已)还清(?!了)|转过去(?!了)|承诺",
        HARDSHIP: r"\b(tight|short of money|can'?t (pay|cover|afford)|in parts|instalment plan|lost my job|no income"
        r"|unemployed|laid off|hospital|surgery|more (time|days)|not earning)\b"
        r"|手头紧|钱不够|周转不开|分期|宽限|延期|失业|被裁|没有收入|没有进账|没发工资|住院|手术|停工|拿不出",
        DISPUTE: r"\b(wrong|dispute|not my|did not (make|agree)|never agreed|does not match|overcharged|fraud)\b"
        r"|不对|异议|算错|不是我|多收|核对|查账",
        OPT_OUT: r"^\s*(stop|td|t|unsubscribe)\s*[.!]?\s*$|\bstop (texting|calling|contacting|sending)\b"
        r"|\b(opt out|unsubscribe|do not (contact|call|text)|don'?t (contact|call|text)|take me off)\b"
        r"|退订|停止联系|不要再(给我|打|发)",
    }
)

CAUSES = tuple(_CUES)
"""The causes, by place in ``causes_of``."""

_PATTERNS = tuple(re.compile(cues, re.IGNORECASE) for cues in _CUES.values())


_SHORT = 500
"""How many characters a text has that is remembered."""


def _read(text: str) -> int:
    return sum(1 << k for k, pattern in enumerate(_PATTERNS) if pattern.search(text))


_remembered = lru_cache(maxsize=4096)(_read)


def causes_of(text: str) -> int:
    """Return the causes an answer tells of, a bit each in the order of ``CAUSES``; 0 when none is recognised.

    >>> [CAUSES[k] for k in range(len(CAUSES)) if causes_of("Money is tight, I will pay on Friday") >> k & 1]
    ['promise', 'hardship']
    >>> causes_of("谢谢"), causes_of("退订") == 1 << CAUSES.index("opt_out")
    (0, True)
    """
    return _remembered(text) if len(text) <= _SHORT else _read(text)
