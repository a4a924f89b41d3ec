"""What may not be sent to whom: each action allowed, deferred until a minute, or forbidden, with the rule that says so.

The rules only ever take actions away; ``none`` stays. Hours defer the whole of a reminder: it goes out in the first
window they leave. An action that any other rule keeps from going out then is blocked in this decision, with the
minute from which it would be lawful again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from features.kernel.compiled import compiled
from features.kernel.windows import Floats, Ints
from features.ledger.calendar import DAY
from features.ledger.ledger import Ledger
from features.tables.schema import CHANNELS
from serving.rules.lawful import ANY_MEDIUM, FORBIDDEN, Log, Person, agreed, binds_on, earliest, remember
from serving.rules.rulebook import ALLOWED, LADDER, LAWS, NOTHING_DUE, STANCE, Figure, Kind
from serving.rules.standing import Standing
from serving.rules.zones import Clocks, clocks_of, reading, zone_in, zones_in

if TYPE_CHECKING:
    from serving.policy_settings import PolicySettings

Codes = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Blocked:
    """``codes`` (n, actions): the place in the rule book's ``reasons`` of what blocks each action, 0 where allowed.

    ``until`` (n, actions): the earliest lawful moment from the decision on, in seconds since 1970 UTC, FORBIDDEN where
    there is none while things stay as they are; that of an action which is allowed waits for nothing but hours.
    """

    codes: Codes
    until: Ints

    def forbid(self, actions: npt.NDArray[np.bool_], code: int) -> None:
        """Forbid, by a code, the actions that are allowed so far, a mask that broadcasts to (n, actions)."""
        newly = (self.codes == ALLOWED) & actions
        self.codes[newly], self.until[newly] = code, FORBIDDEN

    def lawful_from(self) -> npt.NDArray[np.datetime64]:
        """Return from when each blocked action is lawful, (n, actions) in UTC; NaT for never and where it is allowed.

        >>> blocked = Blocked(np.array([[0, 5, 6]], np.int8), np.array([[60, 7200, FORBIDDEN]]))
        >>> blocked.lawful_from().astype(str).tolist()
        [['NaT', '1970-01-01T02:00:00', 'NaT']]
        """
        moments = self.until.astype("datetime64[s]")
        moments[(self.codes == ALLOWED) | (self.until >= FORBIDDEN)] = "NaT"
        return moments


@dataclass(frozen=True)
class Windows:
    """From when until when a reminder would go out to each of n customers, (n,) each, seconds since 1970 UTC."""

    earliest: Ints
    latest: Ints


def blocked_by(standing: Standing, settings: PolicySettings, windows: Windows | None = None) -> Blocked:
    """Return what blocks each action of the policy for each customer, and until when.

    ``windows`` are those in which a reminder goes out; by default it goes out at the first minute that the hours
    leave. Where several rules forbid an action the first is named, the law's before the policy's.
    """
    book, at = settings.rulebook, standing.at
    whole = np.full((2, len(at)), FORBIDDEN) if windows is None else np.array([windows.earliest, windows.latest - 1])
    ladder = settings.ladder_strengths[standing.programme, standing.stage, standing.tier]
    stance = settings.stance_strengths[standing.stance, standing.stage]
    codes, until = _blocked(
        book.table,
        clocks_of(standing.ledger.zones.names, book.zones),
        log_of(standing.ledger),
        standing.persons(),
        standing.last_days(),
        np.array([at, *whole]).T,
        np.array([ladder, stance, standing.instalment]).T,
        settings.media_and_strengths,
    )
    return Blocked(codes, until)


_LOGGED = ("channel", "conversation", "causes", "instalment")


def log_of(ledger: Ledger) -> Log:
    """Return the contacts of a ledger as the rules read them."""
    sent = ledger.reminders
    channel, conversation, causes, instalment = (sent[name] for name in _LOGGED)
    return Log(sent.bounds, sent.at, channel, conversation, causes, instalment, ledger.instalments["loan"])


@compiled
def _blocked(
    rules: Ints, clocks: Clocks, log: Log, persons: Ints, until: Floats, times: Ints, limits: Ints, actions: Ints
) -> tuple[Codes, Ints]:
    """Return what blocks each action, and until when, (n, actions) each.

    ``times`` (n, 3): now, and the first and last second of the window, FORBIDDEN: the first that hours leave;
    ``limits`` (n, 3): the strength that ladder and stance allow, and the instalment; ``actions`` (actions, 2): medium
    and strength.
    """
    n, k = len(persons), len(actions)
    codes, free = np.zeros((n, k), np.int8), np.empty((n, k), np.int64)
    by_medium = np.empty((_MEDIA, 2), np.int64)
    for i in range(n):
        person, last_days = persons[i], until[i]
        remember(log, person, _logged(log, person[Person.CUSTOMER], times[i, 0]), times[i, 0], times[i, 0])
        by_medium[:, 0] = -1
        opens, closes = times[i, 1], times[i, 2]
        if opens >= FORBIDDEN and limits[i, 2] >= 0:
            opens, _ = earliest(rules, clocks, log, person, last_days, ANY_MEDIUM, times[i, 0])
            closes = opens
        for a in range(k):
            medium, strength = actions[a, 0], actions[a, 1]
            free[i, a] = times[i, 0]
            if strength == 0:
                continue
            if limits[i, 2] < 0:
                codes[i, a], free[i, a] = NOTHING_DUE, FORBIDDEN
                continue
            if by_medium[medium, 0] < 0:
                by_medium[medium] = _of_medium(
                    rules, clocks, log, person, last_days, medium, times[i, 0], opens, closes
                )
            lawful, code = by_medium[medium, 0], by_medium[medium, 1]
            codes[i, a], free[i, a] = _of_action(
                rules, clocks, person, strength, limits[i, 0], limits[i, 1], lawful, code
            )
    return codes, free


_MEDIA = len(CHANNELS)


@compiled
def _logged(log: Log, customer: int, at: int) -> int:
    """Return where the rows of a customer's log end that are known at a moment."""
    ends = log.bounds[customer + 1]
    while ends > log.bounds[customer] and log.at[ends - 1] > at:
        ends -= 1
    return ends


@compiled
def _of_medium(
    rules: Ints,
    clocks: Clocks,
    log: Log,
    person: Ints,
    until: Floats,
    medium: int,
    now: int,
    opens: int,
    closes: int,
) -> tuple[int, int]:
    """Return from when a medium may be used, and the code of the rule that keeps it from this decision's window."""
    lawful, rule = earliest(rules, clocks, log, person, until, medium, now)
    if lawful >= FORBIDDEN:
        return FORBIDDEN, LAWS + rule
    if opens != lawful:
        _, then = agreed(rules, clocks, log, person, until, medium, opens)
        if then >= 0:
            return lawful, LAWS + (then if rule < 0 else rule)
    if closes != opens:
        _, then = agreed(rules, clocks, log, person, until, medium, closes)
        if then >= 0:
            return lawful, LAWS + (then if rule < 0 else rule)
    return lawful, ALLOWED


@compiled
def _of_action(
    rules: Ints, clocks: Clocks, person: Ints, strength: int, ladder: int, stance: int, lawful: int, code: int
) -> tuple[int, int]:
    """Return what blocks an action, and until when: what forbids it, the policy's limits, then a deferral."""
    if lawful >= FORBIDDEN:
        return code, FORBIDDEN
    if person[Person.VULNERABLE] == 1:
        careful = _care(rules, clocks, person, strength, lawful)
        if careful >= 0:
            return LAWS + careful, FORBIDDEN
    if strength > ladder:
        return LADDER, FORBIDDEN
    if strength > stance:
        return STANCE, FORBIDDEN
    return code, lawful


@compiled
def _care(rules: Ints, clocks: Clocks, person: Ints, strength: int, at: int) -> int:
    """Return the first rule by which an action is too strong for a vulnerable customer at a moment, -1: none."""
    for rule in range(len(rules)):
        if rules[rule, Figure.KIND] != Kind.CARE or strength <= rules[rule, Figure.STRENGTH]:
            continue
        for place in range(zones_in(clocks, person[Person.HOME], person[Person.OTHER])):
            zone = zone_in(clocks, person[Person.HOME], person[Person.OTHER], place)
            offset, _ = reading(clocks, zone, at)
            if binds_on(rules, rule, (at + offset) // DAY, person[Person.DUE_DAY]):
                return rule
    return -1
