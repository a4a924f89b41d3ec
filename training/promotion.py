"""Who becomes champion: a version whose run passes every gate; and the way back, which is one step.

Without a model's name the response model of the same alias moves along with the default model if it passes its own
gates, and comes back along with it. Its gain was measured over the policy in service then, and says nothing of another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import pandas as pd
from rich.table import Table

from features.errors import ModelError
from serving.registry import CHALLENGER, CHAMPION, DEFAULT_MODEL, PREVIOUS, RESPONSE_MODEL, Registered, find_registered
from training.gates import Gate, Verdict
from training.policies.gain import COMPARED, EVALUATE, LOWER_BOUND
from training.policies.rivals import LADDER
from training.reports.words import listed
from training.track import MOVED_AT, make_champion, swap_champion


@dataclass(frozen=True)
class Approval:
    """Who approves, when (timezone-aware), and what they have to say."""

    by: str
    at: pd.Timestamp
    note: str = ""

    def tags(self, verdicts: Sequence[Verdict]) -> dict[str, str]:
        """Return what a version's tags say of its approval; the moment is UTC, the verdicts are JSON."""
        gates = json.dumps([asdict(verdict) for verdict in verdicts])
        moment = self.at.tz_convert("UTC").isoformat(timespec="seconds")
        return {"approved_by": self.by, "approved_at": moment, "note": self.note, "gates": gates}


@dataclass(frozen=True)
class Promotion:
    """A version that asked to be champion, the verdicts of its gates, and whether it now is.

    ``former`` is the version that was champion before, None where there was none.
    """

    name: str
    version: str
    verdicts: tuple[Verdict, ...]
    is_champion: bool
    former: str | None

    @property
    def words(self) -> str:
        """What became of it, in a sentence."""
        if not self.is_champion:
            failed = f"gates failed: {len(self.failed)} ({listed([verdict.gate for verdict in self.failed])})"
            stays = "the champion stays" if self.former else "there is no champion yet"
            return f"{self.name}: version {self.version} is not promoted, {stays}; {failed}."
        instead = f"in place of {self.former}" if self.former else "the first"
        gates = "" if self.verdicts else " (it has no gates of its own)"
        return f"{self.name}: version {self.version} is now the champion, {instead}{gates}."

    @property
    def failed(self) -> list[Verdict]:
        """The gates that it did not pass."""
        return [verdict for verdict in self.verdicts if verdict.outcome == "failed"]


@dataclass(frozen=True)
class Return:
    """A model whose former champion is champion again: its version, and the one that went."""

    name: str
    version: str
    former: str


def gates_table(promotion: Promotion) -> Table:
    """Return the verdicts as a table to print."""
    table = Table("gate", "metric", "value", "bound", "verdict", title=f"{promotion.name} version {promotion.version}")
    for verdict in promotion.verdicts:
        value, bound = ("-" if number is None else f"{number:.4f}" for number in (verdict.value, verdict.bound))
        said = f"skipped: {verdict.why}" if verdict.outcome == "skipped" else verdict.outcome
        table.add_row(verdict.gate, verdict.metric, value, f"{verdict.side} {bound}", said)
    return table


def _candidate(name: str, version: str | None) -> Registered:
    """Return the version asked for, or the challenger; it must not be the champion."""
    found = find_registered(name, version=version) if version else find_registered(name, alias=CHALLENGER)
    if found is None:
        which = f"version {version}" if version else f"version under the alias {CHALLENGER}"
        raise ModelError(f"{name} has no {which}. `duewise train BOOK` makes one.")
    if CHAMPION in found.aliases:
        raise ModelError(f"{name} version {found.version} is the champion already.")
    return found


def _companion(asked: Registered, model: str | None) -> Registered | None:
    """Return the response model that moves along: the challenger's, when the default model asked is challenger."""
    if model is not None or CHALLENGER not in asked.aliases:
        return None
    found = find_registered(RESPONSE_MODEL, alias=CHALLENGER)
    return None if found is None or CHAMPION in found.aliases else found


def promote(
    gates: Mapping[str, Sequence[Gate]], approval: Approval, model: str | None = None, version: str | None = None
) -> list[Promotion]:
    """Make ``version`` of ``model`` the champion when it passes every gate; return what became of each model.

    Parameters
    ----------
    gates
        The gates by model.
    approval
        Written to the tags of each version that becomes champion.
    model
        Without it, the default model, and the response model of the same alias moves along if its gates let it.
    version
        Without it, the challenger.

    Raises
    ------
    ModelError
        When there is no such version, or it is the champion already.
    """
    asked = _candidate(model or DEFAULT_MODEL, version)
    companion = _companion(asked, model)
    moved = [_judged(asked, gates[asked.name], approval)]
    if companion is not None and moved[0].is_champion:
        moved.append(_judged(companion, gates[companion.name], approval))
    return moved


def _judged(asked: Registered, gates: Sequence[Gate], approval: Approval) -> Promotion:
    """Make a version the champion when it passes its gates; return what became of it."""
    verdicts = _verdicts(asked, gates)
    if any(verdict.outcome == "failed" for verdict in verdicts):
        champion = find_registered(asked.name, alias=CHAMPION)
        return Promotion(asked.name, asked.version, verdicts, False, None if champion is None else champion.version)
    former = make_champion(asked.name, asked.version, approval.tags(verdicts))
    return Promotion(asked.name, asked.version, verdicts, True, former)


def _verdicts(asked: Registered, gates: Sequence[Gate]) -> tuple[Verdict, ...]:
    """Return the verdicts on a version's run; those on a gain over what is no longer in service have failed."""
    verdicts = tuple(gate.judge(asked.metrics) for gate in gates)
    compared, champion = asked.tags.get(COMPARED), find_registered(asked.name, alias=CHAMPION)
    if compared is None or compared == (LADDER if champion is None else str(champion)):
        return verdicts
    why = f"it was judged against {compared}, which is not what runs now; run `{EVALUATE}` again"
    return tuple(
        replace(verdict, outcome="failed", why=why) if verdict.metric == LOWER_BOUND else verdict
        for verdict in verdicts
    )


def _moved_along() -> bool:
    """Tell whether the response model's champion last moved together with the default model's."""
    default, response = (find_registered(name, alias=CHAMPION) for name in (DEFAULT_MODEL, RESPONSE_MODEL))
    if default is None or response is None or find_registered(RESPONSE_MODEL, alias=PREVIOUS) is None:
        return False
    return default.model_tags.get(MOVED_AT) == response.model_tags.get(MOVED_AT)


def revert(model: str | None = None) -> list[Return]:
    """Make the former champion of ``model`` the champion again; doing it twice changes nothing.

    Without a name that is the default model, and the response model when it last moved along with it.

    Raises
    ------
    ModelError
        When there is no former champion.
    """
    name = model or DEFAULT_MODEL
    if find_registered(name, alias=CHAMPION) is None:
        raise ModelError(f"{name} has no champion.")
    back = [Return(name, *swap_champion(name))]
    if model is None and _moved_along():
        back.append(Return(RESPONSE_MODEL, *swap_champion(RESPONSE_MODEL)))
    return back
