"""Whether customers are treated alike where they are alike, and what they say of it.

A group is compared with others of the same tier and stage, so that a gap is not their risk. Rows are one a customer;
groups are for this audit only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from features.book import Book
from features.facts.reminders import NOT_SENT
from features.kernel.windows import Ints, Mask
from serving.feedback.reader import ReplyReader
from serving.monitoring.decided import Decided
from serving.monitoring.finding import Finding, chance_of_gap, chance_of_shares
from serving.monitoring.span import Span
from serving.policy_settings import PolicySettings

FEWEST = 50
"""Customers below which a group is left out."""


@dataclass(frozen=True)
class GroupTreatment:
    """How often ``customers`` of a group met a treatment: their ``share``, beside that of others at the same tiers.

    ``gap`` is by how much the group's share is above that of others at the same tier and stage, weighted as Mantel and
    Haenszel do; below 0: less often. ``chance``: how often a treatment that knows nothing of groups differs as much.
    """

    grouping: str
    group: str
    treatment: str
    customers: int
    share: float
    gap: float
    chance: float


@dataclass(frozen=True)
class RuleBlock:
    """A rule or limit, and the share of customers for whom it blocked an action, in the window and the one before."""

    rule: str
    customers: int
    blocked: int
    customers_before: int
    blocked_before: int
    chance: float


@dataclass(frozen=True)
class Voice:
    """How many reminders were answered by an opt-out or a complaint, in the window and in what is counted before."""

    name: str
    reminders: int
    said: int
    reminders_before: int
    said_before: int
    chance: float


def treatments_of(decided: Decided, policy: PolicySettings) -> dict[str, Mask]:
    """Return who met each treatment, (n,), by its name."""
    action = decided.words["action"]
    known = policy.actions
    return {
        "reminded": decided.reminded,
        "called": action.among(lambda name: name in known and known[name].channel == "call"),
        "firm": action.among(lambda name: name in known and known[name].intensity == "firm"),
        "offered a plan": action.among(lambda name: name in known and known[name].offer == "plan"),
        "put to a person": decided.requires_human,
    }


def fairness_of(
    decided: Decided, groups: Mapping[str, npt.NDArray[Any]], policy: PolicySettings
) -> tuple[GroupTreatment, ...]:
    """Return the treatment of each group of enough customers; ``groups`` (n,) by grouping, rows one a customer."""
    tier, stage = decided.words["tier"], decided.words["stage"]
    cell = (tier.code + 1) * (len(stage.names) + 1) + stage.code + 1
    met = treatments_of(decided, policy)
    found = []
    for grouping, group in groups.items():
        names, codes = np.unique(group.astype(str), return_inverse=True)
        for place, name in enumerate(names.tolist()):
            member = codes == place
            if member.sum() >= FEWEST:
                found += [_treated(grouping, name, treatment, rows, member, cell) for treatment, rows in met.items()]
    return tuple(found)


def blocks_of(decided: Decided, before: Decided) -> tuple[RuleBlock, ...]:
    """Return how many customers each rule blocked something for, now and before; rows are one a customer each."""
    now, then = _blocked_by(decided), _blocked_by(before)
    told = {name: (now.get(name, 0), then.get(name, 0)) for name in sorted({*now, *then})}
    sizes = (_told(decided), _told(before))
    return tuple(
        RuleBlock(name, sizes[0], one, sizes[1], other, chance_of_shares(one, sizes[0], other, sizes[1]))
        for name, (one, other) in told.items()
    )


def voices_of(book: Book, window: Span, before: Span, reader: ReplyReader | None = None) -> tuple[Voice, ...]:
    """Return how often reminders were answered by an opt-out or a complaint."""
    read = reader or ReplyReader.shipped()
    sent = book.ledger.reminders
    went = sent["channel"] != NOT_SENT
    spans = [went & (sent.at >= span.since) & (sent.at < span.until) for span in (window, before)]
    told = [_causes(book, rows & sent["said"], read) for rows in spans]
    sizes = [int(rows.sum()) for rows in spans]
    found = []
    for name, cause in (("opt_outs", "opt_out"), ("complaints", "complaint")):
        now, then = (causes.get(cause, 0) for causes in told)
        found.append(Voice(name, sizes[0], now, sizes[1], then, chance_of_shares(now, sizes[0], then, sizes[1])))
    return tuple(found)


def fairness_findings(treated: tuple[GroupTreatment, ...]) -> Iterator[Finding]:
    """Yield what there is to say of each group's treatment."""
    for one in treated:
        told = (
            f"{one.share:.1%} of {one.customers:,} customers were {one.treatment}, {one.gap:+.1%} against others at "
            f"the same tiers and stages; by chance in {one.chance:.2g} of windows"
        )
        yield Finding("treatment_gap", f"{one.grouping} {one.group}: {one.treatment}", abs(one.gap), one.chance, told)


def block_findings(blocks: tuple[RuleBlock, ...]) -> Iterator[Finding]:
    """Yield what there is to say of each rule, where there is a window before to compare with."""
    for one in blocks:
        if one.customers and one.customers_before:
            now, then = one.blocked / one.customers, one.blocked_before / one.customers_before
            told = f"blocked something for {now:.1%} of {one.customers:,} customers, before for {then:.1%}"
            yield Finding("rule_blocks", one.rule, abs(now - then), one.chance, told)


def voice_findings(voices: tuple[Voice, ...]) -> Iterator[Finding]:
    """Yield what there is to say of opt-outs and complaints."""
    for one in voices:
        if one.reminders and one.reminders_before:
            least = max(one.said_before, 1) / one.reminders_before
            told = (
                f"{one.said:,} of {one.reminders:,} reminders, before {one.said_before:,} of {one.reminders_before:,}"
            )
            yield Finding(one.name, "replies", one.said / one.reminders / least, one.chance, told)


def _treated(grouping: str, group: str, treatment: str, met: Mask, member: Mask, cell: Ints) -> GroupTreatment:
    cells = int(cell.max()) + 1
    ours, others = (np.bincount(cell[side], minlength=cells) for side in (member, ~member))
    our, other = (np.bincount(cell[side & met], minlength=cells) for side in (member, ~member))
    both = (ours > 0) & (others > 0)
    ours, others, our, other = ours[both], others[both], our[both], other[both]
    weight, pooled = ours * others / (ours + others), (our + other) / (ours + others)
    total = float(weight.sum())
    gap = float((weight * (our / ours - other / others)).sum() / total) if total else 0.0
    error = float(np.sqrt((weight * pooled * (1 - pooled)).sum()) / total) if total else 0.0
    share, chance = float(met[member].mean()), chance_of_gap(gap, error)
    return GroupTreatment(grouping, group, treatment, int(member.sum()), share, gap, chance)


def _told(decided: Decided) -> int:
    """Return of how many decisions the journal says what blocked them."""
    return int((decided.words["blocked_by"].code >= 0).sum())


def _blocked_by(decided: Decided) -> dict[str, int]:
    found: dict[str, int] = {}
    for together, rows in decided.words["blocked_by"].counts().items():
        for name in filter(None, together.split(",")):
            found[name] = found.get(name, 0) + rows
    return found


def _causes(book: Book, rows: Mask, reader: ReplyReader) -> dict[str, int]:
    found: dict[str, int] = {}
    for text in book.texts.replies[book.ledger.reminders["row"][rows]]:
        for cause in reader.causes(text):
            found[cause] = found.get(cause, 0) + 1
    return found
