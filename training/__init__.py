"""Everything offline: samples, models, their verdicts, and a simulated bank with known truth."""

from serving.offpolicy import policy_value
from training.default_model import DefaultModel
from training.response import ResponseModel
from training.scorecard import Scorecard
from training.simulation import Simulation, simulate_bank

__all__ = ["DefaultModel", "ResponseModel", "Scorecard", "Simulation", "policy_value", "simulate_bank"]
