"""The policy that a belief about effects leads to, as serving decides: rules, capacity at its prices, exploration.

The belief is a response model's; the truth's, where a simulation knows it, makes the all-knowing policy.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from serving.allocation.capacity import traits_of
from serving.allocation.plan import Offers, plan
from serving.effects import EffectScorer
from serving.policy import draws, odds, tie_breaks, tie_draws
from serving.policy_settings import Exploration
from training.policies.occasions import Floats, Occasions


def by_effect(occasions: Occasions, effect: Floats, explores: bool = True) -> Floats:
    """Return how likely a policy that believes ``effect`` (n, k) is to take each action, (n, k).

    The effect of an action nothing is known of is NaN: it is not taken. The capacity in the occasions' settings is
    that of all of them together.

    Raises
    ------
    PolicyError
        When the capacity cannot be kept, with the numbers.
    """
    asked = occasions.settings
    settings = asked if explores else replace(asked, exploration=Exploration(0.0, asked.exploration.band))
    usable = occasions.allowed & ~np.isnan(effect)
    value = np.where(usable, occasions.value(np.nan_to_num(effect)), -np.inf)
    traits = traits_of(occasions.tier, occasions.programme, occasions.groups(settings.groupings), settings)
    names = [str(name) for name in occasions.reminder_id]
    offers = Offers(value, traits, draws(names), tie_draws(names))
    prices = plan(offers, settings, occasions.at.max(), "judged")
    charge = prices.of(traits, settings.action_ids)
    return odds(value - charge + tie_breaks(offers.tie_draw, value.shape[1], prices.tie_size), settings)


def effects_of(scorer: EffectScorer, occasions: Occasions) -> Floats:
    """Return what each of the policy's actions adds to P(paid), (n, k), NaN where the model has not seen it."""
    effect = scorer.effect(occasions.X).effects
    return _as_policy(effect, scorer, occasions, np.nan)


def chances_of(scorer: EffectScorer, occasions: Occasions) -> Floats:
    """Return P(paid | action), (n, k); an action that the model has not seen has that of doing nothing."""
    chance = scorer.predict(occasions.X)
    unseen = chance[:, [scorer.position("none")]]
    return _as_policy(chance, scorer, occasions, unseen)


def _as_policy(values: Floats, scorer: EffectScorer, occasions: Occasions, otherwise: Floats | float) -> Floats:
    place = np.array([scorer.actions.index(a) if a in scorer.actions else -1 for a in occasions.settings.action_ids])
    return np.where(place >= 0, values[:, place], otherwise)
