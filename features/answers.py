"""When a customer answers: reminders of the last year, and those answered, by part of the customer's own day.

No columns of the matrix: the parts are settings of the policy, and only the choice of the hour reads them. To open
a message counts as an answer, which a reply is too rare to do without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.facts.reminders import SETTLES_AFTER
from features.history import History
from features.kernel.timeline import YEAR
from features.kernel.windows import Floats, Ints

_HOURS = 24
_MET_WITH = ("read", "conversation", "replied")

type Hours = Sequence[tuple[int, int]]
"""Parts of a day, [from, until) each, in hours of the customer's own clock; they do not overlap."""


@dataclass(frozen=True)
class Answers:
    """How many reminders of the last 365 days went out in each part of the day, and were answered, (n, parts) each.

    Counted are those whose fate is known, a day after they were sent.
    """

    reminded: Floats
    answered: Floats


def part_of(hour: Ints, hours: Hours) -> Ints:
    """Return the number of the part each hour of the day (0 to 23) lies in, -1 where it is in none.

    >>> part_of(np.array([8, 9, 16, 17]), [(9, 12), (12, 17), (17, 20)]).tolist()
    [-1, 0, 1, 2]
    """
    of_hour = np.full(_HOURS, -1, np.int64)
    for part, (begins, ends) in enumerate(hours):
        of_hour[begins:ends] = part
    return of_hour[hour]


def answers_by_part(history: History, hours: Hours) -> Answers:
    """Return what each customer of a history answered, by part of the day.

    >>> from features.example import WORKED_AS_OF, worked_book
    >>> from features.matrix import history_of
    >>> told = answers_by_part(history_of(worked_book(), WORKED_AS_OF, ["bo"]), [(9, 12), (12, 17), (17, 20)])
    >>> told.reminded.tolist(), told.answered.tolist()
    ([[3.0, 1.0, 2.0]], [[2.0, 1.0, 1.0]])
    """
    n, parts, sent = len(history.at), len(hours), history.sent
    part = part_of(sent["hour"], hours)
    known = (part >= 0) & (sent.seconds >= SETTLES_AFTER) & (sent.age < YEAR)
    whose = np.repeat(np.arange(n), np.diff(sent.bounds))
    answered = np.logical_or.reduce([sent[name] for name in _MET_WITH])
    place = (whose * parts + part)[known]
    counted = [np.bincount(place, weights, n * parts) for weights in (None, answered[known].astype(np.float64))]
    return Answers(*(counts.reshape(n, parts).astype(np.float64) for counts in counted))
