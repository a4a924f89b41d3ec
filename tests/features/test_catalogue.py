"""The catalogue and the code are one: the same set, each feature described, each with an example that holds."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from features import CATALOGUE, build_features, families
from features.catalogue import FAMILIES
from features.catalogue_page import as_markdown
from features.example import WORKED_AS_OF, worked_book
from features.feature import BELOW_ZERO, RISKIER, SAFER, UNSIGNED
from features.tables.schema import TABLES

FOLDER = Path(families.__file__).parent
ROOT = Path(__file__).parents[2]


def functions_of(family: str) -> list[str]:
    """Return the public functions that a module of features defines."""
    tree = ast.parse((FOLDER / f"{family}.py").read_text())
    return [n.name for n in tree.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]


def test_every_module_of_the_folder_is_a_family() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} - {"__init__"} == set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_function_of_a_family_is_in_the_catalogue_and_nothing_else_is(family: str) -> None:
    functions, names = functions_of(family), [feature.name for feature in FAMILIES[family]]
    for function in functions:
        assert any(name == function or name.startswith(f"{function}_") for name in names), function
    for name in names:
        assert any(name == function or name.startswith(f"{function}_") for function in functions), name


def test_there_are_at_least_120_features_and_no_name_is_used_twice() -> None:
    assert len(CATALOGUE) >= 120
    assert len(CATALOGUE) == sum(len(family) for family in FAMILIES.values())


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_feature_says_what_it_is_in_both_languages(name: str) -> None:
    feature = CATALOGUE[name]
    assert feature.name == name
    assert feature.meaning.endswith(".")
    assert "{span}" not in feature.meaning + feature.en + feature.zh
    assert "{value}" in feature.en
    assert "{value}" in feature.zh
    assert feature.sign in (RISKIER, SAFER, UNSIGNED)
    assert set(feature.source.split(", ")) <= set(TABLES)


def test_no_two_features_have_the_same_reason() -> None:
    for language in ("en", "zh"):
        assert len({getattr(feature, language) for feature in CATALOGUE.values()}) == len(CATALOGUE)


@pytest.mark.parametrize(
    ("name", "value", "en", "zh"),
    [
        ("days_late_last", 3, "last instalment came 3 days after its due date", "上一期于到期日后3天还款"),
        ("days_late_last", -3, "last instalment came 3 days before its due date", "上一期于到期日前3天还款"),
        ("income_left", -2_750, "instalments exceed a month's income by 2,750", "月供超出月收入2,750元"),
        ("dpd_now", -0.0, "0 days past due today", "当前逾期0天"),
    ],
)
def test_a_value_below_0_is_said_in_words_not_with_a_sign(name: str, value: float, en: str, zh: str) -> None:
    assert (CATALOGUE[name].say(value, "en"), CATALOGUE[name].say(value, "zh")) == (en, zh)


@pytest.mark.parametrize("name", CATALOGUE)
def test_words_for_values_below_0_are_in_both_languages_or_in_none(name: str) -> None:
    feature = CATALOGUE[name]
    assert (BELOW_ZERO["en"] in feature.en) == (BELOW_ZERO["zh"] in feature.zh)
    assert "below 0" not in feature.say(-1, "en") + feature.say(1, "en")


def test_every_worked_example_is_what_the_code_computes() -> None:
    X = build_features(worked_book(), WORKED_AS_OF)
    wrong = {
        name: (feature.example, X.loc[feature.example.customer, name])
        for name, feature in CATALOGUE.items()
        if float(f"{X.loc[feature.example.customer, name]:.4g}") != feature.example.value
    }
    assert not wrong


def test_the_page_in_the_documentation_is_the_catalogue_as_it_is() -> None:
    page = (ROOT / "docs" / "catalogue.md").read_text()
    assert page == as_markdown(), "renew it with: duewise catalogue --out docs/catalogue.md"
    assert all(f"`{name}`" in page for name in CATALOGUE)
