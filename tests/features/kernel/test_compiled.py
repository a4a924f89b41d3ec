from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba.core.caching import CacheImpl

from features.kernel.compiled import compiled


def doubled(values: Any) -> Any:
    return values * 2


def test_a_machine_without_a_place_for_the_cache_still_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    assert compiled(doubled)(np.array([1.5])).tolist() == [3.0]


def test_a_function_keeps_its_name_and_docstring() -> None:
    assert compiled(doubled).__name__ == "doubled"
