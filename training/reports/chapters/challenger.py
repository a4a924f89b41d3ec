"""Would a simple scorecard do? A scorecard on the same cases beside the model, with the interval of the difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from training.evaluate import measures
from training.reports.section import Section, Table
from training.review.material import Material
