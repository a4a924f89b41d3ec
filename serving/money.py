"""Money in whole cents: what a book's amounts come down to before anybody is asked for them.

A book keeps money as floating-point numbers; a sum of them may be a hair beside the amount meant. Whether an
instalment is settled is decided in whole ten-thousandths (features.ledger.posting), and so are amounts here.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal

_UNIT, _CENT = Decimal("0.0001"), Decimal("0.01")
_MOST = Decimal(10**15)


def cents_of(amount: float | Decimal) -> int:
    """Return the least whole number of cents that settles an amount in currency.

    The amount is taken to the nearest ten-thousandth, as the ledger does; a part of a cent left over makes one
    more. An amount that is no number, or beyond 10**15, raises ValueError.

    >>> cents_of(0.1 + 0.2), cents_of(1000 - 399.9), cents_of(0.3 - 0.1 - 0.2), cents_of(12.345)
    (30, 60010, 0, 1235)
    """
    exact = amount if isinstance(amount, Decimal) else Decimal(repr(float(amount)))
    if not exact.is_finite() or abs(exact) > _MOST:
        raise ValueError(f"an amount must be a number up to {_MOST}, got {amount}")
    return int(exact.quantize(_UNIT, ROUND_HALF_EVEN).quantize(_CENT, ROUND_CEILING).scaleb(2))


def told(cents: int) -> str:
    """Return an amount as people read it, without a currency.

    >>> told(123_456), told(5), told(-150)
    ('1,234.56', '0.05', '-1.50')
    """
    whole, part = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole:,}.{part:02d}"


def plain(cents: int) -> str:
    """Return an amount as machines read it: a decimal number in text, which no reader rounds.

    >>> plain(123_456)
    '1234.56'
    """
    return told(cents).replace(",", "")
