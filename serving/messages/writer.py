"""A reminder in the words of the bank: an action and an occasion, turned into what is sent or read out.

Amounts and dates are the occasion's, which are the book's. Nothing is sent that nobody approved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from urllib.parse import quote

from features.feature import Language
from serving.actions import Action, Channel
from serving.messages.account import ShownAccount
from serving.messages.approvals import Approvals
from serving.messages.message_settings import Languages, MessageSettings
from serving.messages.occasion import Occasion
from serving.messages.segments import SmsLength, sms_length
from serving.messages.templates import TemplateSet
from serving.messages.words import day_told, in_paragraphs, on_one_line
from serving.money import plain, told
from serving.reason_settings import Text

_DAYS_WITHOUT_YEAR = 180


@dataclass(frozen=True)
class Payload:
    """What a push message carries for the app: a ``link`` to open, the instalment, and the loan where it is known."""

    link: str
    instalment_no: int
    due_date: date
    amount_open: str
    account: ShownAccount | None


@dataclass(frozen=True)
class Message:
    """What is sent, or for a call what the agent reads.

    ``title`` of a push message, subject of an email, else None; ``length`` of a text message; ``payload`` of a push
    message; ``templates`` that made it, with their versions.
    """

    channel: Channel
    language: Language
    title: str | None
    body: str
    length: SmsLength | None
    payload: Payload | None
    templates: tuple[str, ...]


@dataclass(frozen=True)
class MessageTexts:
    """The settings, templates and approvals of messages; ``read_messages`` makes them."""

    settings: MessageSettings
    templates: TemplateSet
    approvals: Approvals

    def render(
        self,
        action: Action,
        occasion: Occasion,
        account: ShownAccount | None = None,
        plan: str = "",
        no_plan: str = "",
        draft: bool = False,
        brand: Text | None = None,
    ) -> Message | None:
        """Return the message of an action, None for ``none``.

        ``account`` is shown by the app; ``plan`` the words of a plan already worked out, for emails and call sheets;
        ``no_plan`` the bank's words that none fits, for call sheets; ``draft`` renders texts that nobody approved, to
        be looked at and not to be sent; ``brand`` stands in place of the bank's.

        Raises
        ------
        PolicyError
            When a template is not approved, or asks for what is not there; both name it.
        """
        if action.channel is None:
            return None
        language = self.settings.languages.of(action.channel, occasion.language)
        versions = self.approvals.versions(self.templates.parts[language, action.channel], draft)
        facts = self.facts(action, occasion, language, plan) | {"no_plan": no_plan}
        if brand is not None:
            facts["brand"] = getattr(brand, language)
        blocks = self.templates.write(language, action.channel, facts)
        is_short = action.channel in ("sms", "push")
        texts = {
            k: on_one_line(t, language) if is_short or k == "title" else in_paragraphs(t) for k, t in blocks.items()
        }
        return Message(
            channel=action.channel,
            language=language,
            title=texts.get("title"),
            body=texts["body"],
            length=sms_length(texts["body"]) if action.channel == "sms" else None,
            payload=self._payload(occasion, account) if action.channel == "push" else None,
            templates=versions,
        )

    def require_approved(self, actions: Iterable[Action]) -> None:
        """Refuse actions whose messages may not be sent, before anybody waits for one.

        Raises
        ------
        PolicyError
            Naming the template that is not approved.
        """
        languages = self.settings.languages
        for channel in {action.channel for action in actions} - {None}:
            fixed = languages.staff if channel == "call" else languages.customers
            for language in languages.spoken if fixed is None else (fixed,):
                self.approvals.versions(self.templates.parts[language, str(channel)])

    def spoken_in(self, language: Language) -> MessageTexts:
        """Return the same texts, in which customers and staff alike are addressed in one language."""
        return replace(self, settings=replace(self.settings, languages=Languages(language, language)))

    def money(self, cents: int, language: Language) -> str:
        """Return an amount with its currency."""
        return getattr(self.settings.currency, language).format(amount=told(cents))

    @cached_property
    def spoken(self) -> Mapping[Language, Mapping[str, object]]:
        """The facts that are the same in every message of a language."""
        settings = self.settings
        texts = {"bank": settings.bank, "brand": settings.brand, "phone": settings.phone}
        return {
            language: {
                **{name: getattr(text, language) for name, text in texts.items()},
                "places": {name: getattr(text, language) for name, text in vars(settings.places).items()},
            }
            for language in settings.languages.spoken
        }

    def debt(self, product: str, tail: str, language: Language) -> str:
        """Return what a loan is called: its product, and the end of its account where that is known."""
        kind = getattr(self.settings.products[product], language)
        return getattr(self.settings.debt, language).format(product=kind, account=tail) if tail else kind

    def facts(self, action: Action, occasion: Occasion, language: Language, plan: str = "") -> dict[str, object]:
        """Return everything that a template may name."""
        settings, channel = self.settings, action.channel
        near = abs(occasion.days_past_due) <= _DAYS_WITHOUT_YEAR
        return {
            **self.spoken[language],
            "account": occasion.tail,
            "amount": self.money(occasion.cents, language),
            "customer": " ".join(occasion.customer_id.split()),
            "days_late": occasion.days_past_due,
            "debt": self.debt(occasion.product, occasion.tail, language),
            "due_date": day_told(occasion.due_date, language),
            "due_day": day_told(occasion.due_date, language, with_year=not near),
            "instalment": occasion.instalment_no,
            "intensity": action.intensity,
            "no_plan": "",
            "offer": action.offer or "",
            "opt_out": "" if channel is None or channel == "call" else getattr(settings.opt_out[channel], language),
            "part_paid": occasion.amount_paid > 0,
            "phase": occasion.phase,
            "plan": plan,
            "product": getattr(settings.products[occasion.product], language),
            "reasons": occasion.reasons,
            "stance": occasion.stance,
            "told": occasion.told,
        }

    def _payload(self, occasion: Occasion, account: ShownAccount | None) -> Payload:
        link = self.settings.link.format(loan=quote(occasion.loan_id, safe=""), instalment=occasion.instalment_no)
        return Payload(link, occasion.instalment_no, occasion.due_date, plain(occasion.cents), account)
