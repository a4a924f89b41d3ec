"""Events as the journal keeps them, by customer, read when somebody asks about the customer: so a start is short."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from features.errors import SchemaError
from serving.snapshot.event import Event


class Letter(NamedTuple):
    """An event that nobody has read yet: its id, whose it is, and ``Event.told`` as JSON."""

    event_id: str
    customer_id: str
    content: bytes

    @classmethod
    def of(cls, event: Event) -> Letter:
        """Return the letter of an event."""
        return cls(event.event_id, event.customer_id, msgspec.json.encode(event.told()))

    def event(self) -> Event:
        """Return the event.

        Raises
        ------
        SchemaError
            When the content is no event.
        """
        try:
            return Event.of(msgspec.json.decode(self.content))
        except msgspec.DecodeError as error:
            raise SchemaError(f"event: event {self.event_id} is no JSON: {error}.") from error


class Unread:
    """Letters by customer; all of a customer's are read at once."""

    def __init__(self, letters: Iterable[Letter] = ()) -> None:
        self._letters: dict[str, list[Letter]] = {}
        self._owner: dict[str, str] = {}
        for letter in letters:
            self._letters.setdefault(letter.customer_id, []).append(letter)
            self._owner[letter.event_id] = letter.customer_id

    def __len__(self) -> int:
        return len(self._owner)

    def __contains__(self, customer_id: object) -> bool:
        return customer_id in self._letters

    def owner(self, event_id: str) -> str | None:
        """Return whose event is waiting under an id, None: nobody's."""
        return self._owner.get(event_id)

    def some(self, letters: int) -> list[str]:
        """Return customers who have so many letters together, or all there are."""
        found, count = list[str](), 0
        for name, own in self._letters.items():
            if count >= letters:
                break
            found.append(name)
            count += len(own)
        return found

    def of(self, customers: Iterable[str]) -> list[Letter]:
        """Return the letters of some customers."""
        return [letter for name in customers for letter in self._letters.get(name, ())]

    def drop(self, letters: Iterable[Letter]) -> None:
        """Keep letters no longer, which are all that their customers have."""
        for letter in letters:
            self._letters.pop(letter.customer_id, None)
            self._owner.pop(letter.event_id, None)
