from __future__ import annotations

import numpy as np

from features.ledger.texts import coded
from serving.groups import groups_of


def test_an_age_lies_in_the_band_that_begins_at_it_and_the_unknown_are_a_group() -> None:
    people = {"gender": coded(["F", None, "X"]), "region": coded([None, "north", "south"])}
    days = np.array([34.99, 35.0, np.nan]) * 365.25
    groups = groups_of(people, np.arange(3), days, ("age_band", "gender", "region"))
    assert groups["age_band"].tolist() == ["25-34", "35-44", "not known"]
    assert groups["gender"].tolist() == ["F", "not known", "X"]
    assert groups["region"].tolist() == ["not known", "north", "south"]
