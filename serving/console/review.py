"""``POST /console/review`` and ``/console/verdict``: what waits for a person, and what a person decided, with a reason.

A step of a decision is decided once: the journal keeps one entry under its key, whoever asks how often.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np

from serving.access import Refusal, current
from serving.access.access import OPEN, utc_now
from serving.console.console import Console
from serving.console.customers import Line, at_risk, line_of
from serving.console.following import Verdict
from serving.console.roll import Review, Roll
from serving.console.wire import ReviewRequest, VerdictRequest
from serving.contract import CustomerDecision
from serving.contract.posted import Posted
from serving.journal import ConflictError, Entry


@dataclass(frozen=True)
class Item:
    """A step that a person decides on; ``earlier`` is the last verdict on such a step of the customer before."""

    step: str
    line: Line
    earlier: Review | None


@dataclass(frozen=True)
class ReviewAnswer:
    """What waits, the most at risk first, and what was decided, the last first; ``total`` counts what there is."""

    total: int
    items: tuple[Item, ...]
    decided: tuple[Review, ...]


def review(console: Console, asked: ReviewRequest) -> ReviewAnswer:
    """Return what waits for a person, or what was decided."""
    roll = console.roll()
    if asked.decided:
        done = sorted(roll.reviews.values(), key=lambda one: one.at, reverse=True)
        return ReviewAnswer(len(done), (), tuple(done[: asked.most]))
    found, before = waiting(roll), {(one.customer_id, one.step): one for one in roll.reviews.values()}
    shown = found[: asked.most]
    items = (Item(step, line_of(roll, row), before.get((str(roll.ids[row]), step))) for row, step in shown)
    return ReviewAnswer(len(found), tuple(items), ())


def waiting(roll: Roll) -> list[tuple[int, str]]:
    """Return the rows and steps that nobody decided on yet, the most at risk first."""
    rows = np.flatnonzero(roll.requires_human | (roll.words["escalation"].code >= 0))
    rows = rows[np.lexsort((rows, -at_risk(roll, rows)))]
    both = ((row, step) for row in rows.tolist() for step in roll.steps(row))
    return [(row, step) for row, step in both if (str(roll.decisions[row]), step) not in roll.reviews]


def verdict(console: Console, asked: VerdictRequest) -> Posted:
    """Write what a person decided; once is enough, and another verdict on the same step is refused.

    Raises
    ------
    Refusal
        404 and others where the decision is not there, 409 where the step is none of its or was decided otherwise.
    """
    payload = console.payload(asked.decision_id)
    decided = msgspec.json.decode(payload.answer, type=CustomerDecision)
    if asked.step not in steps_of(decided):
        told = f"The decision puts no {asked.step} to a person; it puts {', '.join(steps_of(decided)) or 'nothing'}."
        raise Refusal(409, "no_such_step", told)
    said = Verdict(asked.step, asked.verdict, asked.reason.strip(), current().token or OPEN)
    key = f"{asked.decision_id}:{asked.step}"
    content = msgspec.json.encode(said)
    entry = Entry("review", key, utc_now(), payload.customer_id, asked.decision_id, payload=content)
    try:
        (receipt,) = console.office.postbox.write_now([entry])
    except ConflictError as error:
        told = "This step was decided on before, by another verdict or for another reason; it stands as it is."
        raise Refusal(409, "decided_before", told) from error
    return Posted(key, "repeated" if receipt.repeated else "written")


def steps_of(decision: CustomerDecision) -> tuple[str, ...]:
    """Return what of a decision needs a person, as ``Roll.steps`` does."""
    step = () if decision.escalation is None else (decision.escalation.action,)
    return (*step, "reminder") if decision.recommendation.requires_human else step
