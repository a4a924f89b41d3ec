"""Programmes: whom each is for, what differs for them, and how a wrong one is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from features import PolicyError
from features.ledger.texts import coded
from features.tables.schema import PRODUCTS
from serving.policy_settings import read_policy
from serving.programme.programmes import Programme, programmes_of
from serving.settings import CONFIGS

PEOPLE = {"occupation": coded(["retired", "driver", None]), "region": coded(["Wuhan", "Xiamen", "Wuhan"])}
EVERYONE = np.arange(3)
CARD, MORTGAGE = PRODUCTS.index("credit_card"), PRODUCTS.index("mortgage")
PRODUCT = np.array([MORTGAGE, CARD, -1])


@pytest.mark.parametrize(
    ("programme", "fits"),
    [
        (Programme(), [True, True, True]),
        (Programme(products=("mortgage",)), [True, False, False]),
        (Programme(occupations=("retired", "driver")), [True, True, False]),
        (Programme(regions=("Wuhan",)), [True, False, True]),
        (Programme(products=("mortgage", "credit_card"), regions=("Xiamen",)), [False, True, False]),
    ],
    ids=["anybody", "product", "occupation", "region", "product and region"],
)
def test_all_that_a_programme_names_must_fit(programme: Programme, fits: list[bool]) -> None:
    assert programme.fits(PRODUCT, PEOPLE, EVERYONE).tolist() == fits


def test_the_first_programme_that_fits_holds() -> None:
    two = {"wuhan": Programme(regions=("Wuhan",)), "home": Programme(products=("mortgage",))}
    assert programmes_of(two, PRODUCT, PEOPLE, EVERYONE).tolist() == [1, 0, 1]
    assert programmes_of(dict(reversed(two.items())), PRODUCT, PEOPLE, EVERYONE).tolist() == [1, 0, 2]
    assert programmes_of({}, PRODUCT, PEOPLE, EVERYONE).tolist() == [0, 0, 0]


def test_what_a_programme_does_not_name_is_as_for_all() -> None:
    policy = read_policy()
    own = Programme(ladder={"T-7": dict.fromkeys(policy.tiers, "gentle")}, channels=("sms",), offers=())
    settings = replace(policy, programmes={"own": own})
    standard, changed = settings.ladder_strengths
    stage = list(policy.stages).index("T-7")
    assert changed[stage].tolist() == [1] * len(policy.tiers)
    assert np.delete(changed, stage, 0).tolist() == np.delete(standard, stage, 0).tolist()
    left = [name for name, is_open in zip(settings.action_ids, settings.open_actions[1], strict=True) if is_open]
    assert left == [k for k, a in policy.actions.items() if a.channel in (None, "sms") and a.offer is None]
    assert settings.open_actions[0].all()


BAD = {
    "an unknown product": ("products: [mortgage]", "products: [house]", r"policy\.yaml: line \d+: programmes\.home loans\.products\.0: got 'house'"),
    "an unknown channel": ("channels: [sms, email, call]", "channels: [fax]", r"programmes\.businesses\.channels\.0: got 'fax'.*'sms', 'push', 'email' or 'call'"),
    "an unknown key": ("products: [business]", "product: [business]", r"there is no such setting; expected products, occupations"),
    "an unknown stage": ("      T-7: {low: gentle, medium: gentle", "      T-9: {low: gentle, medium: gentle", r"programmes\.home loans\.ladder may have the keys \['not yet', 'T-7'"),
    "a tier left out": ("      T-7: {low: gentle, medium: gentle, elevated: standard,", "      T-7: {low: gentle, elevated: standard,", r"programmes\.home loans\.ladder\.T-7 must have exactly the keys"),
    "the standard programme's name": ("  businesses:", "  standard:", r"programmes\.standard: the name is that of who is in no other"),
    "an offer for nobody's stance": ("basics: [new_to_credit]", "basics: [novice]", r"offers\.basics may have the keys .*'new_to_credit'"),
    "an offer left out": ("  basics: [new_to_credit]\n", "", r"offers must have exactly the keys"),
    "no days for a plan": ("days: 60", "days: 0", r"plan_first\.days: days must be 1 or more"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "refusal"), BAD.values(), ids=BAD.keys())
def test_a_wrong_programme_is_refused_by_file_line_and_key(old: str, new: str, refusal: str, tmp_path: Path) -> None:
    text = (CONFIGS / "policy.yaml").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "policy.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=refusal):
        read_policy(file)
