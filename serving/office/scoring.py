"""``POST /score``: read, decide, write to the journal, and only then answer.

A decision is answered as the journal has it. The same request with the same Idempotency-Key is answered as before,
from the journal; without a key the same question as of the same moment has the same entry, written once.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import msgspec
import pandas as pd
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from serving.access import Refusal, current
from serving.contract import CustomerDecision, ScoreRequest, read_request
from serving.desk import Desk
from serving.journal import ConflictError, Entry, Payload
from serving.office.asked import Told, honoured, told_by
from serving.office.office import Office
from serving.office.postbox import reading
from serving.office.repeats import earlier, repeat_entry, repeat_key

_FEW, _SMALL = 8, 262_144
"""How many customers, of a body of how many bytes, are decided for on the event loop: a thread would take longer.

A larger body may hold texts that take seconds to read, in which nobody else would be answered.
"""

_ENCODER = msgspec.json.Encoder()


async def score(office: Office, request: Request) -> Response:
    """Answer ``POST /score``."""
    desk, body = office.ready(), await request.body()
    metrics = office.access.metrics
    with metrics.stage("parse"):
        asked = _read(body)
    key = repeat_key(request.headers.get("idempotency-key"), current().token)
    if key is not None:
        found = await run_in_threadpool(earlier, office.postbox, desk, key, body, asked)
        if found is not None:
            return _response(*found)
    as_of = pd.Timestamp(asked.as_of or datetime.now(UTC))
    asked = honoured(asked, office.shelf.persons)
    told = await _decided(office, desk, asked, as_of, len(body))
    entries = list(told.entries.values())
    if key is not None:
        entries.append(repeat_entry(key, body, as_of, told.keys, asked))
    with metrics.stage("journal"):
        await _write(office, told, entries)
    _count(office, told)
    return _response(as_of, told.parts)


def _read(body: bytes) -> ScoreRequest:
    try:
        return read_request(body)
    except ValidationError as error:
        raise Refusal(400, "invalid_request", str(error)) from error


async def _decided(office: Office, desk: Desk, asked: ScoreRequest, as_of: pd.Timestamp, size: int) -> Told:
    with office.access.metrics.stage("score"):
        if len(asked.customers) <= _FEW and size <= _SMALL:
            return told_by(desk, asked, as_of)
        return await run_in_threadpool(told_by, desk, asked, as_of)


async def _write(office: Office, told: Told, entries: list[Entry]) -> None:
    """Write the entries; where one is there with another answer, that answer was given and is given again."""
    while True:
        try:
            await office.postbox.write(entries)
        except ConflictError as error:
            there = set(error.keys)
            if any(kind != "decision" for kind, _ in there):
                raise Refusal(
                    409, "conflict", "The Idempotency-Key is in use by another request; ask again."
                ) from error
            await run_in_threadpool(_recall, office, told, [key for _, key in there])
            entries = [entry for entry in entries if (entry.kind, entry.key) not in there]
        else:
            return


def _recall(office: Office, told: Told, keys: list[str]) -> None:
    with reading():
        for key in keys:
            record = office.postbox.journal.record("decision", key)
            if record is not None:
                told.parts[told.keys.index(key)] = Payload.from_bytes(record.entry.payload).answer


def _count(office: Office, told: Told) -> None:
    exchange, metrics = current(), office.access.metrics
    exchange.decided = len(told.entries)
    exchange.refused = len(told.parts) - exchange.decided
    made = [answer for answer in told.results if isinstance(answer, CustomerDecision)]
    for (tier, action), count in Counter((one.tier, one.recommendation.action) for one in made).items():
        metrics.decided(tier, action, count)
    metrics.blocked_all(Counter(blocked.rule_id for one in made for blocked in one.blocked))


def _response(as_of: pd.Timestamp, parts: list[bytes]) -> Response:
    moment = _ENCODER.encode(as_of.to_pydatetime(warn=False))
    content = b'{"as_of":' + moment + b',"results":[' + b",".join(parts) + b"]}"
    return Response(content, media_type="application/json")
