"""A past contact log held against a pack: every contact that broke a rule, with what was found and what was allowed.

Only what the book dates can be judged of the past: hours, frequencies, consents that had ended, replies that asked to
stop, and whom a contact went to. Of flags, consents and care it holds today's alone. A reply counts from a day after
the contact it answered, when it is sure to have been known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from features.book import Book
from features.facts.reminders import SETTLES_AFTER
from features.kernel.compiled import compiled
from features.kernel.windows import Floats, Ints
from features.ledger.calendar import DAY
from features.tables.schema import CHANNELS
from serving.rules.blocking import log_of
from serving.rules.kinds import Care, Consent, Frequency, Hours, OptOut, Pause, Rule, Stop
from serving.rules.lawful import Log, Person, Until, binds_on, counted, is_counted, opted_out, remember, within_hours
from serving.rules.rulebook import Figure, Kind, RuleBook, binds
from serving.rules.standing import Standing
from serving.rules.zones import Clocks, clocks_of, reading, zone_in, zones_in

COLUMNS = ("reminder_id", "customer_id", "sent_at", "channel", "rule_id", "found", "allowed", "status", "citation")

_CHUNK = 100_000
_NOTHING = pd.DataFrame({name: pd.Series(dtype=object) for name in (*COLUMNS, "at")})
_NOT_JUDGED = (Stop, Care)
_NONE = CHANNELS.index("none")


def breaches(
    book: Book, rules: RuleBook, progress: Callable[[int, int], None] = lambda done, total: None
) -> pd.DataFrame:
    """Return the contacts of a book that broke a rule, a row for each rule, in the order of time.

    ``sent_at`` is by the customer's own clock where their zone is known; ``progress`` is called with (contacts looked
    at, contacts in all).
    """
    ledger = book.ledger
    contacts = np.flatnonzero(ledger.reminders["channel"] != _NONE)
    clocks, log = clocks_of(ledger.zones.names, rules.zones), log_of(ledger)
    parts = [_NOTHING, *_unrelated(book, rules, contacts)]
    for start in range(0, len(contacts), _CHUNK):
        rows = contacts[start : start + _CHUNK]
        standing = _standing(book, rows)
        found = _broken(rules.table, clocks, log, standing.persons(), standing.last_days(), rows)
        parts += [_listed(book, rows, found[:, k], name, rule) for k, (name, rule) in enumerate(rules.blocking.items())]
        progress(start + len(rows), len(contacts))
    listed = pd.concat(parts, ignore_index=True)
    return listed.sort_values(["at", "reminder_id", "rule_id"], kind="stable", ignore_index=True)[list(COLUMNS)]


def not_judged(rules: RuleBook) -> list[str]:
    """Return the ids of the rules of which the book does not hold the past."""
    return [name for name, rule in rules.blocking.items() if isinstance(rule, _NOT_JUDGED)]


def _standing(book: Book, rows: Ints) -> Standing:
    sent, nothing = book.ledger.reminders, np.zeros(len(rows), np.int64)
    return Standing(
        book.ledger, sent.customer[rows], sent.at[rows], sent["instalment"][rows], nothing, nothing, nothing, nothing
    )


@compiled
def _broken(rules: Ints, clocks: Clocks, log: Log, persons: Ints, until: Floats, rows: Ints) -> Ints:
    """Return, (contacts, rules), what was found where a contact broke a rule, -1 where it did not."""
    out = np.full((len(rows), len(rules)), -1)
    for i in range(len(rows)):
        person, row = persons[i], rows[i]
        at = log.at[row]
        remember(log, person, row, at, at - SETTLES_AFTER)
        for rule in range(len(rules)):
            if (rules[rule, Figure.MEDIA] >> log.medium[row]) & 1 == 0:
                continue
            for place in range(zones_in(clocks, person[Person.HOME], person[Person.OTHER])):
                zone = zone_in(clocks, person[Person.HOME], person[Person.OTHER], place)
                found = _found(rules, rule, clocks, log, person, until[i], row, zone)
                out[i, rule] = max(out[i, rule], found)
    return out


@compiled
def _found(rules: Ints, rule: int, clocks: Clocks, log: Log, person: Ints, until: Floats, row: int, zone: int) -> int:
    """Return what a contact broke a rule with in a zone: second of the day, its number, or day; -1: nothing."""
    offset, _ = reading(clocks, zone, log.at[row])
    day, second = (log.at[row] + offset) // DAY, (log.at[row] + offset) % DAY
    if not binds_on(rules, rule, day, person[Person.DUE_DAY]):
        return -1
    kind = rules[rule, Figure.KIND]
    if kind == Kind.HOURS:
        return -1 if within_hours(rules, rule, until, day, second) else second
    if kind == Kind.FREQUENCY:
        if rules[rule, Figure.ITSELF] == 1 and not is_counted(rules, rule, log, row, person[Person.LOAN]):
            return -1
        before = counted(rules, rule, clocks, log, person, zone, day)
        return before + 1 if before >= rules[rule, Figure.MOST] else -1
    return day if _had_ended(rules, rule, person, until, log.medium[row], day) else -1


@compiled
def _had_ended(rules: Ints, rule: int, person: Ints, until: Floats, medium: int, day: int) -> bool:
    """Tell whether a customer had asked to stop, or their consent had ended, on a day."""
    if rules[rule, Figure.KIND] == Kind.OPT_OUT:
        return opted_out(rules, rule, person, medium)
    if rules[rule, Figure.KIND] == Kind.CONSENT and _SMS <= medium <= _CALL:
        return day > until[Until.AGREED + medium - _SMS]
    return False


_SMS, _CALL = CHANNELS.index("sms"), CHANNELS.index("call")


def _listed(book: Book, rows: Ints, found: Ints, name: str, rule: Rule) -> pd.DataFrame:
    broken = np.flatnonzero(found >= 0)
    words = [_words(rule, int(figure)) for figure in found[broken]]
    return _table(book, rows[broken], name, rule, words)


def _table(book: Book, rows: Ints, name: str, rule: Rule, words: list[tuple[str, str]]) -> pd.DataFrame:
    reminders = book.reminders.iloc[book.ledger.reminders["row"][rows]]
    zone = book.ledger.zones
    codes = zone.code[book.ledger.reminders.customer[rows]]
    return pd.DataFrame(
        {
            "reminder_id": reminders["reminder_id"].to_numpy(object),
            "customer_id": reminders["customer_id"].to_numpy(object),
            "sent_at": [
                (at.tz_convert(zone.names[code]) if code >= 0 else at).isoformat(timespec="seconds")
                for at, code in zip(reminders["sent_at"], codes, strict=True)
            ],
            "channel": reminders["channel"].to_numpy(object),
            "rule_id": name,
            "found": [found for found, _ in words],
            "allowed": [allowed for _, allowed in words],
            "status": rule.status,
            "citation": rule.citation,
            "at": book.ledger.reminders.at[rows],
        }
    )


def _words(rule: Rule, figure: int) -> tuple[str, str]:
    """Return what was found, and what the rule allows."""
    match rule:
        case Hours():
            return f"{figure // 3600:02d}:{figure % 3600 // 60:02d}", f"{rule.opens} to {rule.closes}"
        case Frequency():
            return f"number {figure}", f"{rule.most} {rule.counted} in {rule.days} days by {rule.per}"
        case Pause():
            return "after a conversation", f"none for {rule.days} days by {rule.per}"
        case OptOut():
            return "after a reply that asked to stop", "none"
        case Consent():
            return "after the consent's last day", "none"
    return str(figure), ""


def _unrelated(book: Book, rules: RuleBook, rows: Ints) -> Iterator[pd.DataFrame]:
    sent = book.ledger.reminders
    recipient = book.reminders["recipient"].to_numpy(object)[sent["row"][rows]]
    due_day = book.ledger.instalments["due_day"][sent["instalment"][rows]]
    for name, rule in rules.third_parties.items():
        legal = {"customer", *rule.recipients}
        strange = np.array([isinstance(who, str) and who not in legal for who in recipient], np.bool_)
        media = np.isin(sent["channel"][rows], [CHANNELS.index(medium) for medium in rule.media])
        suspects = np.flatnonzero(strange & media)
        days = sent["day"][rows[suspects]]
        bound = [
            binds(rule, pd.Timestamp(day, unit="D").date(), bool(day > due))
            for day, due in zip(days, due_day[suspects], strict=True)
        ]
        kept = suspects[np.array(bound, np.bool_)]
        yield _table(book, rows[kept], name, rule, [(recipient[k], ", ".join(sorted(legal))) for k in kept])
