"""A bank with known truth: ``simulate_bank`` makes a book and keeps what no book can hold."""

from training.simulation.actions import ACTIONS
from training.simulation.simulation import Simulation, simulate_bank
from training.simulation.truth import Truth

__all__ = ["ACTIONS", "Simulation", "Truth", "simulate_bank"]
