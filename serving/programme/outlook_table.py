"""A customer's coming weeks as a table: each stage, what would be sent, and under which rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table

from features.feature import Language
from serving.contract import CustomerDecision
from serving.policy_settings import PolicySettings
from serving.programme.outlook import Step
from serving.programme.programmes import STANDARD

_NO_REMINDER: dict[Language, str] = {"en": "nothing", "zh": "不提醒"}
_LINES = 8
"""How much of a message is shown."""

_WORD: dict[Language, str] = {"en": "a person decides first", "zh": "须由人工决定"}


def outlook_table(steps: Sequence[Step], settings: PolicySettings, language: Language) -> Table:
    """Return a table with a row a step; messages and rules in ``language``."""
    title = f"{steps[0].decision.customer_id}: the coming weeks, if nothing is paid"
    table = Table(title=title, title_justify="left", show_lines=True)
    for heading in ("day", "stage"):
        table.add_column(heading, no_wrap=True)
    for heading in ("what would be sent", "message", "under which rule"):
        table.add_column(heading, ratio=1, overflow="fold")
    for step in steps:
        table.add_row(*_cells(step, settings, language))
    return table


def _cells(step: Step, settings: PolicySettings, language: Language) -> Iterator[str]:
    decision = step.decision
    yield f"{step.at:%Y-%m-%d}"
    due = decision.instalment
    yield "nothing due" if due is None else f"{due.stage}\n{due.days_past_due:+d} days"
    yield "\n".join(_sent(decision, language))
    yield _begun(decision.recommendation.message or "")
    yield "\n".join(rules_of(decision, settings))


def _begun(message: str) -> str:
    """Return how a message begins: that of a call is a sheet of a page."""
    lines = message.splitlines()
    return message if len(lines) <= _LINES else "\n".join((*lines[:_LINES], "…"))


def _sent(decision: CustomerDecision, language: Language) -> Iterator[str]:
    chosen = decision.recommendation
    yield _NO_REMINDER[language] if chosen.channel is None else chosen.action
    if chosen.send_at is not None:
        yield f"{chosen.send_at.earliest:%H:%M} to {chosen.send_at.latest:%H:%M}"
    if decision.escalation is not None:
        yield f"{decision.escalation.action}: {decision.escalation.words[language]}"
    if chosen.requires_human:
        yield _WORD[language]


def rules_of(decision: CustomerDecision, settings: PolicySettings) -> Iterator[str]:
    """Yield the rules of a decision: how far the ladder goes, what suits the stance, and what blocked what."""
    if decision.instalment is not None:
        own = settings.programmes.get(decision.programme)
        stage = decision.instalment.stage
        rung = settings.ladder[stage] if own is None else own.ladder.get(stage, settings.ladder[stage])
        name = "ladder" if decision.programme == STANDARD else f"ladder of {decision.programme}"
        yield f"{name}, {stage}, {decision.tier}: {_most(rung[decision.tier])}"
        yield f"stance {decision.stance}: {_most(settings.stance_limit(decision.stance, stage))}"
    by_rule: dict[str, list[str]] = {}
    for one in decision.blocked:
        if one.rule_id not in ("ladder", "stance", "nothing_due"):
            until = "" if one.until is None else f" until {one.until:%Y-%m-%d %H:%M}"
            by_rule.setdefault(one.rule_id + until, []).append(one.action)
    yield from (f"{rule}: not {', '.join(actions)}" for rule, actions in by_rule.items())


def _most(intensity: str | None) -> str:
    return "no reminder" if intensity is None else f"at most {intensity}"
