from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.reports.chapters import calibration, champion, fairness, ranking, stability
from training.reports.section import Section
from training.review.material import Material

CHAPTERS = [ranking, calibration, stability, fairness, champion]


@pytest.fixture(scope="module")
def sections(made_up: Material) -> dict[str, Section]:
    return {chapter.__name__.split(".")[-1]: chapter.section(made_up) for chapter in CHAPTERS}


@pytest.mark.parametrize("name", ["ranking", "calibration", "stability", "fairness", "champion"])
def test_a_section_answers_its_question_from_its_own_tables(sections: dict[str, Section], name: str) -> None:
    section = sections[name]
    assert section.id == name
    assert section.question.endswith("?")
    assert section.answer
    assert all(sentence.endswith((".", "?")) and "nan" not in sentence for sentence in section.answer)
    tables = {table.id: table for table in section.tables}
    assert len(tables) == len(section.tables)
    for table in section.tables:
        assert not table.frame.empty
        assert set(table.formats) <= {str(column) for column in table.frame.columns}
    assert {picture.of for picture in section.pictures} <= set(tables)


@pytest.mark.parametrize("name", ["ranking", "calibration", "stability", "fairness", "champion"])
def test_each_picture_has_a_title_and_axes_and_can_be_drawn(
    sections: dict[str, Section], name: str, tmp_path: Any
) -> None:
    for picture in sections[name].pictures:
        figure = picture.draw()
        axes = figure.axes[0]
        assert axes.get_title()
        assert axes.get_xlabel() or axes.get_ylabel()
        figure.savefig(tmp_path / f"{picture.id}.png")


def test_a_model_that_gives_its_outcomes_law_passes(sections: dict[str, Section]) -> None:
    assert {name: section.verdict for name, section in sections.items()} == {
        "ranking": "pass",
        "calibration": "pass",
        "stability": "pass",
        "fairness": "pass",
        "champion": "pass",
    }


def test_a_model_that_says_too_much_fails_its_calibration(make_material: Callable[..., Material]) -> None:
    section = calibration.section(make_material(error=0.8))
    assert section.verdict == "fail"
    assert "outside the interval" in section.answer[1]
    assert "more than chance explains" in section.answer[2]


def test_a_score_of_noise_fails_to_rank(made_up: Material) -> None:
    rng = np.random.default_rng(0)
    rows = made_up.rows.assign(default_probability=rng.permutation(made_up.rows["default_probability"].to_numpy()))
    section = ranking.section(replace(made_up, rows=rows))
    assert section.verdict == "fail"
    assert "may hardly rank" in section.answer[0]


def test_a_population_that_changed_fails_and_is_named(made_up: Material) -> None:
    rows, values = made_up.rows.copy(), made_up.values.copy()  # noqa: PD011
    judge = rows["window"] == "judge"
    rows.loc[judge, "final"] = rows.loc[judge, "final"] * 5
    values.loc[judge, "utilisation"] += 2
    section = stability.section(replace(made_up, rows=rows, values=values))
    assert section.verdict == "fail"
    assert "utilisation" in section.answer[1]


def test_gender_among_the_columns_fails_and_age_is_said_to_be_seen(made_up: Material) -> None:
    def with_columns(*names: str) -> Section:
        model = {**made_up.facts["model"], "columns": [*made_up.facts["model"]["columns"], *names]}
        return fairness.section(replace(made_up, facts={**made_up.facts, "model": model}))

    assert with_columns("gender").verdict == "fail"
    seen = with_columns("age_years")
    assert seen.verdict == "pass"
    assert "the model sees age (age_years)" in seen.answer[-1]
    assert "gender is not among its columns" in seen.answer[-1]


def test_a_group_said_to_be_far_riskier_than_it_is_fails_and_is_named(made_up: Material) -> None:
    rows = made_up.rows.copy()
    women = rows["gender"] == "F"
    rows.loc[women, "default_probability"] = (rows.loc[women, "default_probability"] * 2).clip(upper=0.99)
    section = fairness.section(replace(made_up, rows=rows))
    assert section.verdict == "fail"
    assert "gender F" in section.answer[1]
    assert section.facts["fairness_gap_sure"] > 0.03


def test_without_a_champion_the_section_says_why_and_judges_nothing(made_up: Material) -> None:
    facts = {**made_up.facts, "champion": None, "why_no_champion": "none is registered."}
    section = champion.section(replace(made_up, facts=facts, rows=made_up.rows.assign(champion=np.nan)))
    assert section.verdict == "told"
    assert section.answer == ("There is no champion to compare with: none is registered.",)


def test_a_champion_that_is_better_fails_the_new_model(made_up: Material) -> None:
    rows = made_up.rows.assign(
        champion=made_up.rows["default_probability"], default_probability=made_up.rows["champion"]
    )
    judge = rows[rows["window"] == "judge"]
    section = champion.section(replace(made_up, rows=pd.concat([made_up.rows[rows["window"] != "judge"], judge])))
    assert section.verdict == "fail"
    assert "worse" in section.answer[0]


def test_a_judge_window_too_small_is_said_to_be_so(make_material: Callable[..., Material]) -> None:
    section = ranking.section(make_material(customers=40))
    assert section.verdict == "watch"
    assert "too small to tell" in section.answer[0]
