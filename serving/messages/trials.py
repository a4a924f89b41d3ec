"""Every message the templates can make, tried before any is sent: on the longest facts a book can hold.

A text message that is longer than the setting allows, that lacks its amount, date, account or way out, or that
says what may never be said, is refused here by name, so that no customer meets it first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import product

from features.errors import PolicyError
from features.feature import Language
from features.tables.schema import MONEY_LIMIT, PRODUCTS
from serving.actions import Action, Channel
from serving.messages.checks import INTENSITIES, OFFERED
from serving.messages.message_settings import WRITTEN
from serving.messages.occasion import PHASES, TONES, Occasion, Phase
from serving.messages.plan_words import plan_words
from serving.messages.writer import Message, MessageTexts
from serving.plans.plan import NoPlan, Plan
from serving.plans.schedule import PlannedInstalment

_DAYS: Mapping[Phase, int] = {"before": -99, "today": 0, "overdue": 99_999}
_LONGEST_DAY: Mapping[Language, date] = {"zh": date(2026, 12, 30), "en": date(2026, 9, 30)}
_CHANNELS: tuple[Channel, ...] = (*WRITTEN, "call")
_REQUIRED: Mapping[Channel, tuple[str, ...]] = {
    "sms": ("brand", "amount", "due_day", "account", "opt_out"),
    "push": ("opt_out",),
    "email": ("amount", "due_date", "account", "opt_out"),
}
"""What every message of a channel must hold, whatever else its template says."""

_ROWS = tuple(PlannedInstalment(k, date(2026, k, 28), 100 - k, 90 - k, 10, 100) for k in (1, 2))
_PLANS: tuple[Plan | NoPlan, ...] = (
    Plan(100, 0.1, 100, _ROWS[:1], 0, 100),
    Plan(200, 0.1, 100, _ROWS, 0, 200),
    NoPlan(100, 60, 100, 1),
)


def try_all(texts: MessageTexts) -> None:
    """Write every message that the templates can make.

    Raises
    ------
    PolicyError
        Naming the template and the kind of message at fault: what it lacks, which words it may never say, or how
        many segments it takes.
    """
    never = {language: _forbidden(words) for language, words in texts.settings.never.items()}
    for language, channel in product(texts.settings.languages.spoken, _CHANNELS):
        for action, occasion in _kinds(texts, language, channel):
            message = texts.render(action, occasion, draft=True)
            if message is not None and channel != "call":
                _check(texts, message, action, occasion, never)
    for language, plan in product(texts.settings.languages.spoken, _PLANS):
        told = plan_words(texts, plan, 0.5, "a loan", language, draft=True)
        file = texts.templates.folder / language / "plan.j2"
        if found := never[language].search(told.customer or ""):
            raise PolicyError(f"{file}: the offer says {found[0]!r}, which never.{language} forbids.")


def _kinds(texts: MessageTexts, language: Language, channel: Channel) -> Iterator[tuple[Action, Occasion]]:
    """Yield every kind of message of a channel, each about the largest amount, the longest date and product."""
    names = texts.settings.products
    longest = max(PRODUCTS, key=lambda name: len(getattr(names[name], language)))
    for phase, stance, amount_paid in product(PHASES, TONES, (0.0, 1.0)):
        occasion = Occasion(
            customer_id="a customer",
            loan_id="a loan",
            instalment_no=1,
            product=longest,
            account="****9999",
            amount_open=MONEY_LIMIT,
            due_date=_LONGEST_DAY[language],
            days_past_due=_DAYS[phase],
            language=language,
            stance=stance,
            reasons=("a reason",),
            told=("something told",),
            amount_paid=amount_paid,
        )
        for intensity, offer in product(INTENSITIES, (None, *OFFERED)):
            yield Action(channel=channel, intensity=intensity, offer=offer), occasion


def _check(
    texts: MessageTexts,
    message: Message,
    action: Action,
    occasion: Occasion,
    never: Mapping[Language, re.Pattern[str]],
) -> None:
    settings, language = texts.settings, message.language
    file = texts.templates.folder / language / f"{message.channel}.j2"
    kind = f"{action.intensity}, {occasion.phase}, {occasion.stance}, {action.offer or 'no'} offer"
    said = f"{message.title or ''}\n{message.body}"
    facts = texts.facts(action, occasion, language)
    for name in _REQUIRED[message.channel]:
        if str(facts[name]) not in said:
            raise PolicyError(f"{file}: the message ({kind}) must hold the fact {name}; got {message.body!r}.")
    if found := never[language].search(said):
        raise PolicyError(f"{file}: the message ({kind}) says {found[0]!r}, which never.{language} forbids.")
    length = message.length
    if length is not None and length.segments > settings.most_segments:
        raise PolicyError(
            f"{file}: the message ({kind}) takes {length.segments} segments ({length.units} places of "
            f"{length.encoding}) in {language} with the longest amount and date; most_segments is "
            f"{settings.most_segments}: {message.body!r}."
        )


def _forbidden(words: Iterable[str]) -> re.Pattern[str]:
    """Return what finds any of the words; those of letters count as whole words only: issue is not sue."""
    patterns = [rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word) for word in words]
    return re.compile("|".join(patterns) or r"(?!)", re.IGNORECASE)
