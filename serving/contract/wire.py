"""What every part of the wire is: a frozen model that refuses fields it does not know."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

VERSION = "1"

Words = dict[Literal["en", "zh"], str]
"""A text in both languages."""


class Wire(BaseModel):
    """A part of the wire."""

    model_config = ConfigDict(extra="forbid", frozen=True)
