"""How often and how much at once: token buckets on a clock that never goes back, and a count of work in hand."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from serving.access.refusal import try_again
from serving.access.settings import Rate, RequestLimits

_REMEMBERED = 10_000
"""Buckets kept; the one that was asked for longest ago is forgotten first, and by then it is full again."""


@dataclass
class Bucket:
    """Holds ``burst`` requests at the most and gains ``per_second``; ``at`` is when it held ``left``."""

    rate: Rate
    left: float
    at: float

    def wait(self, now: float) -> float:
        """Return the seconds until it holds a request, 0 when it does.

        Examples
        --------
        >>> bucket = Bucket(Rate(per_second=2, burst=1), left=0, at=10)
        >>> bucket.wait(10), bucket.wait(10.5)
        (0.5, 0.0)
        """
        self.left = min(self.rate.burst, self.left + max(0.0, now - self.at) * self.rate.per_second)
        self.at = max(self.at, now)
        return max(0.0, (1.0 - self.left) / self.rate.per_second)

    def take(self) -> None:
        """Take a request out."""
        self.left -= 1.0


class Rates:
    """The buckets of every token and the one of all.

    Parameters
    ----------
    limits
        How many requests a second, by token and overall.
    clock
        Seconds that never go back.
    """

    def __init__(self, limits: RequestLimits, clock: Callable[[], float]) -> None:
        self.limits, self.clock = limits, clock
        self.overall = Bucket(limits.overall, limits.overall.burst, clock())
        self.by_token: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, token: str) -> None:
        """Count a request of a token; one that is refused counts for nothing.

        Raises
        ------
        Refusal
            429 with the seconds to wait.
        """
        now, bucket = self.clock(), self._bucket(token)
        wait = bucket.wait(now)
        if wait > 0:
            rate = bucket.rate
            raise try_again("rate_limit", f"More than {rate.per_second:g} requests a second with this token.", wait)
        wait = self.overall.wait(now)
        if wait > 0:
            raise try_again("overall_rate_limit", "There are too many requests in all; please ask again.", wait)
        bucket.take()
        self.overall.take()

    def _bucket(self, token: str) -> Bucket:
        bucket = self.by_token.get(token)
        if bucket is None:
            bucket = self.by_token[token] = Bucket(self.limits.by_token, self.limits.by_token.burst, self.clock())
            if len(self.by_token) > _REMEMBERED:
                self.by_token.popitem(last=False)
        else:
            self.by_token.move_to_end(token)
        return bucket


class Places:
    """How many requests are worked on; a place is given back when the work has really ended."""

    def __init__(self, most: int) -> None:
        self.most, self.taken = most, 0

    def take(self) -> None:
        """Take a place.

        Raises
        ------
        Refusal
            429 when all are taken.
        """
        if self.taken >= self.most:
            raise try_again("too_many_at_once", f"{self.taken} requests are being worked on; please ask again.", 1)
        self.taken += 1

    def give_back(self) -> None:
        """Give a place back."""
        self.taken -= 1
