"""What a policy is worth on occasions: by the log's randomised rows, or by truth where a simulation knows it.

Worth is a gain over another policy, in currency an occasion: recovery less cost and friction. The intervals draw
customers whole; neither measure looks at how a policy was learned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import PolicyError
from features.ledger.replies import CAUSES as REPLY_CAUSES
from features.ledger.replies import DISPUTE, OPT_OUT, causes_of
from serving.offpolicy import policy_gain
from serving.offpolicy.bootstrap import bootstrap_mean
from serving.offpolicy.decision_log import read_log
from serving.offpolicy.overlap import Overlap
from training.policies.occasions import Floats, Mask, Occasions

_GRIEVANCES = sum(1 << REPLY_CAUSES.index(cause) for cause in (OPT_OUT, DISPUTE))
_PRIOR_CONTACTS = 50.0


@dataclass(frozen=True)
class Gain:
    """Currency an occasion, with a 95 % interval; ``ess`` effective rows it rests on, the rows themselves by truth."""

    gain: float
    low: float
    high: float
    ess: float


type Measure = Callable[[Floats, Floats], Gain]
"""The gain of a target, (n, k) probabilities, over a baseline of the same shape."""


def by_log(occasions: Occasions, predicted: Floats, method: str = "dr", seed: int = 0) -> Measure:
    """Return the measure that rests on the occasions whose action was drawn with a known propensity.

    ``predicted`` (n, k): P(paid | action) of a model that did not learn from these customers. Occasions in which a
    policy could do something else than the logger ever would are told by the overlap, which refuses.

    Raises
    ------
    PolicyError
        When no occasion has a known propensity.
    """
    rows = np.flatnonzero(occasions.randomised)
    if not len(rows):
        raise PolicyError(
            f"too little overlap to value a policy: of {len(occasions)} logged decisions about customers that were not "
            "learned from none has a known propensity."
        )
    drawn = occasions.within(rows)
    money, reaped = drawn.money(predicted[rows]), drawn.reaped()
    customers = drawn.X.index.to_numpy()

    def gain(target: Floats, baseline: Floats) -> Gain:
        told = policy_gain(
            drawn.action,
            reaped,
            drawn.propensity,
            target[rows],
            baseline[rows],
            predicted=money,
            method=method,
            seed=seed,
            groups=customers,
        )
        return Gain(told.gain, told.low, told.high, told.ess)

    return gain


def by_truth(occasions: Occasions, truth: Floats, seed: int = 0) -> Measure:
    """Return the measure of who knows ``truth`` (n, k), P(paid | action); customers are drawn as in a log."""
    money, customer = occasions.money(truth), pd.factorize(occasions.X.index)[0]

    def gain(target: Floats, baseline: Floats) -> Gain:
        scores = ((target - baseline) * money).sum(axis=1)
        return Gain(*bootstrap_mean(scores, customer, seed), float(len(scores)))

    return gain


def grievance_rates(occasions: Occasions, replies: pd.Series) -> Floats:
    """Return, by action, the share of its logged contacts answered with an opt-out or a dispute, (k,).

    ``replies`` holds the text of the reply to each occasion's reminder, null where there was none. Rates are drawn
    towards that of all contacts, which counts for 50 of them; doing nothing has 0.
    """
    told = np.array([bool(causes_of(text) & _GRIEVANCES) if isinstance(text, str) else False for text in replies])
    contact = (occasions.action >= 0) & (occasions.action != occasions.none)
    k = len(occasions.settings.action_ids)
    contacts = np.bincount(occasions.action[contact], minlength=k)
    grieved = np.bincount(occasions.action[contact], told[contact], minlength=k)
    usual = grieved.sum() / max(1, contacts.sum())
    rates: Floats = (grieved + _PRIOR_CONTACTS * usual) / (contacts + _PRIOR_CONTACTS)
    rates[occasions.none] = 0.0
    return rates


def conduct(target: Floats, occasions: Occasions, grievances: Floats) -> dict[str, float]:
    """Return what a policy does on 100 occasions: contacts, calls, their cost in currency, grievances to expect."""
    settings, share = occasions.settings, 100 * target.mean(axis=0)
    return {
        "contacts": float(share.sum() - share[occasions.none]),
        "calls": float(share[channel_actions(occasions, "call")].sum()),
        "cost": float(share @ settings.costs),
        "grievances": float(share @ grievances),
    }


def channel_actions(occasions: Occasions, channel: str) -> Mask:
    """Return which actions go over a channel, (k,)."""
    return np.array([action.channel == channel for action in occasions.settings.actions.values()])


def verdicts(
    policies: Mapping[str, Floats], baseline: str, occasions: Occasions, measure: Measure, grievances: Floats
) -> pd.DataFrame:
    """Return a row a policy: gain over the policy called ``baseline`` with its interval, and its conduct.

    Columns: ``policy``, ``gain``, ``low``, ``high`` (currency an occasion), ``ess``, and those of ``conduct``. Of a
    policy that the measure refuses, gain and interval are NaN.
    """
    rows = []
    for name, target in policies.items():
        told = told_or_unknown(measure, target, policies[baseline])
        rows.append({"policy": name, **vars(told), **conduct(target, occasions, grievances)})
    return pd.DataFrame(rows)


def told_or_unknown(measure: Measure, target: Floats, baseline: Floats) -> Gain:
    """Return the gain, all NaN where the measure refuses."""
    try:
        return measure(target, baseline)
    except PolicyError:
        return Gain(np.nan, np.nan, np.nan, np.nan)


def supports(policies: Mapping[str, Floats], occasions: Occasions) -> pd.DataFrame:
    """Return what the log can say of each policy, whether or not it is enough, a row a policy; see ``Overlap``.

    Columns: ``policy``, ``rows`` (drawn with a known propensity), ``ess``, ``overlap``, ``largest_weight``,
    ``never_logged``.
    """
    rows = np.flatnonzero(occasions.randomised)
    drawn = occasions.within(rows)
    reaped = drawn.reaped()
    told = {
        name: Overlap.of(read_log(drawn.action, reaped, drawn.propensity, target[rows]))
        for name, target in policies.items()
    }
    names = ("rows", "ess", "overlap", "largest_weight", "never_logged")
    return pd.DataFrame([{"policy": name, **{n: getattr(one, n) for n in names}} for name, one in told.items()])


def reach(policies: Mapping[str, Floats], by: npt.ArrayLike, occasions: Occasions) -> pd.DataFrame:
    """Return who is reminded and who is called: by policy and group, ``occasions`` and shares of them in [0, 1].

    ``by`` (n,) names the group of each occasion. Columns: ``policy``, ``group``, ``occasions``, ``reminded``,
    ``called``.
    """
    calls = channel_actions(occasions, "call")
    codes, groups = pd.factorize(np.asarray(by, dtype=object), sort=True)
    size = np.bincount(codes)
    tables = []
    for name, target in policies.items():
        reminded = np.bincount(codes, 1 - target[:, occasions.none]) / size
        called = np.bincount(codes, target[:, calls].sum(axis=1)) / size
        columns = {"policy": name, "group": groups, "occasions": size, "reminded": reminded, "called": called}
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)
