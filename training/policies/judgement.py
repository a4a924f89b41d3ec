"""Judgement: what the policy of a response model is worth against its rivals, as tables; nothing is drawn or written.

What rests on the log rests on decisions with a known propensity, about customers whom the model did not learn from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from features.errors import PolicyError
from serving.effects import EffectScorer
from serving.groups import AGE_BANDS, UNKNOWN
from serving.offpolicy.row_scores import METHODS
from training.policies import rivals
from training.policies.chance import chance_alone
from training.policies.contenders import best_single, contenders, singles
from training.policies.finding import finding_tables
from training.policies.frontier import calls_frontier
from training.policies.learned import chances_of, effects_of
from training.policies.occasions import Floats, Occasions
from training.policies.room import Room
from training.policies.worth import Measure, by_log, by_truth, grievance_rates, reach, supports, verdicts
from training.response.model import ResponseModel

Finding = Literal["better", "not proven", "worse", "cannot be judged"]


@dataclass(frozen=True)
class Case:
    """What is judged: ``model`` on ``occasions`` with the ``room`` there is.

    ``running`` is the model in service, None where it is the one judged. ``replies`` (n,): the text of the reply to
    each occasion's reminder, null where there was none. ``truth`` (n, k): P(paid | action), None where nobody knows.
    """

    occasions: Occasions
    model: ResponseModel
    running: EffectScorer | None
    replies: pd.Series[Any]
    room: Room
    truth: Floats | None = None
    seed: int = 0

    @property
    def compared(self) -> str:
        """What the gain of the verdict is over: the running policy, or the bank's ladder where there is no other."""
        return rivals.LADDER if self.running is None else rivals.RUNNING


@dataclass(frozen=True)
class Judgement:
    """Tables by name and single facts by name; ``finding`` is about the gain over ``compared``, ``why`` in words."""

    finding: Finding
    why: str
    compared: str
    facts: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]

    @property
    def metrics(self) -> dict[str, float]:
        """What the promotion's gates read; NaN where it could not be told, so that no older number stands."""
        names = ("gain", "gain_low", "gain_high", "effective_rows", "overlap", "placebo_share", "placebo_bias")
        return {f"policy_{name}": float(self.facts.get(name, np.nan)) for name in names}


def judge(case: Case, tell: Callable[[str], None] = lambda words: None) -> Judgement:
    """Return the judgement; where the log cannot tell, it says so instead of raising.

    Raises
    ------
    PolicyError
        When the capacity cannot be kept.
    """
    occasions, model = case.occasions, case.model
    tell(f"deciding on {len(occasions):,} occasions by every policy")
    effect, chance = effects_of(model.scorer_, occasions), chances_of(model.scorer_, occasions)
    running = None if case.running is None else effects_of(case.running, occasions)
    policies = contenders(occasions, effect, running, case.truth)
    facts = _facts(case)
    tables = {"average_effects": model.average_effects_, "overlap_of_model": model.overlap_}
    tables["support"] = supports(policies, occasions) if occasions.randomised.any() else pd.DataFrame()
    tell("measuring each by the log")
    try:
        measure = by_log(occasions, chance, seed=case.seed)
        name, tables["singles"] = best_single(singles(occasions), policies[rivals.NOTHING], measure)
        told = measure(policies[rivals.LEARNED], policies[case.compared])
        measure(policies[rivals.LEARNED], policies[rivals.NOTHING])
    except PolicyError as error:
        tables["reach"] = _reach(policies, occasions)
        return Judgement("cannot be judged", str(error), case.compared, facts, tables)
    policies = _with_single(policies, singles(occasions)[name])
    tables |= _compared(policies, case, measure) | {"methods": _methods(policies, case, chance)}
    support = tables["support"].set_index("policy").loc[[rivals.LEARNED, case.compared]]
    facts |= {"gain": told.gain, "gain_low": told.low, "gain_high": told.high, "best_single": name}
    facts |= {"effective_rows": told.ess, "overlap": float(support["overlap"].min())}
    tell("shuffling the log's actions")
    tables["placebo"], tables["shuffles"] = chance_alone(
        occasions, chance, policies[rivals.LEARNED], policies[case.compared], case.seed
    )
    facts |= {f"placebo_{name}": float(tables["placebo"][name].iloc[0]) for name in ("share", "bias")}
    tell("asking whom reminders help, and what more calls would bring")
    tables |= finding_tables(occasions, chance, effect, case.seed)
    tables["frontier"] = calls_frontier(occasions, effect, policies[rivals.NOTHING], measure, case.room)
    return Judgement(_finding(told.low, told.high), "", case.compared, facts, tables)


def _compared(policies: Mapping[str, Floats], case: Case, measure: Measure) -> dict[str, pd.DataFrame]:
    """Return what each policy is worth, does, reaches and rests on, and the gains over each, by log and by truth."""
    grievances = grievance_rates(case.occasions, case.replies)
    tables = {
        "support": supports(policies, case.occasions),
        "worth": verdicts(policies, rivals.NOTHING, case.occasions, measure, grievances),
        "gains": _gains(policies, measure),
        "reach": _reach(policies, case.occasions),
    }
    if case.truth is not None:
        truly = by_truth(case.occasions, case.truth, case.seed)
        tables["truth"] = verdicts(policies, rivals.NOTHING, case.occasions, truly, grievances)
        tables["gains_by_truth"] = _gains(policies, truly)
    return tables


def _finding(low: float, high: float) -> Finding:
    return "better" if low > 0 else "worse" if high < 0 else "not proven"


def _with_single(policies: Mapping[str, Floats], target: Floats) -> dict[str, Floats]:
    """Return the policies with the best single action among the rivals, before those that know effects."""
    plain = (rivals.NOTHING, rivals.LADDER, rivals.RISK)
    first = {name: policies[name] for name in plain}
    return {**first, rivals.SINGLE: target, **{n: one for n, one in policies.items() if n not in first}}


def _gains(policies: Mapping[str, Floats], measure: Measure) -> pd.DataFrame:
    """Return the learned policy's gain over each other, a row each: ``over``, ``gain``, ``low``, ``high``, ``ess``."""
    rows = []
    for name, target in policies.items():
        if name == rivals.LEARNED:
            continue
        try:
            rows.append({"over": name, **vars(measure(policies[rivals.LEARNED], target))})
        except PolicyError:
            rows.append({"over": name, "gain": np.nan, "low": np.nan, "high": np.nan, "ess": np.nan})
    return pd.DataFrame(rows)


def _methods(policies: Mapping[str, Floats], case: Case, chance: Floats) -> pd.DataFrame:
    """Return the learned policy's gain over doing nothing and over the compared one by every estimator."""
    rows = []
    for method in METHODS:
        measure = by_log(case.occasions, chance, method, case.seed)
        for over in dict.fromkeys((rivals.NOTHING, case.compared)):
            rows.append({"method": method, "over": over, **vars(measure(policies[rivals.LEARNED], policies[over]))})
    return pd.DataFrame(rows)


def _reach(policies: Mapping[str, Floats], occasions: Occasions) -> pd.DataFrame:
    """Return ``reach`` by tier and by group, a column ``by`` before it."""
    cuts = {"tier": occasions.tier_names, **occasions.groups()}
    order = {"tier": list(occasions.settings.tiers), "age_band": [*AGE_BANDS, UNKNOWN]}
    parts = []
    for by, values in cuts.items():
        table = reach(policies, values, occasions)
        if by in order:
            place = table["group"].map(order[by].index)
            table = table.iloc[np.argsort(place.to_numpy(), kind="stable")]
        table.insert(0, "by", by)
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def _facts(case: Case) -> dict[str, Any]:
    occasions = case.occasions
    return {
        "occasions": len(occasions),
        "randomised": int(occasions.randomised.sum()),
        "customers": int(occasions.X.index.nunique()),
        "first": occasions.at.min(),
        "last": occasions.at.max(),
        "capacity": case.room.says,
        "heterogeneity": case.model.heterogeneity_,
    }
