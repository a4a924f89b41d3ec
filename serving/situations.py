"""How a customer stands as the wire says it: the signals of the stance, what replies told, the plan, the escalation."""

from __future__ import annotations

from features.feature import Language
from features.tables.schema import OFFERS
from serving.actions import STANCES
from serving.contract import WireEscalation, WirePlan, WireSignal, Words
from serving.decide import Decisions
from serving.escalation.settings import STEPS
from serving.feedback.causes import CAUSES
from serving.messages import MessageTexts
from serving.messages.plan_words import PlanWords, plan_words
from serving.money import plain
from serving.plans import NoPlan, Plan, PlanSettings, plan_of
from serving.policy_settings import PolicySettings

_PLAN = OFFERS.index("plan")
_LANGUAGES: tuple[Language, ...] = ("en", "zh")


def signals_of(decisions: Decisions, row: int) -> list[WireSignal]:
    """Return the evidence of a customer's stance, what speaks for it first."""
    found = decisions.stances.evidence(row, decisions.X.row(row))
    return [WireSignal(one.signal, one.side, one.feature, one.value, one.words) for one in found]


def causes_of(decisions: Decisions, row: int) -> list[str]:
    """Return the causes that a customer's replies told and that hold."""
    return [cause for cause, holds in zip(CAUSES, decisions.held.causes[row], strict=True) if holds]


def escalation_of(decisions: Decisions, row: int) -> WireEscalation | None:
    """Return the step that a person is asked to decide on, None where there is none."""
    words = decisions.escalations.why(row)
    if words is None:
        return None
    step = STEPS[decisions.escalations.step[row] - 1]
    return WireEscalation(action=step, cost=float(decisions.escalations.cost[row]), words=words)


def plan_in(decisions: Decisions, row: int, policy: PolicySettings, settings: PlanSettings) -> Plan | NoPlan | None:
    """Return the repayment plan of a customer whom one is offered or whose money is short; None where nobody asks.

    Money is short where a reply asks for a plan, or where the policy puts a plan before pressure; without an income
    that was seen nothing can be worked out.
    """
    instalment = int(decisions.pressing.row[row])
    chosen = policy.action_ids[int(decisions.choice.action[row])]
    is_short = STANCES[decisions.stance[row]] in policy.plan_first.stances or decisions.held.offer[row] == _PLAN
    if instalment < 0 or not (is_short or policy.actions[chosen].offer == "plan"):
        return None
    return plan_of(decisions.history, row, instalment, decisions.X.row(row), settings)


def told_plan(
    plan: Plan | NoPlan, texts: MessageTexts, product: str, tail: str, settings: PlanSettings
) -> dict[Language, PlanWords]:
    """Return a plan in words, by language, for the customer and for the bank."""
    share = settings.share_of_free_income
    return {x: plan_words(texts, plan, share, texts.debt(product, tail, x), x) for x in texts.settings.languages.spoken}


def wire_plan(plan: Plan | NoPlan, words: dict[Language, PlanWords]) -> WirePlan:
    """Return a plan as the wire says it."""
    bank: Words = {language: words[language].bank for language in words}
    customer = {language: told.customer for language, told in words.items() if told.customer is not None}
    if isinstance(plan, NoPlan):
        empty = dict.fromkeys(
            ("last", "first_due", "last_due", "annual_rate", "total", "interest", "interest_forgone", "customer")
        )
        figures = {name: plain(getattr(plan, name)) for name in ("spread", "affordable", "needed")}
        return WirePlan(fits=False, months=plan.months, **figures, **empty, bank=bank)  # type: ignore[arg-type]
    return WirePlan(
        fits=True,
        months=plan.months,
        spread=plain(plan.spread),
        affordable=plain(plan.affordable),
        needed=plain(plan.instalments[0].amount),
        last=plain(plan.instalments[-1].amount),
        first_due=plan.instalments[0].due_date,
        last_due=plan.instalments[-1].due_date,
        annual_rate=plan.annual_rate,
        total=plain(plan.total),
        interest=plain(plan.interest),
        interest_forgone=plain(plan.interest_forgone),
        customer=customer,
        bank=bank,
    )
