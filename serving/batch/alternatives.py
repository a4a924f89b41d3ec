"""What is told of the action chosen, whichever it is: a book weighed once is chosen for when its prices are known.

It goes to disk and back as columns, and the choice made of it is that of ``decide`` to the bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from serving.actions import NONE
from serving.batch.arrow_columns import MOMENT, TEXT, Columns, known, moments, named
from serving.decide import Decisions, Effects
from serving.policy import Choice
from serving.policy_settings import PolicySettings

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Alternatives:
    """What could be told of n customers, by action where it depends on that.

    ``keys`` and ``grounds`` are what draws and ids are made of; ``person_decides`` and ``is_due`` (n,) that a person
    decides and that something is due; ``send_from``, ``send_until`` and ``daypart`` (n,) when it would be sent.
    """

    effects: Effects
    keys: Sequence[str]
    grounds: Sequence[bytes]
    person_decides: Mask
    is_due: Mask
    send_from: pa.Array
    send_until: pa.Array
    daypart: pa.Array

    @classmethod
    def of(cls, decisions: Decisions) -> Alternatives:
        """Return what decisions were chosen among."""
        when = decisions.sending
        return cls(
            effects=decisions.effects,
            keys=decisions.keys,
            grounds=decisions.grounds,
            person_decides=decisions.person_decides,
            is_due=decisions.pressing.row >= 0,
            send_from=moments(when.earliest, MOMENT),
            send_until=moments(when.latest, MOMENT),
            daypart=named([*when.names, None], when.part),
        )

    def columns(self) -> Columns:
        """Yield it as columns for ``read``."""
        for field in fields(Effects):
            of_actions = getattr(self.effects, field.name).T
            yield from ((f"{_ASIDE}{field.name} {k}", pa.array(own.copy())) for k, own in enumerate(of_actions))
        yield f"{_ASIDE}keys", pa.array(self.keys, TEXT)
        yield f"{_ASIDE}grounds", pa.array(self.grounds, pa.large_binary())
        yield f"{_ASIDE}person_decides", pa.array(self.person_decides)
        yield f"{_ASIDE}is_due", pa.array(self.is_due)
        yield from ((f"{_ASIDE}{name}", getattr(self, name)) for name in _SENT)

    @classmethod
    def read(cls, table: pa.Table) -> tuple[pa.Table, Alternatives]:
        """Return the other columns of a table, and what ``columns`` of it held."""
        aside = {name.removeprefix(_ASIDE): table[name] for name in table.column_names if name.startswith(_ASIDE)}
        effects = {
            field.name: np.array([aside[name].to_numpy() for name in aside if name.startswith(f"{field.name} ")]).T
            for field in fields(Effects)
        }
        told = {name: aside[name].combine_chunks() for name in _SENT}
        flags = {name: aside[name].to_numpy() for name in ("person_decides", "is_due")}
        texts = {name: aside[name].to_pylist() for name in ("keys", "grounds")}
        others = table.select([name for name in table.column_names if not name.startswith(_ASIDE)])
        return others, cls(effects=Effects(**effects), **told, **flags, **texts)


_ASIDE, _SENT = "aside: ", ("send_from", "send_until", "daypart")


def action_taken(of: Alternatives, choice: Choice, settings: PolicySettings) -> Columns:
    """Yield the action chosen and what it is."""
    taken, actions = choice.action, [settings.actions[name] for name in settings.action_ids]
    yield "action", named(settings.action_ids, taken)
    yield "channel", named([action.channel for action in actions], taken)
    yield "intensity", named([action.intensity for action in actions], taken)
    yield "offer", named([action.offer for action in actions], taken)
    by_person = np.array([action.requires_human for action in actions])[taken]
    yield "requires_human", pa.array(by_person | of.person_decides)


def told_of_action(of: Alternatives, choice: Choice, price: Floats, settings: PolicySettings) -> Columns:
    """Yield what is expected of the action chosen, when it is sent, and what that adds; null where nothing is sent."""
    taken = choice.action
    of_taken = _taken(taken)
    yield "expected_effect", of_taken(of.effects.effect)
    yield "expected_effect_low", of_taken(of.effects.low)
    yield "expected_effect_high", of_taken(of.effects.high)
    yield "expected_value", of_taken(choice.value)
    yield "capacity_price", of_taken(price)
    yield "propensity", known(choice.propensity)
    unsent = (taken == settings.action_ids.index(NONE)) | ~of.is_due
    for name in _SENT:
        when = getattr(of, name)
        yield name, pc.if_else(pa.array(unsent), pa.scalar(None, when.type), when)
    adds = of.effects.from_timing[np.arange(len(taken)), taken]
    yield "daypart_adds", known(np.where(unsent, 0.0, adds))


def _taken(action: npt.NDArray[np.int64]) -> Callable[[Floats], pa.Array]:
    rows = np.arange(len(action))
    return lambda by_action: known(by_action[rows, action])
