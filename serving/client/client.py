"""The client: a method a route, asked with plain values, answered in the records of the contract.

What is sent again is the same: a moment that is not given is filled in here, once.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import msgspec

from serving.client.errors import ForeignAnswerError
from serving.client.transport import Method, Patience, Reply, Transport
from serving.contract import CustomerDecision, CustomerError, Records, Result, ScoreResponse
from serving.contract.replayed import ReplayResponse

_ENCODER = msgspec.json.Encoder()

type Asked = str | tuple[str, Records]
"""A customer by id, or by id with the rows of the seven tables."""


class _Scored(msgspec.Struct):
    as_of: datetime
    results: list[msgspec.Raw]


class Client:
    """A client of one service; one thread's, since it keeps one connection.

    Parameters
    ----------
    url
        Where the service is, such as ``https://duewise.bank.example``.
    token
        As ``duewise token new`` printed it, None: the service asks for none.
    patience
        How long is waited, and how often tried.
    now
        The clock.

    Raises
    ------
    ServiceError, ConnectionLostError, ForeignAnswerError
        By every method: the service refused, was not reached, or answered in another contract than this one.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        patience: Patience | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        headers = {"Accept": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        self._now = now
        self._transport = Transport(url, headers, patience or Patience(), now=now)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def score(
        self,
        customers: Sequence[Asked],
        as_of: datetime | None = None,
        explain: bool = True,
        counterfactual: bool = False,
    ) -> ScoreResponse:
        """Return a decision or an error a customer, in the order asked.

        Parameters
        ----------
        as_of
            The moment of the cut, with a time zone; None: now.
        explain
            Give reasons.
        counterfactual
            Say what would have changed the tier.
        """
        body = {
            "as_of": as_of or self._now(),
            "explain": explain,
            "counterfactual": counterfactual,
            "customers": [_customer(one) for one in customers],
        }
        reply = self._asked("POST", "/score", body)
        scored = _decoded(reply, _Scored)
        return ScoreResponse(scored.as_of, [_result(raw, reply.correlation_id) for raw in scored.results])

    def outcomes(self, outcomes: Sequence[Mapping[str, Any]]) -> Any:
        """Tell what happened to decisions: outcome_id, decision_id, at, and what is known of it, see docs/api.md."""
        return self._plain("/outcomes", {"outcomes": outcomes})

    def events(self, events: Sequence[Mapping[str, Any]]) -> Any:
        """Post what happened to customers since the snapshot, each as ``serving.snapshot.Event`` reads it."""
        return self._plain("/events", {"events": events})

    def person(self, request_id: str, customer_id: str, at: datetime, decision_id: str | None = None) -> Any:
        """Say that a customer wants a person to decide; ``at`` by the customer's clock, with its offset."""
        told = {"request_id": request_id, "customer_id": customer_id, "at": at, "decision_id": decision_id}
        return self._plain("/person", told)

    def plan(self, customer_id: str, as_of: datetime | None = None, weeks: int = 6) -> Any:
        """Return what would be decided for a customer in the coming weeks if nothing happened; ``as_of`` None: now."""
        asked = {"customer_id": customer_id, "as_of": as_of or self._now(), "weeks": weeks}
        return self._plain("/plan", asked)

    def replay(self, decision_id: str) -> ReplayResponse:
        """Have a past decision made again, and be told whether it is the same to the bit."""
        found: ReplayResponse = _decoded(self._asked("POST", "/replay", {"decision_id": decision_id}), ReplayResponse)
        return found

    def about(self) -> Any:
        """Return what is in service, by version."""
        return _decoded(self._asked("GET", "/about", None), None)

    def _plain(self, route: str, body: Mapping[str, Any]) -> Any:
        return _decoded(self._asked("POST", route, body), None)

    def _asked(self, method: Method, route: str, body: Mapping[str, Any] | None) -> Reply:
        if body is None:
            return self._transport.ask(method, route, None, {})
        headers = {"Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(16)}
        return self._transport.ask(method, route, _ENCODER.encode(body), headers)


def _customer(asked: Asked) -> dict[str, Any]:
    if isinstance(asked, str):
        return {"customer_id": asked}
    name, records = asked
    return {"customer_id": name, "records": records}


def _result(raw: msgspec.Raw, correlation_id: str | None) -> Result:
    try:
        return msgspec.json.decode(raw, type=CustomerDecision)
    except msgspec.ValidationError as no_decision:
        try:
            return msgspec.json.decode(raw, type=CustomerError)
        except msgspec.ValidationError:
            raise _foreign(no_decision, correlation_id) from no_decision


def _decoded(reply: Reply, kind: Any) -> Any:
    """Return what a reply says, as ``kind``; None: as plain JSON."""
    try:
        return msgspec.json.decode(reply.body, type=Any if kind is None else kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _foreign(error, reply.correlation_id) from error


def _foreign(error: Exception, correlation_id: str | None) -> ForeignAnswerError:
    return ForeignAnswerError(f"the answer is none of this contract: {error} (id {correlation_id})", correlation_id)
