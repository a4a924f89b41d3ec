"""Everything offline: samples, models, their verdicts, and a simulated bank with known truth.

Names are imported when first asked for: the command line knows every verb also where only serving is installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from serving.offpolicy import policy_value
    from training.default_model import DefaultModel
    from training.response import ResponseModel
    from training.scorecard import Scorecard
    from training.simulation import Simulation, simulate_bank

__all__ = ["DefaultModel", "ResponseModel", "Scorecard", "Simulation", "policy_value", "simulate_bank"]

_ROOMS = {
    "DefaultModel": "training.default_model",
    "ResponseModel": "training.response",
    "Scorecard": "training.scorecard",
    "Simulation": "training.simulation",
    "policy_value": "serving.offpolicy",
    "simulate_bank": "training.simulation",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)
