"""The day-by-day run: instalments come up, the ladder decides, and seven days later they are paid or not.

An instalment's decisions lie seven days apart and their windows never overlap: a payment on the day of a
decision falls after the moment at which the window before it closed. So each outcome is one draw with
exactly the truth's probability.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from training.simulation.actions import DAYPART_HOURS, channel_codes
from training.simulation.arrays import Floats, Ints, Mask, expit, uniforms
from training.simulation.bank import Bank
from training.simulation.contact import OPT_OUT, Answer, Attempt, answers
from training.simulation.ladder import View, allowed_actions, choose, first_stage
from training.simulation.records import Decisions, Receipts, joined_decisions, joined_receipts
from training.simulation.response import WINDOW_DAYS, State, base_probability, effects, with_rhythm
from training.simulation.standing import Standing, days_to_income, opening_standing, state_of
from training.simulation.suitability import Suitability

Progress = Callable[[int, int], None]

LAST_DECISION_DAY = 70

_ADMITTED_BEFORE_DUE = 15
_LATE_PAYERS = 0.3
_LAST_SECOND = 86_000
_SMALLEST_SPLIT_CENTS = 2_000


@dataclass(frozen=True)
class Run:
    """All that happened: the decisions, the receipts before the end, and where things stand then."""

    decisions: Decisions
    receipts: Receipts
    standing: Standing


@dataclass(frozen=True)
class Desk:
    """One run under way; ``agenda`` holds, for each day, the instalments to decide about."""

    bank: Bank
    suitability: Suitability
    standing: Standing
    agenda: list[list[Ints]]
    decisions: list[Decisions]
    receipts: list[Receipts]
    randomised: float
    rng: np.random.Generator

    def book(self, instalment: Ints, days: Ints) -> None:
        """Put instalments on the agenda of ``days``; those after the end are dropped."""
        for day in np.unique(days[days < len(self.agenda)]):
            self.agenda[day].append(instalment[days == day])

    def receive(self, instalment: Ints, days: Ints, seconds: Ints, cents: Ints) -> None:
        """Write down payments and take them off what remains."""
        self.standing.remaining[instalment] -= cents
        self.receipts.append(Receipts(instalment, days.astype(np.int32), seconds.astype(np.int32), cents))


def run_programme(bank: Bank, randomised: float, rng: np.random.Generator, progress: Progress | None) -> Run:
    """Run every day of the bank's span; ``progress(done, months)`` is called as each month ends."""
    span = bank.span
    agenda: list[list[Ints]] = [[] for _ in range(span.days)]
    desk = Desk(bank, Suitability.of(bank), opening_standing(bank), agenda, [], [], randomised, rng)
    coming = _coming(bank)
    for day in range(span.days):
        desk.standing.fade()
        _admit(desk, coming[day], day)
        _decide(desk, np.concatenate([coming[day][:0], *desk.agenda[day]]), day)
        desk.agenda[day].clear()
        if progress is not None and span.month_of(day + 1) > span.month_of(day):
            progress(span.month_of(day + 1), span.months)
    receipts = joined_receipts(desk.receipts, span.days)
    return Run(joined_decisions(desk.decisions), receipts, desk.standing)


def _coming(bank: Bank) -> list[Ints]:
    """Return, for each day, the instalments that come up on it."""
    admitted = np.maximum(bank.schedule.due - _ADMITTED_BEFORE_DUE, 0)
    order = np.argsort(admitted, kind="stable").astype(np.int32)
    edges = np.searchsorted(admitted[order], np.arange(bank.span.days + 1))
    return [order[low:high] for low, high in pairwise(edges)]


def _view(desk: Desk, instalment: Ints, day: int) -> View:
    customer = desk.bank.schedule.customer[instalment]
    return View(
        days=day - desk.bank.schedule.due[instalment],
        lateness=desk.standing.lateness[customer],
        cents=desk.bank.schedule.cents[instalment],
        hunch=desk.bank.traits.hunch[customer],
    )


def _admit(desk: Desk, instalment: Ints, day: int) -> None:
    """Settle those who pay early on their own; the others get their first decision day."""
    rng, schedule = desk.rng, desk.bank.schedule
    state = state_of(desk.bank, desk.standing, instalment, day)
    first = np.maximum(schedule.due[instalment] + first_stage(_view(desk, instalment, day), rng), day)
    ahead = np.ceil(13 * uniforms(rng, len(instalment)) ** 1.5).astype(np.int32)
    early_day = np.maximum(schedule.due[instalment] - ahead, day)
    early = (uniforms(rng, len(instalment)) < _pays_early(state)) & (early_day < first)
    payer = instalment[early]
    desk.standing.settle(schedule.customer[payer], payer, early_day[early])
    desk.receive(payer, early_day[early], _waking_seconds(len(payer), rng), desk.standing.remaining[payer])
    desk.book(instalment[~early], first[~early])


def _pays_early(state: State) -> Floats:
    readiness = 0.5 + 0.7 * state.punctual + 1.2 * state.autopay
    readiness -= 3.0 * state.forgetful + 2.2 * state.tight + 1.0 * state.strategic
    return expit(readiness)


def _decide(desk: Desk, instalment: Ints, day: int) -> None:
    """Decide about each instalment, draw what follows within seven days, and write both down."""
    bank, standing, rng = desk.bank, desk.standing, desk.rng
    customer = bank.schedule.customer[instalment]
    state = state_of(bank, standing, instalment, day)
    base = base_probability(state)
    effect = effects(state, base)
    consents = bank.people.consents[customer] & ~standing.opted_out[customer]
    allowed = allowed_actions(consents, state.stopped, desk.suitability.suits(customer, day))
    action, propensity = choose(_view(desk, instalment, day), allowed, desk.randomised, rng)
    daypart = rng.integers(0, len(DAYPART_HOURS), len(action)).astype(np.int8)
    second = _sending_seconds(daypart, rng)
    rhythm = np.take_along_axis(bank.traits.rhythm[customer], daypart[:, None].astype(np.intp), axis=1)[:, 0]
    taken = np.take_along_axis(effect, action[:, None].astype(np.intp), axis=1)
    paid = uniforms(rng, len(action)) < with_rhythm(base, taken, rhythm)[:, 0]
    after = _days_to_payment(desk, customer, action > 0, state, day)
    lost = bank.traits.income_lost[customer, bank.span.month_of(day)]
    answer = answers(state, Attempt(action, rhythm, lost, np.where(paid, after, -1)), rng)
    desk.decisions.append(
        Decisions(
            instalment=instalment,
            day=np.full(len(action), day, dtype=np.int32),
            second=second,
            action=action,
            daypart=daypart,
            allowed=allowed,
            propensity=propensity,
            base=base,
            effect=effect,
            paid=paid,
            **vars(answer),
        )
    )
    _follow(desk, _Window(instalment, state, day, second, paid, after))
    standing.contacted(customer, action)
    _honour_opt_outs(standing, customer, action, answer)


@dataclass(frozen=True)
class _Window:
    """The seven days after the decisions of ``day``: who pays in full, and on which day of the window.

    Who does not pay in full may pay a part on that day.
    """

    instalment: Ints
    state: State
    day: int
    second: Ints
    paid: Mask
    after: Ints


def _follow(desk: Desk, window: _Window) -> None:
    """Take the payments of the window and book what stays unpaid."""
    standing, instalment, paid = desk.standing, window.instalment, window.paid
    customer = desk.bank.schedule.customer[instalment]
    standing.seen_overdue(customer, instalment, window.state.days)
    _take_payments(desk, window)
    standing.last_sent[instalment] = window.second
    standing.settle(customer[paid], instalment[paid], window.day + window.after[paid])
    again = ~paid & (window.state.days + WINDOW_DAYS <= LAST_DECISION_DAY)
    desk.book(instalment[again], np.full(int(again.sum()), window.day + WINDOW_DAYS))
    _leave(desk, instalment[~paid & ~again], window.day + WINDOW_DAYS)


def _take_payments(desk: Desk, window: _Window) -> None:
    """Take the full payments, and from some of those who do not pay in full a part."""
    rng, instalment, paid, n = desk.rng, window.instalment, window.paid, len(window.paid)
    remaining = desk.standing.remaining[instalment]
    partly = ~paid & (uniforms(rng, n) < 0.01 + 0.10 * window.state.tight * (window.state.days >= 0))
    some = paid | (partly & (remaining > _SMALLEST_SPLIT_CENTS))
    share = 0.1 + 0.5 * uniforms(rng, n)
    part = np.round(remaining * share, -2).astype(np.int64)
    opened = np.maximum(window.second, desk.standing.last_sent[instalment]) + 60
    same_day = opened + uniforms(rng, n) * (_LAST_SECOND - opened)
    second = np.where(window.after == 0, same_day, _waking_seconds(n, rng))
    cents = np.where(paid, remaining, part)
    desk.receive(instalment[some], window.day + window.after[some], second[some], cents[some])


def _leave(desk: Desk, instalment: Ints, day: int) -> None:
    """Stop deciding about ``instalment``; a few pay on their own much later."""
    late = instalment[uniforms(desk.rng, len(instalment)) < _LATE_PAYERS]
    days = (day + 1 + desk.rng.exponential(40.0, len(late))).astype(np.int32)
    desk.standing.settle(desk.bank.schedule.customer[late], late, days)
    desk.receive(late, days, _waking_seconds(len(late), desk.rng), desk.standing.remaining[late])


def _honour_opt_outs(standing: Standing, customer: Ints, action: Ints, answer: Answer) -> None:
    opted = answer.cause == OPT_OUT
    standing.opted_out[customer[opted], channel_codes()[action[opted]]] = True


def _days_to_payment(desk: Desk, customer: Ints, reminded: Mask, state: State, day: int) -> Ints:
    """Return on which day of the window (0 to 6) a payment arrives: sooner when reminded, or on pay day."""
    n, rng = len(customer), desk.rng
    drift = np.where(reminded, 1.7, 1.1)
    usual = np.floor(WINDOW_DAYS * uniforms(rng, n) ** drift).astype(np.int32)
    waits = state.pay_soon & (uniforms(rng, n) < 0.2 + 0.5 * state.tight)
    return np.where(waits, days_to_income(desk.bank, customer, day), np.minimum(usual, WINDOW_DAYS - 1))


def _sending_seconds(daypart: Ints, rng: np.random.Generator) -> Ints:
    hours = np.array(DAYPART_HOURS)[daypart] * 3_600
    seconds: Floats = hours[:, 0] + uniforms(rng, len(daypart)) * (hours[:, 1] - hours[:, 0] - 1)
    return seconds.astype(np.int32)


def _waking_seconds(n: int, rng: np.random.Generator) -> Ints:
    """Return seconds of the day from 08:00 to 22:00, and now and then at any hour."""
    usual = 28_800 + 50_400 * (uniforms(rng, n) + uniforms(rng, n)) / 2
    return np.where(uniforms(rng, n) < 0.04, 86_000 * uniforms(rng, n), usual).astype(np.int32)
