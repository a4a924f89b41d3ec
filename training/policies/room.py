"""What capacity leaves for logged occasions: a day's bounds for a whole book, or the calls that the log itself made.

Every policy that is judged gets the same room.
"""

from __future__ import annotations

from dataclasses import dataclass

from serving.policy_settings import Capacity
from training.dataset import HeldOut
from training.policies.occasions import Occasions
from training.policies.worth import channel_actions


@dataclass(frozen=True)
class Room:
    """``capacity`` of all the judged occasions together, and how it was come by, in a sentence.

    ``share`` of a day's capacity times days: what one a day for the whole book comes to over the occasions.
    """

    capacity: Capacity
    share: float
    says: str

    def a_day(self, limit: float) -> float:
        """Return what a limit over the occasions is a day, for the whole book."""
        return limit / self.share


def room_for(occasions: Occasions, held_out: HeldOut, customers: int) -> Room:
    """Return the room of ``occasions``, which are of ``held_out``, in a book of ``customers``."""
    asked = occasions.settings.capacity
    share = held_out.customers / customers * held_out.days * held_out.kept
    part = f"{held_out.customers:,} of {customers:,} customers over {held_out.days:,.0f} days"
    thinned = "" if held_out.kept == 1 else f", of which {held_out.kept:.1%} of the occasions are judged"
    if asked.binds:
        channels = {name: None if limit is None else limit * share for name, limit in asked.channels.items()}
        budget = None if asked.budget is None else asked.budget * share
        says = f"The day's capacity in configs/policy.yaml holds for every policy, scaled to {part}{thinned}."
        return Room(Capacity(channels, budget, asked.service, asked.fairness), share, says)
    calls = int(channel_actions(occasions, "call")[occasions.action[occasions.action >= 0]].sum())
    says = (
        f"configs/policy.yaml bounds no channel, so every policy may make the {calls:,} calls that the log made on "
        f"these occasions ({part}{thinned}): {calls / share:,.1f} a day for the whole book."
    )
    return Room(Capacity({"call": float(calls)}), share, says)
