"""What every part of an answer is: a frozen record whose JSON, and whose schema, come from its declaration."""

from __future__ import annotations

from typing import Literal

import msgspec

VERSION = "1"

Words = dict[Literal["en", "zh"], str]
"""A text in both languages."""


class Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of an answer; what is read back from JSON has the declared fields of the declared types and no others."""
