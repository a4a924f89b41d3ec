from __future__ import annotations

import numpy as np
import pandas as pd

from serving.groups import groups_of


def test_an_age_lies_in_the_band_that_begins_at_it_and_the_unknown_are_a_group() -> None:
    customers = pd.DataFrame({"gender": ["F", None, "X"], "region": [None, "north", "south"]}, dtype="str")
    days = np.array([34.99, 35.0, np.nan]) * 365.25
    groups = groups_of(customers, days, ("age_band", "gender", "region"))
    assert groups["age_band"].tolist() == ["25-34", "35-44", "not known"]
    assert groups["gender"].tolist() == ["F", "not known", "X"]
    assert groups["region"].tolist() == ["not known", "north", "south"]
