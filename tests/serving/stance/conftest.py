from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from features import CATALOGUE
from serving.feedback.causes import CAUSES
from serving.stance import StanceSettings, read_stance

type Mask = npt.NDArray[np.bool_]
type MakeMatrix = Callable[..., pd.DataFrame]
type MakeCauses = Callable[..., Mask]


@pytest.fixture(scope="session")
def settings() -> StanceSettings:
    return read_stance()


@pytest.fixture(scope="session")
def matrix() -> MakeMatrix:
    """Return a function that makes a feature matrix in which only the given features are known, a dict a customer."""

    def make(*customers: dict[str, float]) -> pd.DataFrame:
        return pd.DataFrame(list(customers), dtype=float).reindex(columns=list(CATALOGUE))

    return make


@pytest.fixture(scope="session")
def told() -> MakeCauses:
    """Return a function that makes what replies told, (n, causes), from the names of causes a customer."""

    def make(*customers: Sequence[str]) -> Mask:
        return np.array([[cause in causes for cause in CAUSES] for causes in customers])

    return make
