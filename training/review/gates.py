"""The few numbers a promotion asks for, taken from the material; they become metrics of the training's run."""

from __future__ import annotations

from training.evaluate import measures
from training.review.effects import sign_breaches
from training.review.material import Material


def gate_measures(material: Material) -> dict[str, float]:
    """Return the measures by name; those of a champion or a scorecard are absent where there is none."""
    return {**_rivals(material), "sign_breaches": float(sign_breaches(material.effects))}


def _rivals(material: Material) -> dict[str, float]:
    judge = material.window("judge")
    found: dict[str, float] = {}
    for rival in ("champion", "scorecard"):
        known = judge[judge[rival].notna()]
        if len(known):
            verdict = measures(known["outcome"].to_numpy(), known[rival].to_numpy())
            found |= {f"{rival}_{name}": verdict[name] for name in ("auc", "log_loss")}
    return found
