"""The causes that the week's replies told, beside last week's."""

from __future__ import annotations

from dataclasses import dataclass

from serving.feedback.causes import CAUSES, UNCLEAR
from serving.monitoring.weeks import Week


@dataclass(frozen=True)
class Heard:
    """How many replies of the week told a cause, of all ``replies``, and the same of last week."""

    cause: str
    told: int
    replies: int
    told_last: int
    replies_last: int

    @property
    def share(self) -> float:
        """The share of the week's replies."""
        return self.told / max(self.replies, 1)

    @property
    def share_last(self) -> float:
        """The share of last week's."""
        return self.told_last / max(self.replies_last, 1)


def heard_of(week: Week, last: Week | None) -> tuple[Heard, ...]:
    """Return what the week's replies told, the most frequent first."""
    before = {} if last is None else last.causes
    replies = 0 if last is None else last.replies
    found = [
        Heard(cause, week.causes.get(cause, 0), week.replies, before.get(cause, 0), replies)
        for cause in (*CAUSES, UNCLEAR)
    ]
    return tuple(sorted((one for one in found if one.told or one.told_last), key=lambda one: -one.told))
