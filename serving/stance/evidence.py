"""What a stance rests on: a signal, the customer's own number, and the sentence that tells it."""

from __future__ import annotations

import msgspec

from features.feature import Language
from serving.stance.sides import Side


class Evidence(msgspec.Struct, frozen=True):
    """One signal that holds.

    ``side`` is the one by which it bears on the stance, and ``supports`` whether for it or against. ``feature`` is what
    was read, with its ``value``; both None where a reply told it.
    """

    signal: str
    side: Side
    supports: bool
    feature: str | None
    value: float | None
    words: dict[Language, str]
