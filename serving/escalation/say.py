"""How a page speaks: Chinese, English, or both side by side; every text comes out escaped for HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal

from serving.escalation.words import HEADINGS, VALUES, Pair

PageLanguage = Literal["zh", "en", "both"]


@dataclass(frozen=True)
class Say:
    """The language of a page."""

    language: PageLanguage

    def pair(self, words: Pair) -> str:
        """Return a text in the language, both as Chinese with English beside it.

        >>> Say("both").pair(("短信", "text"))
        '短信 <span class="en" lang="en">text</span>'
        """
        zh, en = map(escape, words)
        if self.language == "both":
            return f'{zh} <span class="en" lang="en">{en}</span>'
        return zh if self.language == "zh" else en

    def heading(self, name: str) -> str:
        """Return what a column or fact is called; its own name where it has no words."""
        return self.pair(HEADINGS[name]) if name in HEADINGS else escape(name)

    def value(self, name: str) -> str:
        """Return what a choice is called; itself where it has no words."""
        return self.pair(VALUES[name]) if name in VALUES else escape(name)

    def figures(self, figures: Mapping[str, str]) -> dict[str, str]:
        """Return the figures of a sentence of one language, choices in words, not escaped."""
        place = 1 if self.language == "en" else 0
        return {name: VALUES[text][place] if text in VALUES else text for name, text in figures.items()}
