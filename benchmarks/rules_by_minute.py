"""The contact rules checked minute by minute, without a line of the engine: configs/rules/ as YAML, and clocks.

Slow and plain on purpose. ``random_book`` makes histories that come close to what the rules forbid; ``mistakes`` holds
every decision about them, and the minute until which it is deferred, against what this file thinks the rules say.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml

from features import Book
from features.matrix import history_of
from serving.actions import Action, Channel, action_id
from serving.policy_settings import ContactHours, PolicySettings
from serving.rules import Blocked, Standing, Windows, blocked_by, read_pack
from serving.sending import sending

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

PACKS = ("cn", "us", "in", "uk", "eu")
ZONES = (
    "Asia/Shanghai", "America/New_York", "America/Los_Angeles", "Europe/London", "Europe/Berlin", "Africa/Cairo",
    "Australia/Lord_Howe", "America/Havana", "Asia/Kolkata", "Pacific/Honolulu", None,
)  # fmt: skip
CHANGES = (
    "2026-03-08T07:00", "2026-11-01T06:00", "2026-03-29T01:00", "2026-10-25T01:00", "2026-04-23T22:00",
    "2026-10-29T21:00", "2026-04-04T15:00", "2026-10-03T15:30", "2026-03-08T05:00", "2026-11-01T05:00",
)  # fmt: skip
"""When clocks are set in some of the zones, in UTC."""

FOLDER = Path(__file__).parents[1] / "configs" / "rules"
_MEDIA: tuple[Channel, ...] = ("sms", "push", "email", "call")
_ALL = (*_MEDIA, "visit", "letter")
_USUAL = {"frequency": ("call",), "pause": ("call",), "consent": _MEDIA}
_STARTS = 29_420_640  # 2025-12-09T00:00Z, in minutes since 1970
_BLOCK, _BLOCKS = 15, 4 * 24 * 420
_CONSENTS = (-1, 0, 1, 2, *[9_999] * 12)
_AHEAD = 40 * 24 * 60
_FAR = 25_000  # 2038, in days since 1970


@cache
def clock_of(zone: str) -> tuple[Ints, Ints]:
    """Return the day since 1970 and the minute of the day that a zone's clock shows at each minute of the year."""
    begins = [datetime.fromtimestamp((_STARTS + _BLOCK * k) * 60, UTC) for k in range(_BLOCKS)]
    offsets = [begin.astimezone(ZoneInfo(zone)).utcoffset() or timedelta() for begin in begins]
    local = _STARTS + np.arange(_BLOCK * _BLOCKS) + np.repeat([int(o.total_seconds()) // 60 for o in offsets], _BLOCK)
    return local // 1440, local % 1440


@cache
def pack_of(name: str, hours: tuple[int, int]) -> dict[str, Any]:
    """Return a pack as its file says, with the bank's contact hours."""
    pack: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    opens, closes = (f"{hour:02d}:00" for hour in hours)
    own = {"kind": "hours", "opens": opens, "closes": closes, "effective": date(1970, 1, 1), "media": _MEDIA}
    pack["rules"]["contact_hours"] = own
    return pack


def lawful(pack: dict[str, Any], person: dict[str, Any], medium: str, strength: int, minutes: Ints) -> Mask:
    """Tell at which ``minutes`` a person may be contacted by a medium."""
    fine, at = np.ones(len(minutes), bool), minutes - _STARTS
    for zone in person["zones"] or pack["zones"] + person["also"]:
        day, clock = (shown[at] for shown in clock_of(zone))
        overdue = day > person["due_day"]
        for rule in pack["rules"].values():
            if medium not in rule.get("media", _USUAL.get(rule["kind"], _ALL)):
                continue
            kept = _kept(rule, person, medium, strength, zone, day, clock)
            if kept is not True:
                stages = rule.get("stages", ["before_due", "overdue"])
                binds = np.where(overdue, "overdue" in stages, "before_due" in stages)
                fine &= ~binds | (day < _day(rule["effective"])) | kept
    return fine


def _kept(
    rule: dict[str, Any], person: dict[str, Any], medium: str, strength: int, zone: str, day: Ints, clock: Ints
) -> Mask | bool:
    match rule["kind"]:
        case "hours":
            opens, closes = (int(text[:2]) * 60 + int(text[3:]) for text in (rule["opens"], rule["closes"]))
            waived = rule.get("unless_night_consent", False) and person["night_until"] is not None
            return ((opens <= clock) & (clock < closes)) | (waived and day <= person["night_until"])
        case "frequency":
            return not person["log"] or _met(rule, person, rule["counted"], zone, day) < rule["most"]
        case "pause":
            return not person["log"] or _met(rule, person, "conversations", zone, day) == 0
        case "consent":
            until = person["consent"][medium]
            return until is not None and (until > _FAR or day <= until)
        case "opt_out":
            return not any(told and channel == medium for _, channel, _, told, _ in person["log"])
        case "stop":
            return person["stop"] not in rule["flags"]
        case "care":
            return not person["vulnerable"] or strength <= ["gentle", "standard"].index(rule["strongest"]) + 1
    return True


def _met(rule: dict[str, Any], person: dict[str, Any], counted: str, zone: str, day: Ints) -> Ints:
    found = np.zeros(len(day), np.int64)
    for at, channel, conversation, _, loan in person["log"]:
        if channel not in rule.get("media", ["call"]) or (rule["per"] == "debt" and loan != person["loan"]):
            continue
        if counted == "attempts" or (counted == "conversations") == conversation:
            found += clock_of(zone)[0][at // 60 - _STARTS] >= day - rule["days"] + 1
    return found


def _day(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()


def random_moment(rng: np.random.Generator) -> datetime:
    """Return a moment of 2026: half of them within two days of a change of clocks, many at a whole hour."""
    if rng.random() < 0.5:
        base = datetime.fromisoformat(str(rng.choice(CHANGES))).replace(tzinfo=UTC)
        at = base + timedelta(seconds=int(rng.integers(-2 * 86_400, 86_400)))
    else:
        at = datetime(2026, 1, 15, tzinfo=UTC) + timedelta(seconds=int(rng.integers(0, 330 * 86_400)))
    return at.replace(minute=0, second=0) if rng.random() < 0.3 else at


def random_book(rng: np.random.Generator, n: int, now: datetime) -> tuple[Book, list[dict[str, Any]]]:
    """Return n customers with two debts each, and what the checker knows of them."""
    people = [_person(rng, k, now) for k in range(n)]
    customers = pd.DataFrame([_customer(person) for person in people])
    debts = [(person, debt) for person in people for debt in (0, 1)]
    loans = {"loan_id": [f"{p['name']}-{d}" for p, d in debts], "customer_id": [p["name"] for p, _ in debts]}
    fixed = {"product": "consumer", "opened_on": "2020-01-01", "principal": 100.0, "annual_rate": 0.1}
    due = [_iso(p["due_day"] if d == p["loan"] else p["due_day"] + 9) for p, d in debts]
    instalments = pd.DataFrame({"loan_id": loans["loan_id"], "instalment_no": 1, "due_date": due, "amount_due": 100.0})
    sent = [_contact(person, k) for person in people for k in range(len(person["log"]))]
    tables = {"customers": customers, "loans": pd.DataFrame(loans | fixed), "instalments": instalments}
    tables |= {"reminders": pd.DataFrame(sent, columns=_COLUMNS)}
    tables |= {"payments": pd.DataFrame(columns=["loan_id", "instalment_no", "paid_at", "amount"])}
    tables |= {"incomes": pd.DataFrame(columns=["customer_id", "received_on", "amount", "source"])}
    tables |= {"credit": pd.DataFrame(columns=["customer_id", "observed_on"])}
    return Book.of(tables), people


_COLUMNS = [
    "reminder_id", "customer_id", "loan_id", "instalment_no", "sent_at", "channel", "intensity", "delivered", "read",
    "conversation", "replied", "reply_text", "cost",
]  # fmt: skip


def _person(rng: np.random.Generator, k: int, now: datetime) -> dict[str, Any]:
    home = ZONES[rng.integers(len(ZONES))]
    other = ZONES[rng.integers(len(ZONES) - 1)] if rng.random() < 0.15 else None
    also = [other] if other else []
    today = int(now.timestamp() // 86_400)
    consent = {m: None if rng.random() < 0.08 else today + _some(rng, _CONSENTS) for m in _MEDIA}
    return {
        "name": f"c{k:05d}",
        "zones": [home, *also] if home else [],
        "also": also,
        "due_day": today + _some(rng, (-40, -8, -1, 0, 1, 3)),
        "loan": int(rng.integers(2)),
        "consent": consent,
        "night_until": today + _some(rng, (-1, 0, 1, 30)) if rng.random() < 0.3 else None,
        "stop": rng.choice(["dispute", "plan_signed", "legal"]) if rng.random() < 0.05 else None,
        "vulnerable": bool(rng.random() < 0.2),
        "log": sorted(_logged(rng, now), key=lambda contact: contact[0]),
    }


def _logged(rng: np.random.Generator, now: datetime) -> list[tuple[int, str, bool, bool, int]]:
    """Return contacts (second, channel, conversation, told to stop, debt): few or many, and some still to come."""
    days, calls = (1, 14) if rng.random() < 0.4 else (10, 18)
    seconds = int(now.timestamp()) - rng.integers(-3_600, days * 86_400, rng.integers(0, calls))
    talk = rng.choice([0.0, 0.1, 0.8])
    channels = ["call" if rng.random() < 0.7 else _MEDIA[rng.integers(3)] for _ in seconds]
    return [
        (int(s), c, c == "call" and bool(rng.random() < talk), bool(rng.random() < 0.01), int(rng.random() < 0.3))
        for s, c in zip(seconds, channels, strict=True)
    ]


def _some(rng: np.random.Generator, days: tuple[int, ...]) -> int:
    return int(days[rng.integers(len(days))])


def _iso(day: int | None) -> str | None:
    return None if day is None else min(date(1970, 1, 1) + timedelta(days=day), date(2100, 1, 1)).isoformat()


def _customer(person: dict[str, Any]) -> dict[str, Any]:
    agreed = {f"consent_{m}": until is not None for m, until in person["consent"].items()}
    ends = {f"consent_{m}_until": _iso(until) for m, until in person["consent"].items()}
    return {
        "customer_id": person["name"],
        "timezone": person["zones"][0] if person["zones"] else None,
        "timezone_other": person["also"][0] if person["also"] else None,
        "language": "en",
        **agreed,
        **ends,
        "consent_night_until": _iso(person["night_until"]),
        "stop_flag": person["stop"],
        "vulnerable": person["vulnerable"],
    }


def _contact(person: dict[str, Any], k: int) -> tuple[Any, ...]:
    at, channel, conversation, told, debt = person["log"][k]
    moment = datetime.fromtimestamp(at, UTC).isoformat()
    who, text = person["name"], "STOP" if told else None
    sent = (f"{who}-{k}", who, f"{who}-{debt}", 1, moment, channel, "gentle")
    return (*sent, True, False, conversation, told, text, 0.0)


def of_pack(settings: PolicySettings, name: str, hours: ContactHours) -> PolicySettings:
    """Return a policy of one action a medium and strength under a pack, in which only the contact rules say no."""
    actions = [Action(), *(Action(channel=medium, intensity="gentle") for medium in _MEDIA), Action("call", "standard")]
    return replace(
        settings,
        rules=read_pack(name),
        contact_hours=hours,
        actions={action_id(a.channel, a.intensity, a.offer): a for a in actions},
        ladder={stage: dict.fromkeys(settings.tiers, "firm") for stage in settings.stages},
        stance_limits=dict.fromkeys(settings.stance_limits, dict.fromkeys(settings.stages, "firm")),
    )


def mistakes(
    settings: PolicySettings, name: str, book: Book, people: list[dict[str, Any]], now: datetime
) -> tuple[list[str], Counter[str]]:
    """Return what is wrong with the decisions of a policy under a pack, in words, and how many were of each kind."""
    blocked, windows = _decided(settings, book, people, now)
    reasons = [reason.id for reason in settings.rulebook.reasons]
    pack = pack_of(name, (settings.contact_hours.from_hour, settings.contact_hours.until_hour))
    found, kinds, second = [], Counter[str](), int(now.timestamp())
    for i, person in enumerate(people):
        known = person | {"log": [contact for contact in person["log"] if contact[0] <= second]}
        window = (int(windows.earliest[i]), int(windows.latest[i]))
        for a, action in enumerate(settings.actions.values()):
            if action.channel is None:
                continue
            why, until = reasons[blocked.codes[i, a]], int(blocked.until[i, a])
            kind = "allowed" if why == "allowed" else "never" if until > second + 2 * _AHEAD * 60 else "deferred"
            kinds[kind] += 1
            wrong = _wrong(pack, known, action.channel, action.strength, second, kind, until, window)
            found += [f"{name}, {action.channel} at {now}, {why}: {wrong}; {known}"] if wrong else []
    return found, kinds


def _decided(
    settings: PolicySettings, book: Book, people: list[dict[str, Any]], now: datetime
) -> tuple[Blocked, Windows]:
    history, ledger, zeros = history_of(book, pd.Timestamp(now)), book.ledger, np.zeros(len(people), np.int64)
    loan = pd.Index(book.loans["loan_id"]).get_indexer([f"{p['name']}-{p['loan']}" for p in people])
    of_loan = np.empty(len(book.loans), np.int64)
    of_loan[ledger.loans["row"][ledger.instalments["loan"]]] = np.arange(len(book.loans))
    standing = Standing(ledger, history.customer, history.at, of_loan[loan], zeros, zeros, zeros, zeros)
    windows = sending(history, now, standing.due_day, settings.rulebook, None).windows
    return blocked_by(standing, settings, windows), windows


def _wrong(
    pack: dict[str, Any],
    person: dict[str, Any],
    medium: str,
    strength: int,
    now: int,
    kind: str,
    until: int,
    window: tuple[int, int],
) -> str:
    """Return what is wrong with one answer: an unlawful minute, a lawful one passed over, or a moment that is none."""
    first = now // 60
    if kind == "allowed":
        minutes = np.arange(window[0] // 60, -(-window[1] // 60))
        if not lawful(pack, person, medium, strength, minutes).all():
            return "a minute of the window is not lawful"
    if kind == "never":
        seen = np.concatenate([first + np.arange(1440), -(-first // 15) * 15 + np.arange(0, _AHEAD, 15)])
        return "a minute is lawful" if lawful(pack, person, medium, strength, seen).any() else ""
    fine = lawful(pack, person, medium, strength, np.arange(first, until // 60 + 1))
    if until != now and until % 60:
        return "deferred to no whole minute"
    if fine[:-1].any():
        return "a lawful minute was passed over"
    return "" if fine[-1] else "deferred to a minute that is not lawful"
