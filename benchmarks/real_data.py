"""Where the real data sets are: DUEWISE_DATA, or shared/data beside the project."""

from __future__ import annotations

import os
from pathlib import Path


def real_data() -> Path:
    """Return the folder of the real data sets."""
    return Path(os.environ.get("DUEWISE_DATA", Path(__file__).parents[2] / "shared" / "data"))
