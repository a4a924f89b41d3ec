"""The earliest lawful minute of a contact, found by leaping from one moment at which a rule may change its answer.

Every rule and zone gives a moment before which it does not allow the contact; the latest of them is looked at next,
until all agree. A clock that is set, a midnight, a due date and a first day of a rule are such moments as well.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from features.kernel.compiled import compiled
from features.kernel.windows import Floats, Ints, Mask
from features.ledger.calendar import DAY
from features.ledger.ledger import NEVER
from features.tables.schema import CHANNELS
from serving.rules.kinds import LONGEST
from serving.rules.rulebook import ATTEMPTS, CONVERSATIONS, Figure, Kind
from serving.rules.zones import Clocks, reading, zone_in, zones_in

FORBIDDEN = int(NEVER)
"""In place of a moment: the contact is not lawful while things stay as they are."""

AHEAD = 60 * DAY
"""How far ahead a lawful minute is looked for; a contact that has none till then has none."""

ANY_MEDIUM = -1
"""In place of a medium: the hours of all media, and nothing but hours."""

MEDIA = 4
"""How many channels ask for consent: the first of a log's after ``none``: sms, push, email, call."""

_FIRST_MEDIUM = 1
_MINUTE = 60
_CHANNELS = len(CHANNELS)
_REMEMBERED = (LONGEST + 2) * DAY


class Person(IntEnum):
    """The whole numbers known of a customer.

    ``RECENT`` and ``LOGGED`` are where the contacts begin and end that rules may count, rows of the ledger's
    reminders; ``AGREED`` is the consent to sms, with push, email and call after it; ``TOLD`` the causes that replies
    told of, by channel.
    """

    CUSTOMER = 0
    LOAN = 1
    DUE_DAY = 2
    HOME = 3
    OTHER = 4
    STOP = 5
    VULNERABLE = 6
    AGREED = 7
    RECENT = 11
    LOGGED = 12
    TOLD = 13


PERSON = Person.TOLD + len(CHANNELS)
"""How many numbers there are of a customer."""


class Until(IntEnum):
    """The rows of the last days of consents, NaN for none; three more follow ``AGREED``."""

    NIGHT = 0
    AGREED = 1


class Log(NamedTuple):
    """The contacts of all customers, as the ledger's reminders hold them; ``loan`` (instalments,) by instalment."""

    bounds: Ints
    at: Ints
    medium: Ints
    conversation: Mask
    causes: Ints
    instalment: Ints
    loan: Ints


@compiled
def earliest(
    rules: Ints, clocks: Clocks, log: Log, person: Ints, until: Floats, medium: int, at: int
) -> tuple[int, int]:
    """Return the earliest lawful moment from ``at`` on, and the rule that delays it most (-1: nothing does).

    The moment itself where it is lawful, else the start of a minute; FORBIDDEN where there is none.
    """
    moment, named = at, -1
    while moment <= at + AHEAD:
        latest, rule = agreed(rules, clocks, log, person, until, medium, moment)
        if rule < 0:
            return moment, named
        if named < 0 or latest >= FORBIDDEN or rules[rule, Figure.KIND] != Kind.HOURS:
            named = rule
        if latest >= FORBIDDEN:
            return FORBIDDEN, named
        moment = -(-latest // _MINUTE) * _MINUTE
    return FORBIDDEN, named


@compiled
def agreed(
    rules: Ints, clocks: Clocks, log: Log, person: Ints, until: Floats, medium: int, moment: int
) -> tuple[int, int]:
    """Return before when the rules do not allow a contact now, and the rule that says so; -1: they allow it."""
    latest, named = moment, -1
    for place in range(zones_in(clocks, person[Person.HOME], person[Person.OTHER])):
        zone = zone_in(clocks, person[Person.HOME], person[Person.OTHER], place)
        offset, change = reading(clocks, zone, moment)
        day, second = (moment + offset) // DAY, (moment + offset) % DAY
        tomorrow = min(moment + DAY - second, change)
        for rule in range(len(rules)):
            if not _binds(rules, rule, medium, day, person[Person.DUE_DAY]):
                continue
            if rules[rule, Figure.KIND] == Kind.FREQUENCY:
                met = counted(rules, rule, clocks, log, person, zone, day)
                wait = DAY - second if met >= rules[rule, Figure.MOST] else 0
            else:
                wait = _wait(rules, rule, person, until, medium, day, second)
            free = FORBIDDEN if wait == FORBIDDEN else min(moment + wait, tomorrow)
            if free > latest or (wait > 0 and free == latest and rules[named, Figure.KIND] == Kind.HOURS):
                latest, named = free, rule
    return latest, named


@compiled
def _binds(rules: Ints, rule: int, medium: int, day: int, due_day: int) -> bool:
    """Tell whether a rule binds contacts by a medium on a day; of ``ANY_MEDIUM``, whether it is one of hours."""
    if medium == ANY_MEDIUM:
        return rules[rule, Figure.KIND] == Kind.HOURS and binds_on(rules, rule, day, due_day)
    return (rules[rule, Figure.MEDIA] >> medium) & 1 == 1 and binds_on(rules, rule, day, due_day)


@compiled
def binds_on(rules: Ints, rule: int, day: int, due_day: int) -> bool:
    """Tell whether a rule binds on a day of the customer's calendar."""
    stage = rules[rule, Figure.OVERDUE] if day > due_day else rules[rule, Figure.BEFORE_DUE]
    return stage == 1 and day >= rules[rule, Figure.EFFECTIVE]


@compiled
def _wait(rules: Ints, rule: int, person: Ints, until: Floats, medium: int, day: int, second: int) -> int:
    """Return for how many seconds at least a rule that binds does not allow the contact, or FORBIDDEN."""
    if rules[rule, Figure.KIND] != Kind.HOURS:
        return FORBIDDEN if _is_forbidden(rules, rule, person, until, medium, day) else 0
    if within_hours(rules, rule, until, day, second):
        return 0
    opens = rules[rule, Figure.OPENS]
    return opens - second if opens > second else DAY - second


@compiled
def within_hours(rules: Ints, rule: int, until: Floats, day: int, second: int) -> bool:
    """Tell whether a clock is within a rule's hours, or the customer agreed to be contacted outside them."""
    if rules[rule, Figure.OPENS] <= second < rules[rule, Figure.CLOSES]:
        return True
    return rules[rule, Figure.WAIVED_AT_NIGHT] == 1 and day <= until[Until.NIGHT]  # not so of NaN


@compiled
def counted(rules: Ints, rule: int, clocks: Clocks, log: Log, person: Ints, zone: int, day: int) -> int:
    """Return how many of the contacts known a rule of frequency counts on ``day``."""
    first, found = day - rules[rule, Figure.DAYS] + 1, 0
    for k in range(person[Person.RECENT], person[Person.LOGGED]):
        if is_counted(rules, rule, log, k, person[Person.LOAN]):
            offset, _ = reading(clocks, zone, log.at[k])
            found += (log.at[k] + offset) // DAY >= first
    return found


@compiled
def is_counted(rules: Ints, rule: int, log: Log, k: int, loan: int) -> bool:
    """Tell whether a rule of frequency counts a contact, whenever it was."""
    if (rules[rule, Figure.MEDIA] >> log.medium[k]) & 1 == 0:
        return False
    if rules[rule, Figure.PER_DEBT] == 1 and log.loan[log.instalment[k]] != loan:
        return False
    what = rules[rule, Figure.COUNTED]
    return what == ATTEMPTS or (what == CONVERSATIONS) == log.conversation[k]


@compiled
def _is_forbidden(rules: Ints, rule: int, person: Ints, until: Floats, medium: int, day: int) -> bool:
    """Tell whether a rule forbids the contact as things stand; care depends on the action and is asked elsewhere."""
    kind = rules[rule, Figure.KIND]
    if kind == Kind.STOP:
        flag = person[Person.STOP]
        return flag >= 0 and (rules[rule, Figure.FLAGS] >> flag) & 1 == 1
    if kind == Kind.OPT_OUT:
        return opted_out(rules, rule, person, medium)
    if kind == Kind.CONSENT:
        place = medium - _FIRST_MEDIUM
        if place >= MEDIA:
            return False
        return person[Person.AGREED + place] == 0 or day > until[Until.AGREED + place]
    return False


@compiled
def opted_out(rules: Ints, rule: int, person: Ints, medium: int) -> bool:
    """Tell whether a reply by a medium, or by any where the rule says so, told of one of the rule's causes."""
    told = person[Person.TOLD + medium]
    if rules[rule, Figure.EVERYWHERE] == 1:
        for other in range(_CHANNELS):
            told |= person[Person.TOLD + other]
    return told & rules[rule, Figure.CAUSES] != 0


@compiled
def remember(log: Log, person: Ints, ends: int, now: int, answered: int) -> None:
    """Write what is known at ``now`` of the contacts before row ``ends``, and of replies to those till ``answered``."""
    begins = log.bounds[person[Person.CUSTOMER]]
    person[Person.TOLD :] = 0
    for k in range(begins, ends):
        if log.causes[k] != 0 and log.at[k] <= answered:
            person[Person.TOLD + log.medium[k]] |= log.causes[k]
    recent = ends
    while recent > begins and log.at[recent - 1] > now - _REMEMBERED:
        recent -= 1
    person[Person.RECENT], person[Person.LOGGED] = recent, ends
