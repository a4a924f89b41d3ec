"""The machine a benchmark ran on, in one line."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version


def machine_line() -> str:
    """Return cores, processor, Python and the versions that matter."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("xgboost", "numpy", "pandas"))
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {packages}"
