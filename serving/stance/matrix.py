"""The matrix of willingness and ability: from how many signals speak for each side to a stance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from serving.actions import STANCES
from serving.stance.sides import SIDES, Side
from serving.stance.stance_settings import Needed

Ints = npt.NDArray[np.int64]
Counts = npt.NDArray[np.float32]


def willingness_of(counts: Counts, needed: Needed) -> Ints:
    """Return 1 where the customer is seen to be willing, -1 where not, 0 where it is not known, (n,).

    Unwilling are those of whom enough signals say so, and more than speak of willingness: in doubt, willing.
    """
    willing, unwilling = _of(counts, "willing"), _of(counts, "unwilling")
    against = (unwilling >= needed.unwilling) & (unwilling > willing)
    return np.where(against, -1, (willing > 0) & (willing >= unwilling)).astype(np.int64)


def ability_of(counts: Counts, needed: Needed) -> Ints:
    """Return 1 where the customer is plainly able to pay, -1 where not, 0 where it is not known, (n,).

    Plainly able are those whose income is steady or risen, and enough signals of ability in all. One signal of
    inability is enough, whatever else is seen: in doubt, unable.
    """
    able = (_of(counts, "earning") > 0) & (_of(counts, "able") >= needed.able)
    return np.where(_of(counts, "unable") > 0, -1, able).astype(np.int64)


def stance_by_matrix(counts: Counts, willingness: Ints, ability: Ints, needed: Needed) -> Ints:
    """Return the place in ``STANCES`` of each customer, (n,), from the signals of each side, (n, sides).

    *Late* is who is overdue now, and who was late within the year, unless the record is otherwise clean: on time for
    long, seldom late, never by much, usually early (``needed.clean`` of these). The stance is the first that fits:

    1. struggling: in need by their own words, late or not; or overdue or late within the year, clean record or not,
       with any signal of inability. Inability goes before blame: a long record of arrears makes nobody less unable.
       The one exception is who refuses to pay, tells of no need, shows no good will to outweigh it, and has that record
       or is 30 days overdue: they are chronic.
    2. unsure_how: asked how to pay; or is new to credit, and late or paying in parts. Nobody is firm with a first
       borrower in trouble over the first payments.
    3. strategic: late, plainly able (income steady or risen, a low burden or arrears that a month's income covers,
       nothing to the contrary), and unwilling: silent by two signals or more that outnumber those of good will, or
       refusing in so many words with no sign of good will. Silence is never blamed on one signal alone.
    4. chronic: late, with a record of arrears by two signals or more, unless as many say that it is forgetfulness; or
       overdue by 30 days or more, whatever the record: that is never reliable nor careless.
    5. new_to_credit: the first credit is young, and it is not late.
    6. careless: late, and none of the above.
    7. reliable: never late, or nothing overdue and a clean record.

    Where signals conflict the gentler stance is taken. A signal on a missing value does not hold, so what is not known
    is never blamed: 3 and 4, the stances that may be met firmly, rest on numbers that are known.
    """
    seen = dict(zip(SIDES, (counts > 0).T, strict=True))
    overdue = seen["overdue_now"] | seen["long_overdue"]
    late_in_year = overdue | seen["late"]
    late = overdue | (seen["late"] & (_of(counts, "clean") < needed.clean))
    habit = late & (_of(counts, "chronic") >= needed.chronic) & (_of(counts, "forgetful") < needed.forgetful)
    chronic = habit | seen["long_overdue"]
    refuses = seen["refusing"] & (willingness <= 0)
    fits = {
        "struggling": seen["in_need"] | (late_in_year & (ability < 0) & ~(refuses & chronic)),
        "unsure_how": seen["asking_how"] | (seen["new"] & (late | seen["unsure"])),
        "strategic": late & (ability > 0) & ((willingness < 0) | (seen["refusing"] & (willingness == 0))),
        "chronic": chronic,
        "new_to_credit": seen["new"],
        "careless": late,
    }
    stance = np.full(len(counts), STANCES.index("reliable"))
    for name, is_fit in reversed(fits.items()):
        stance[is_fit] = STANCES.index(name)
    return stance


def _of(counts: Counts, side: Side) -> Counts:
    return counts[:, SIDES.index(side)]
