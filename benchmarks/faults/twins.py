"""Two services on one journal: one chain, one answer to a key, and what is posted to one counts for the other."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from itertools import cycle

import numpy as np

from benchmarks.faults.breaking import HEADWAY
from benchmarks.faults.site import Service
from benchmarks.faults.stage import Row, Stage


def twins(stage: Stage, rounds: int) -> tuple[Row, list[float]]:
    """Ask both at once, post to one and ask the other, and kill one while the other goes on.

    Beside the row are the seconds until what was posted to one counted for the other.
    """
    seen: list[float] = []
    pairs = cycle((stage.services[::1], stage.services[::-1]))
    with stage.load:
        stage.load.await_more(HEADWAY)
        for name, (one, other) in zip(_at_liberty(stage.service, stage.site.names, rounds), pairs, strict=False):
            seen.append(_seen_after(one, other, name))
        moment = time.monotonic()
        stage.services[1].kill_worker()
        stage.recovered(moment)
        stage.services[1].await_ready()
        stage.load.await_more(HEADWAY)
    notes = f"an event posted to one was seen by the other after {np.median(seen):.2f} s, at most {max(seen):.2f}"
    return stage.row("two services, one of them killed", notes), seen


def _at_liberty(service: Service, names: tuple[str, ...], number: int) -> list[str]:
    """Return customers for whom no person needs to decide."""
    _, answer = service.ask("/score", {"customers": [{"customer_id": name} for name in names[:200]], "explain": False})
    free = [one["customer_id"] for one in answer["results"] if not one["recommendation"]["requires_human"]]
    return free[:number]


def _seen_after(one: Service, other: Service, name: str) -> float:
    """Return the seconds until a service decides by what was posted to another."""
    at = datetime.now(UTC)
    row = {"person_asked_on": at.date().isoformat()}
    event = {"event_id": f"person-{name}", "kind": "right", "customer_id": name, "row": row, "at": at.isoformat()}
    status, answer = one.ask("/events", {"events": [event]})
    if status != 200 or answer["results"][0]["status"] != "written":
        raise RuntimeError(f"the event was not taken: {status} {answer}")
    asked = {"customers": [{"customer_id": name}], "explain": False}
    return other.await_that(
        lambda status, told: status == 200 and told["results"][0]["recommendation"]["requires_human"], "/score", asked
    )
