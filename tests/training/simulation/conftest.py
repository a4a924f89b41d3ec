import pytest

from training.simulation import Simulation, simulate_bank


@pytest.fixture(scope="session")
def simulation() -> Simulation:
    return simulate_bank(customers=3_000, months=12, seed=7)
