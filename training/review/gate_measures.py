"""The few numbers a promotion asks for, taken from the material; they become metrics of the training's run."""

from __future__ import annotations

from training.evaluate import measures
from training.review.effects import sign_breaches
from training.review.fairness import fairness_gap
from training.review.material import Material
from training.review.reliability import tiers
from training.review.stability import score_stability


def gate_measures(material: Material, seed: int = 0) -> dict[str, float]:
    """Return the measures by name.

    ``judge_psi`` (score, judge against fit), ``tiers_outside`` (tiers whose observed default rate leaves the 95 %
    interval around the expected), ``sign_breaches``, ``fairness_gap`` and ``fairness_gap_sure``;
    ``champion_auc``, ``champion_log_loss``, ``scorecard_auc`` and ``scorecard_log_loss`` on the judge window, absent
    where there is no such model.
    """
    scores = score_stability(material)
    whole = scores[(scores["window"] == "judge") & (scores["month"] == "all")]
    by_tier = tiers(material.window("judge"), material.facts["model"]["tiers"])
    return {
        "judge_psi": float(whole["psi"].iloc[0]),
        "tiers_outside": float((~by_tier["inside"]).sum()),
        "sign_breaches": float(sign_breaches(material.effects)),
        **fairness_gap(material, seed),
        **_rivals(material),
    }


def _rivals(material: Material) -> dict[str, float]:
    judge = material.window("judge")
    found: dict[str, float] = {}
    for rival in ("champion", "scorecard"):
        known = judge[judge[rival].notna()]
        if len(known):
            verdict = measures(known["outcome"].to_numpy(), known[rival].to_numpy())
            found |= {f"{rival}_{name}": verdict[name] for name in ("auc", "log_loss")}
    return found
