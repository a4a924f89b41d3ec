"""Load that remembers: clients that ask under keys of their own until they are answered, and keep every answer.

A question that got no answer, or a refusal that may pass, is sent again as it was, under the same key, to the next
service: so a decision may be made twice for one question if anything here can make one twice.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException
from types import TracebackType
from typing import Any, Self

import msgspec
import numpy as np

from benchmarks.faults.site import Line, Service

_PASSING = frozenset({409, 424, 429, 503, 504})
"""Statuses after which a question is sent again; 409 where its first sending is still being answered."""

_UNTIL_SET_RIGHT = "clock_behind"
"""Told where a question waits for a clock to be set right: it is kept, and the client goes on with others."""

_PAUSE = 0.1


@dataclass(frozen=True)
class Question:
    """What is sent to a route under a key, as often as it takes."""

    route: str
    key: str
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """The key of a question to /score; what is posted has ids of its own."""
        return {"Idempotency-Key": self.key} if self.route == "/score" else {}


@dataclass(frozen=True)
class Answered:
    """An acknowledged answer; ``began`` and ``ended`` (monotonic seconds) of the try that got it."""

    question: Question
    content: bytes
    began: float
    ended: float

    @property
    def results(self) -> list[dict[str, Any]]:
        """What was answered of each customer, outcome or event."""
        told: list[dict[str, Any]] = msgspec.json.decode(self.content)["results"]
        return told

    @property
    def acknowledged(self) -> int:
        """How many decisions, outcomes and events it acknowledges: what it says is refused is none."""
        return sum(one.get("status") != "refused" for one in self.results)


class Load:
    """So many clients that ask one service, or several in turn; keep one for all that is asked of a journal.

    Parameters
    ----------
    services
        Whom they ask; a client goes to the next when it is not answered.
    clients
        How many there are.
    seed
        Of what they ask.
    """

    def __init__(self, services: Sequence[Service], clients: int = 4, seed: int = 7) -> None:
        self.services, self._clients, self._seed = services, clients, seed
        self.answered: list[Answered] = []
        self.refused: Counter[str] = Counter()
        self.unexpected: list[str] = []
        self.slowest = 0.0
        self._pending: list[Question] = []
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._round = 0

    def __enter__(self) -> Self:
        self._stopping.clear()
        self._round += 1
        self._threads = [threading.Thread(target=self._work, args=(place,)) for place in range(self._clients)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def await_more(self, more: int, seconds: float = 60.0) -> None:
        """Wait until so many more answers are there; RuntimeError when they do not come."""
        want, deadline = len(self.answered) + more, time.monotonic() + seconds
        while len(self.answered) < want:
            if time.monotonic() > deadline:
                raise RuntimeError(f"no headway: {dict(self.refused)}, {self.unexpected[:3]}")
            time.sleep(0.01)

    def recovered_after(self, moment: float, seconds: float = 90.0) -> float:
        """Return the seconds from a moment (monotonic) to the first answer to what was sent since."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            since = [one.ended for one in list(self.answered) if one.began >= moment]
            if since:
                return min(since) - moment
            time.sleep(0.01)
        raise RuntimeError(f"nothing was answered within {seconds:g} s: {dict(self.refused)}, {self.unexpected[:3]}")

    def settle(self) -> None:
        """Send what got no answer again until it has one; the clients must have stopped."""
        self._stopping.clear()
        lines = self._lines()
        while self._pending:
            for question in [self._pending.pop() for _ in range(len(self._pending))]:
                self._settled(question, lines, 0)
        for line in lines:
            line.close()

    def forget(self) -> None:
        """Forget what was refused, and how long answers took; not what was answered."""
        self.refused.clear()
        self.unexpected.clear()
        self.slowest = 0.0

    def again(self, most: int = 10) -> list[str]:
        """Send some answered questions to every service once more; return the keys that got another answer."""
        lines, other = self._lines(), []
        asked = [one for one in self.answered if one.question.route == "/score"]
        for one in asked[:: max(1, len(asked) // most)][-most:]:
            for line in lines:
                status, content = line.ask(one.question.route, one.question.body, one.question.headers)
                if (status, content) != (200, one.content):
                    other.append(one.question.key)
        for line in lines:
            line.close()
        return other

    def _work(self, place: int) -> None:
        questions = _Questions(self, f"{self._seed}-{self._round}-{place}", place)
        lines = self._lines()
        turn = place
        while not self._stopping.is_set():
            turn = self._settled(questions.next(), lines, turn)
        for line in lines:
            line.close()

    def _settled(self, question: Question, lines: Sequence[Line], turn: int) -> int:
        """Send a question until it is answered, or keep it when the load ends; return whose turn it is next."""
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                status, content = lines[turn % len(lines)].ask(question.route, question.body, question.headers)
            except (OSError, HTTPException) as error:
                self.refused[type(error).__name__] += 1
            else:
                ended = time.monotonic()
                self.slowest = max(self.slowest, ended - began)
                if status == 200:
                    self._note(Answered(question, content, began, ended))
                    return turn
                code = _code(content)
                self.refused[f"{status} {code}"] += 1
                if code == _UNTIL_SET_RIGHT:
                    break
                if status not in _PASSING:
                    self.unexpected.append(f"{question.route} {status} {content[:300]!r}")
                    return turn
            turn += 1
            self._stopping.wait(_PAUSE)
        self._pending.append(question)
        return turn

    def _note(self, answered: Answered) -> None:
        self.answered.append(answered)
        if answered.acknowledged < len(answered.results):
            self.unexpected.append(f"{answered.question.route} {answered.content[:300]!r}")

    def _lines(self) -> list[Line]:
        return [Line(service.url, service.site.token) for service in self.services]


@dataclass
class _Questions:
    """What one client asks: of ten questions seven are for decisions, two tell outcomes, one posts an event."""

    load: Load
    name: str
    seed: int
    _asked: int = 0
    _rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng([self.seed, *self.name.encode()])

    def next(self) -> Question:
        """Return the next question, with a key that no other has."""
        self._asked += 1
        key = f"{self.name}-{self._asked}"
        match self._asked % 10:
            case 0:
                return self._event(key)
            case 4 | 8 if decided := self._decided():
                told = {"outcome_id": key, "decision_id": decided, "at": _now(), "delivered": True}
                return Question("/outcomes", key, msgspec.json.encode({"outcomes": [told]}))
        customers = [{"customer_id": name} for name in self._some(int(self._rng.integers(1, 4)))]
        return Question("/score", key, msgspec.json.encode({"customers": customers}))

    def _event(self, key: str) -> Question:
        (name,) = self._some(1)
        row = {"consent_night_until": "2030-01-01"}
        told = {"event_id": key, "kind": "right", "customer_id": name, "row": row, "at": _now()}
        return Question("/events", key, msgspec.json.encode({"events": [told]}))

    def _decided(self) -> str | None:
        """Return a decision that somebody was given lately."""
        for one in reversed(self.load.answered[-20:]):
            if one.question.route == "/score":
                return str(one.results[0]["decision_id"])
        return None

    def _some(self, number: int) -> list[str]:
        names = self.load.services[0].site.names
        return [names[k] for k in self._rng.choice(len(names), number, replace=False)]


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _code(content: bytes) -> str:
    try:
        return str(msgspec.json.decode(content)["error"]["code"])
    except (msgspec.MsgspecError, KeyError, TypeError):
        return ""
