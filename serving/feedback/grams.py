"""A text as its n-grams are counted, as scikit-learn's analysers "char" and "word" do: the model is fitted on those."""

from __future__ import annotations

import re

WORD = r"[a-z0-9']+"
"""What a word is: Chinese is read by its characters alone."""

_WORD = re.compile(WORD)
_SPACES = re.compile(r"\s\s+")


def character_line(text: str) -> str:
    """Return the text whose runs of characters are its n-grams.

    >>> character_line("paid  it")
    'paid it'
    """
    return _SPACES.sub(" ", text)


def word_line(text: str) -> str:
    """Return the words of a text, whose runs are its n-grams, with a space between.

    >>> word_line("i paid, i paid")
    'i paid i paid'
    """
    return " ".join(_WORD.findall(text))
