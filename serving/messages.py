"""Reminder texts: configs/messages.yaml filled in from the book, never from the request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pydantic.dataclasses import dataclass

from features.errors import PolicyError
from features.feature import Language
from serving.actions import Action, Intensity, Offer
from serving.settings import CONFIGS, STRICT, read_settings


@dataclass(frozen=True, config=STRICT)
class MessageTexts:
    """configs/messages.yaml: every text in both languages."""

    version: str
    brand: Mapping[Language, str]
    opt_out: Mapping[Language, str]
    texts: Mapping[Intensity, Mapping[Language, str]]
    offers: Mapping[Offer, Mapping[Language, str]]

    def render(self, action: Action, amount: float, due: date, account: str, language: Language) -> str | None:
        """Return the text of an action, None for ``none``.

        Raises
        ------
        PolicyError
            When the amount is not above 0: nothing is owed, so nothing may be asked for.
        """
        if action.intensity is None:
            return None
        if not amount > 0:
            raise PolicyError(f"a reminder needs an amount above 0, got {amount}.")
        text = self.texts[action.intensity][language].format(
            brand=self.brand[language],
            opt_out=self.opt_out[language],
            amount=f"{amount:,.2f}",
            due_date=due.isoformat(),
            account=account,
        )
        return text if action.offer is None else f"{text} {self.offers[action.offer][language]}"


def read_messages(file: str | Path = CONFIGS / "messages.yaml") -> MessageTexts:
    """Read the texts; PolicyError names the key at fault."""
    return read_settings(MessageTexts, file)
