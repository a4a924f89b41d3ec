"""How a page of the weekly report speaks one language: words, names, and numbers that keep their exact value.

Every text comes out escaped for HTML; a number is a ``data`` element whose value is that of the JSON, to the bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from html import escape

from features.feature import Language
from serving.desk import Desk
from serving.explanation.action_words import ActionWords
from serving.messages.words import day_told
from serving.reason_settings import Text
from serving.weekly.settings import WeeklySettings
from serving.weekly.words import NAMES, WORDS

_FEW = 100


@dataclass(frozen=True)
class Speech:
    """The language of a page, and where the names of things come from."""

    language: Language
    desk: Desk
    settings: WeeklySettings

    def of(self, key: str, **parts: str) -> str:
        """Return words with what stands in their braces, which is HTML already."""
        return escape(WORDS[key][self._place], quote=False).format(**parts)

    def text(self, text: Text) -> str:
        """Return a text of the settings."""
        return escape(getattr(text, self.language), quote=False)

    def name(self, name: str) -> str:
        """Return what a tier, product, channel, cause, group or rule is called; itself where it has no words."""
        return escape(self._names.get(name, name), quote=False)

    def action(self, name: str) -> str:
        """Return what an action is called."""
        known = name in self.desk.settings.actions and name != "none"
        return escape(self._actions.named(name)[self.language], quote=False) if known else self.name("no reminder")

    def words(self, words: Mapping[Language, str]) -> str:
        """Return what was said in both languages in this one."""
        return escape(words[self.language], quote=False)

    def day(self, moment: str) -> str:
        """Return the day of a moment in ISO."""
        return escape(day_told(datetime.fromisoformat(moment).date(), self.language))

    def rate(self, share: float | None, digits: int = 1) -> str:
        """Return a share in per cent."""
        if share is None:
            return self.of("unknown")
        told = f"{100 * share:.{digits}f}"
        return _number(share, f"{told} %" if self.language == "en" else f"{told}%")

    def points(self, change: float | None, signed: bool = True) -> str:
        """Return a change of a share in percentage points, without the unit; "–" where it is not known."""
        if change is None:
            return "–"
        return _number(change, _minus(f"{100 * change:+z.1f}") if signed else f"{100 * abs(change):.1f}")

    def count(self, count: int | float | None) -> str:
        """Return a whole number, or one with a decimal below a hundred."""
        if count is None:
            return self.of("unknown")
        is_whole = float(count).is_integer() or abs(count) >= _FEW
        return _number(count, f"{count:,.0f}" if is_whole else f"{count:,.1f}")

    def change(self, change: int) -> str:
        """Return how many more, with the sign."""
        return _number(change, _minus(f"{change:+,}"))

    def money(self, amount: float | None, signed: bool = False) -> str:
        """Return an amount in currency, no finer than a reader needs."""
        if amount is None:
            return self.of("unknown")
        digits = int(abs(amount) < _FEW)
        currency = getattr(self.desk.texts.settings.currency, self.language)
        told = currency.format(amount=f"{abs(amount):,.{digits}f}")
        sign = "−" if round(amount, digits) < 0 else "+" if signed else ""
        return _number(amount, f"{sign}{told}")

    @property
    def _place(self) -> int:
        return 1 if self.language == "en" else 0

    @cached_property
    def _actions(self) -> ActionWords:
        return ActionWords(self.desk.explanations, self.desk.settings, self.desk.texts)

    @cached_property
    def _names(self) -> dict[str, str]:
        explanations, reasons = self.desk.explanations, self.desk.reasons
        texts: dict[str, Text] = {
            **self.desk.texts.settings.products,
            **{str(name): text for name, text in explanations.channels.items()},
            **explanations.stances,
            **explanations.rules,
            **explanations.limits,
        }
        told = {name: getattr(text, self.language) for name, text in texts.items()}
        told |= {name: reasons.tier(name)[self.language] for name in self.desk.settings.tiers}
        return told | {name: pair[self._place] for name, pair in NAMES.items()}


def _minus(told: str) -> str:
    return told.replace("-", "−")


def _number(value: float, told: str) -> str:
    return f'<data value="{value!r}">{escape(told)}</data>'
