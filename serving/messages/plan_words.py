"""A repayment plan in words, for the customer who decides and for the bank that grants it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from features.feature import Language, spoken
from serving.messages.words import day_told, in_paragraphs
from serving.messages.writer import MessageTexts
from serving.plans.plan import NoPlan, Plan


@dataclass(frozen=True)
class PlanWords:
    """What each side is told; ``customer`` None where no plan fits: there is nothing to offer."""

    customer: str | None
    bank: str


def plan_words(
    texts: MessageTexts, plan: Plan | NoPlan, share: float, debt: str, language: Language, draft: bool = False
) -> PlanWords:
    """Return a plan, or that there is none, in words.

    ``share`` is the ``share_of_free_income`` it was worked out with; ``debt`` what ``texts.debt`` calls the loan.

    Raises
    ------
    PolicyError
        When the template is not approved, except for a ``draft``.
    """
    texts.approvals.versions(texts.templates.parts[language, "plan"], draft)
    facts: dict[str, object] = {**texts.spoken[language], "debt": debt, "share": spoken(share, "share", language)}
    facts |= {name: texts.money(cents, language) for name, cents in _amounts(plan).items()}
    if isinstance(plan, NoPlan):
        told = texts.templates.write(language, "plan", facts | {"months": plan.months}, ("none",))
        return PlanWords(None, in_paragraphs(told["none"]))
    facts |= {
        "first_day": day_told(plan.instalments[0].due_date, language),
        "last_day": day_told(plan.instalments[-1].due_date, language),
        "months": plan.months,
        "rate": f"{plan.annual_rate:.2%}".replace("%", " %" if language == "en" else "%"),
    }
    told = texts.templates.write(language, "plan", facts, ("customer", "bank"))
    return PlanWords(in_paragraphs(told["customer"]), in_paragraphs(told["bank"]))


def _amounts(plan: Plan | NoPlan) -> Mapping[str, int]:
    """Return the amounts that a template may name, in cents."""
    if isinstance(plan, NoPlan):
        return {name: getattr(plan, name) for name in ("affordable", "needed", "short_by")} | {"total": plan.spread}
    return {
        "affordable": plan.affordable,
        "forgone": plan.interest_forgone,
        "instalment": plan.instalments[0].amount,
        "interest": plan.interest,
        "last": plan.instalments[-1].amount,
        "repaid": plan.total,
        "total": plan.spread,
        "worth": plan.present_value,
    }
