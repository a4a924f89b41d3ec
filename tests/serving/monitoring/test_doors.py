"""What takes seconds to import stays behind its door: a request never waits for it, nor does `--help`."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module", ["serving.service", "duewise", "serving.monitoring.watching", "serving.monitoring.reports"]
)
def test_evidently_and_lifelines_are_not_loaded_until_they_are_used(module: str) -> None:
    asked = f"import sys, {module}; print(*sorted({{'evidently', 'lifelines', 'plotly'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_service_loads_nothing_of_monitoring() -> None:
    asked = (
        "import sys, serving.service; print([name for name in sys.modules if name.startswith('serving.monitoring')])"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
