"""Each situation as a page that a bank officer reads, one file a language, entirely in that language.

``DUEWISE_RENEW_GOLDEN=1 .venv/bin/pytest tests/serving/situations/test_golden.py`` writes them anew; read the
difference before it is committed. What must be true of a decision is not here but in ``books/``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from serving.contract import Blocked, CustomerDecision, WireMessage
from serving.explanation.action_words import ActionWords
from serving.explanation.phrasing import moment
from serving.messages.occasion import tail_of
from serving.messages.words import day_told
from serving.stance.sides import BEARINGS

GOLDEN = Path(__file__).parent / "golden"
RENEW = "DUEWISE_RENEW_GOLDEN"

WORDS = {
    "facts": ("事实", "The facts"),
    "decision": ("决定", "The decision"),
    "message": ("消息", "The message"),
    "plan": ("还款方案", "The repayment plan"),
    "step": ("另请人工考虑", "Put to a person besides"),
    "risk": ("为什么是这个风险", "Why this risk"),
    "action": ("为什么这样做", "Why this action"),
    "customer": ("可以告诉客户的", "What the customer may be told"),
    "person": ("怎样改由人工办理", "How to ask for a person"),
    "blocked": ("什么不可用，依据哪条规则", "What is not allowed, by which rule"),
    "weeks": ("今后几周（若一直未还）", "The coming weeks, if nothing is paid"),
    "as_of": ("时间：{0}（{1}），适用{2}规则", "As of {0} ({1}), under the rules of {2}"),
    "unknown_zone": ("时区不详", "time zone not known"),
    "born": ("{0}年生", "born {0}"),
    "no_consent": ("未同意：{0}", "no consent to: {0}"),
    "until": ("同意{0}至{1}", "consent to {0} until {1}"),
    "flag": ("标记：{0}", "mark: {0}"),
    "vulnerable": ("需特别关照", "vulnerable"),
    "loan": ("{0}，年利率{1:.2f}%", "{0}, {1:.2f} % a year"),
    "signed": ("，{0}签还款方案", ", repayment plan signed on {0}"),
    "due": ("第{0}期{1}到期{2}：{3}", "no. {0}, {2} due on {1}: {3}"),
    "on_day": ("当天还清", "paid on the day"),
    "early": ("提前{0}天还清", "paid {0} early"),
    "late": ("晚{0}天还清", "paid {0} late"),
    "open": ("未还", "open"),
    "part": ("已还{0}，其余未还", "{0} paid, the rest open"),
    "income": ("近几个月收入：{0}", "Income of late: {0}"),
    "no_income": ("账户上没有收入记录", "No income is seen on the accounts"),
    "sent": ("{0}，{1}：{2}", "{0}, {1}: {2}"),
    "read": ("已读", "read"),
    "unread": ("未读未回", "neither read nor answered"),
    "talked": ("已通话", "spoken to"),
    "replied": ("回复“{0}”", "answered “{0}”"),
    "effects": ("各方式使7天内还款概率提高（百分点）：{0}", "Each reminder raises the chance of payment within 7 days by (points): {0}"),
    "price": ("今天每通电话计价：{0}", "A call is charged today: {0}"),
    "chance": ("违约概率{0:.1f}%，风险等级“{1}”", "Chance of default {0:.1f} %, tier {1}"),
    "stance": ("客户类型：{0}", "Stance: {0}"),
    "for": ("支持：{0}", "for: {0}"),
    "against": ("相反：{0}", "against: {0}"),
    "programme": ("提醒方案：{0}", "Programme: {0}"),
    "do": ("建议：{0}", "Recommended: {0}"),
    "nothing": ("不提醒", "no reminder"),
    "when": ("发送时间：{0}至{1:%H:%M}", "To go out from {0} to {1:%H:%M}"),
    "stands": ("{0}：{1}{2}", "{0}: {1}{2}"),
    "besides": ("；另请人工考虑{0}", "; put to a person besides: {0}"),
    "human": ("（先由人工决定）", " (a person decides first)"),
    "follow_up": ("（须由人工跟进）", " (a person follows up)"),
    "nothing_due": ("没有待还款项", "nothing is due"),
    "overdue": ("逾期第{0}天", "{0} past due"),
    "today": ("到期日", "due today"),
    "ahead": ("到期前{0}天", "{0} ahead"),
    "bank": ("对银行：", "For the bank:"),
    "them": ("对客户：", "For the customer:"),
    "title": ("标题：{0}", "Title: {0}"),
    "length": ("（{0}条短信，{1}字）", "({0} text messages, {1} characters)"),
    "rule": ("{0}：{1}", "{0}: {1}"),
    "back": ("{0}，{1}起可用：{2}", "{0}, from {1} on: {2}"),
}  # fmt: skip
MARKS = {
    "dispute": ("异议中", "dispute"), "hardship": ("困难", "hardship"), "plan_signed": ("已签还款方案", "plan signed"),
    "deceased": ("已去世", "deceased"), "bankruptcy": ("破产", "bankruptcy"), "legal": ("诉讼", "legal"),
}  # fmt: skip
WEEKDAYS = ("一二三四五六日", ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
RULES = {
    "cn": ("中国", "China"),
    "us": ("美国", "the United States"),
    "in": ("印度", "India"),
    "uk": ("英国", "the United Kingdom"),
    "eu": ("欧盟", "the European Union"),
}
SHOWN = 6
"""The newest instalments, incomes and reminders that a page shows."""


class Page:
    """The words of one language, and the lines of a situation in them."""

    def __init__(self, looked: Any) -> None:
        self.looked, self.language, self.desk = looked, looked.language, looked.desk
        self.place = ("zh", "en").index(looked.language)
        self.actions = ActionWords(self.desk.explanations, self.desk.settings, self.desk.texts)

    def say(self, name: str, *parts: Any) -> str:
        return WORDS[name][self.place].format(*parts)

    def day(self, day: Any) -> str:
        return day_told(pd.Timestamp(day).date(), self.language)

    def days(self, count: int) -> str:
        return str(count) if self.language == "zh" else f"{count} day" + "s" * (count != 1)

    def weekday(self, day: date) -> str:
        return f"星期{WEEKDAYS[0][day.weekday()]}" if self.language == "zh" else WEEKDAYS[1][day.weekday()]

    def money(self, amount: float) -> str:
        return self.desk.texts.money(round(100 * amount), self.language)

    def listed(self, words: Sequence[str]) -> str:
        return ("；" if self.language == "zh" else "; ").join(words)

    @property
    def comma(self) -> str:
        return "，" if self.language == "zh" else ", "

    def step(self, name: str) -> str:
        words: str = self.desk.settings.escalation.texts.names[name].words[self.language]
        return words

    def action(self, name: str) -> str:
        return self.say("nothing") if name == "none" else self.actions.named(name)[self.language]

    def lines(self) -> Iterator[str]:
        decision, words = self.looked.decision, self.looked.decision.explanation
        yield self.looked.situation.story[self.language]
        sections: dict[str, Iterator[str]] = {
            "facts": self.facts(),
            "decision": self.decided(decision),
            "message": self.message(decision.recommendation.content),
            "plan": self.plan(decision),
            "step": iter([] if decision.escalation is None else [decision.escalation.words[self.language]]),
            "risk": iter([words.risk[self.language]]),
            "action": iter([words.action[self.language]]),
            "customer": iter([words.customer[self.language]]),
            "person": iter([words.person[self.language]]),
            "blocked": self.blocked(decision.blocked),
            "weeks": self.weeks(),
        }
        for name, told in sections.items():
            own = list(told)
            if own:
                yield from ("", f"== {self.say(name)}", *own)

    def facts(self) -> Iterator[str]:
        situation, book = self.looked.situation, self.looked.book
        zone = book.customers["timezone"].iloc[0]
        at = f"{moment(situation.as_of)[self.language]}{self.comma}{self.weekday(situation.as_of.date())}"
        yield self.say(
            "as_of", at, self.say("unknown_zone") if pd.isna(zone) else zone, RULES[situation.pack][self.place]
        )
        yield self.listed(list(self.who(book.customers.iloc[0])))
        for loan in book.loans.itertuples():
            yield from self.loan(loan, book)
        newest = book.incomes.sort_values("received_on").tail(SHOWN)
        told = [f"{self.day(row.received_on)} {self.money(row.amount)}" for row in newest.itertuples()]
        yield self.say("income", self.listed(told)) if told else self.say("no_income")
        yield from (self.reminder(row) for row in book.reminders.tail(SHOWN).itertuples())
        effects = [f"{self.action(name)} {points}" for name, points in situation.response.points.items()]
        yield self.say("effects", self.listed(effects))
        if "call_price" in situation.told:
            yield self.say("price", self.money(situation.told["call_price"]))

    def who(self, row: Any) -> Iterator[str]:
        if not pd.isna(row.birth_date):
            yield self.say("born", row.birth_date.year)
        channels = {
            c: self.desk.explanations.channels[c].words[self.language] for c in ("sms", "push", "email", "call")
        }
        refused = [word for channel, word in channels.items() if not row[f"consent_{channel}"]]
        if refused:
            yield self.say("no_consent", self.listed(refused))
        for channel, word in channels.items():
            last = row.get(f"consent_{channel}_until")
            if last is not None and not pd.isna(last):
                yield self.say("until", word, self.day(last))
        if not pd.isna(row.stop_flag):
            yield self.say("flag", MARKS[row.stop_flag][self.place])
        if row.vulnerable:
            yield self.say("vulnerable")

    def loan(self, loan: Any, book: Any) -> Iterator[str]:
        account = None if pd.isna(loan.account_masked) else loan.account_masked
        name = self.desk.texts.debt(loan.product, tail_of(account), self.language)
        signed = "" if pd.isna(loan.plan_signed_on) else self.say("signed", self.day(loan.plan_signed_on))
        yield self.say("loan", name, 100 * loan.annual_rate) + signed
        own = book.instalments[book.instalments["loan_id"] == loan.loan_id]
        today = self.looked.situation.as_of.tz_localize(None)
        reached = own[own["due_date"] <= today + pd.Timedelta(days=31)]
        told = [self.instalment(row, loan.loan_id, book) for row in reached.itertuples()]
        newest = len(told) - SHOWN
        yield from ("  " + words for k, (words, settled) in enumerate(told) if k >= newest or not settled)

    def instalment(self, row: Any, loan_id: str, book: Any) -> tuple[str, bool]:
        """Return an instalment and what came in for it, and whether that is all of it."""
        paid = book.payments[
            (book.payments["loan_id"] == loan_id) & (book.payments["instalment_no"] == row.instalment_no)
        ]
        due = (row.instalment_no, self.day(row.due_date), self.money(row.amount_due))
        return self.say("due", *due, self.paid(row, paid)), paid["amount"].sum() >= row.amount_due

    def paid(self, row: Any, paid: pd.DataFrame) -> str:
        total = paid["amount"].sum()
        if total < row.amount_due:
            return self.say("part", self.money(total)) if total else self.say("open")
        settled = paid["paid_at"].max().tz_convert(self.looked.situation.zone).tz_localize(None)
        late = (settled.normalize() - row.due_date).days
        return self.say("late" if late > 0 else "early", self.days(abs(late))) if late else self.say("on_day")

    def reminder(self, row: Any) -> str:
        offer = None if pd.isna(row.offer) else row.offer
        name = "_".join(filter(None, (row.channel, row.intensity, offer)))
        what = self.action(name) if name in self.desk.settings.actions else self.step(row.channel)
        became = self.say("talked") if row.conversation else self.say("read") if row.read else self.say("unread")
        if row.replied:
            became = self.say("replied", row.reply_text)
        return self.say("sent", moment(row.sent_at.tz_convert(self.looked.situation.zone))[self.language], what, became)

    def decided(self, decision: CustomerDecision) -> Iterator[str]:
        chosen, texts = decision.recommendation, self.desk.explanations
        yield self.say(
            "chance", 100 * decision.default_probability, self.desk.reasons.tier(decision.tier)[self.language]
        )
        yield self.say("stance", texts.stances[decision.stance].words[self.language])
        for name, wanted in (("for", True), ("against", False)):
            told = [
                one.words[self.language] for one in decision.evidence if self.supports(decision, one.side) == wanted
            ]
            if told:
                yield "  " + self.say(name, self.listed(told))
        if decision.programme != "standard":
            yield self.say("programme", decision.programme)
        yield self.say("do", self.action(chosen.action)) + self.human(decision)
        if chosen.send_at is not None:
            own = "" if chosen.send_at.earliest.utcoffset() or self.looked.situation.pack == "uk" else " UTC"
            yield self.say("when", moment(chosen.send_at.earliest)[self.language], chosen.send_at.latest) + own

    def human(self, decision: CustomerDecision) -> str:
        chosen = decision.recommendation
        return self.say("follow_up" if chosen.action == "none" else "human") if chosen.requires_human else ""

    def supports(self, decision: CustomerDecision, side: str) -> bool:
        return side in BEARINGS[decision.stance].supporting

    def message(self, content: WireMessage | None) -> Iterator[str]:
        if content is None:
            return
        if content.title is not None:
            yield self.say("title", content.title)
        yield content.body
        if content.length is not None:
            yield self.say("length", content.length.segments, content.length.characters)

    def plan(self, decision: CustomerDecision) -> Iterator[str]:
        if decision.plan is None:
            return
        if decision.plan.customer is not None:
            yield self.say("them")
            yield decision.plan.customer[self.language]
        yield self.say("bank")
        yield decision.plan.bank[self.language]

    def blocked(self, blocked: Sequence[Blocked]) -> Iterator[str]:
        by_rule: dict[Any, list[str]] = {}
        for one in blocked:
            by_rule.setdefault((one.rule_id, one.citation, one.until), []).append(self.action(one.action))
        for (rule_id, citation, until), actions in by_rule.items():
            limit = self.desk.explanations.limits.get(rule_id)
            rule = citation if limit is None else limit.words[self.language]
            if rule_id in self.desk.explanations.rules:
                rule = f"{self.desk.explanations.rules[rule_id].words[self.language]} [{citation}]"
            named = ("、" if self.language == "zh" else ", ").join(actions)
            yield (
                self.say("rule", named, rule)
                if until is None
                else self.say("back", named, moment(until)[self.language], rule)
            )

    def weeks(self) -> Iterator[str]:
        for step in self.looked.steps:
            decision, due = step.decision, step.decision.instalment
            chosen = decision.recommendation
            day = f"{self.day(step.at)}{self.comma}{self.weekday(step.at.date())}"
            if due is None:
                stands = self.say("nothing_due")
            else:
                late = due.days_past_due
                stands = (
                    self.say("today")
                    if late == 0
                    else self.say("overdue" if late > 0 else "ahead", self.days(abs(late)))
                )
            besides = "" if decision.escalation is None else self.say("besides", self.step(decision.escalation.action))
            yield self.say(
                "stands", f"{day}{self.comma}{stands}", self.action(chosen.action), self.human(decision) + besides
            )
            if (
                chosen.content is not None
                and chosen.content.channel in ("sms", "push")
                and step is not self.looked.steps[0]
            ):
                yield f"    {chosen.content.body}"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_situation_reads_as_its_golden_file(situation: Any, language: str, look: Callable[[Any, str], Any]) -> None:
    found = "\n".join([*Page(look(situation, language)).lines(), ""])
    file = GOLDEN / f"{situation.name}.{language}.txt"
    if os.environ.get(RENEW) == "1":
        file.write_text(found, encoding="utf-8")
    assert file.is_file(), f"{file.name} is missing; {RENEW}=1 writes it"
    assert found == file.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over(names: frozenset[str]) -> None:
    assert {file.name for file in GOLDEN.iterdir()} == {
        f"{name}.{language}.txt" for name in names for language in ("zh", "en")
    }
