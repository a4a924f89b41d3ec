"""Why a decision cannot be replayed."""

from __future__ import annotations

from typing import Literal

from serving.journal import JournalError

type Obstacle = Literal[
    "unknown_decision", "erased_or_unknown", "altered", "other_format", "settings_missing", "model_missing"
]


class ReplayError(JournalError):
    """A decision cannot be made again; ``code`` says what is in the way.

    ``unknown_decision``: there never was one; ``erased_or_unknown``: nor can be told whether there was, since
    customers were erased; ``altered``: what is stored is not what was written; ``other_format``: another Duewise
    wrote it; ``settings_missing`` and ``model_missing``: what decided is not there any more.
    """

    def __init__(self, code: Obstacle, message: str) -> None:
        super().__init__(message)
        self.code = code
