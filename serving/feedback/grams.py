"""The n-grams of a text, as scikit-learn's analysers "char" and "word" count them: the model is fitted on those."""

from __future__ import annotations

import re
from collections import Counter

WORD = r"[a-z0-9']+"
"""What a word is: Chinese is read by its characters alone."""

_WORD = re.compile(WORD)
_SPACES = re.compile(r"\s\s+")


def character_grams(text: str, most: int) -> Counter[str]:
    """Return how often each run of 1 to ``most`` characters occurs.

    >>> sorted(character_grams("还了", 2).items())
    [('了', 1), ('还', 1), ('还了', 1)]
    """
    line = _SPACES.sub(" ", text)
    return Counter(line[k : k + n] for n in range(1, min(most, len(line)) + 1) for k in range(len(line) - n + 1))


def word_grams(text: str, most: int) -> Counter[str]:
    """Return how often each run of 1 to ``most`` words occurs, joined by a space.

    >>> sorted(word_grams("i paid, i paid", 2))
    ['i', 'i paid', 'paid', 'paid i']
    """
    words = _WORD.findall(text)
    runs = range(1, min(most, len(words)) + 1)
    return Counter(" ".join(words[k : k + n]) for n in runs for k in range(len(words) - n + 1))
