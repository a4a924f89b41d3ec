from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from features import ModelError
from training.reports.pack import PAGE, TWIN, draw, write_pack
from training.reports.page import first_sentence
from training.reports.section import Picture, Section, Table
from training.reports.shown import shown
from training.reports.twin import as_json, plain, written

HEAD = {
    "made_at": pd.Timestamp("2026-11-24T10:00", tz="UTC"),
    "model": {
        "name": "m",
        "version": "3",
        "aliases": ["champion"],
        "run_id": "r",
        "trained_at": "2026-11-01T00:00:00+00:00",
        "data_hash": "h",
    },
}


def picture(axes_title: str = "A title") -> Figure:
    figure = Figure(figsize=(2, 1.5))
    figure.add_subplot().set(title=axes_title, xlabel="days", ylabel="cases")
    return figure


def section() -> Section:
    frame = pd.DataFrame(
        {
            "name": ["<b>bold</b>", "b"],
            "share": [0.12345, np.nan],
            "unit": ["days", "share"],
            "value": [12.4, 0.5],
            "tiny": [1.3e-9, 2e-7],
            "at": pd.to_datetime(["2026-01-02", None]),
            "verdict": ["pass", "fail"],
            "many": np.array([1_234_567, 2]),
        }
    )
    table = Table(
        "t",
        "A table",
        "What to see.",
        frame,
        {"share": "share", "value": "quantity", "verdict": "verdict"},
        folded=True,
    )
    drawing = Picture("p", "Look here.", "one.t", picture)
    return Section("one", "What is it?", ("It is .5. More.",), (table,), (drawing,), "watch", {"auc": np.float64(0.5)})


def pack(folder: Path, sections: list[Section]) -> None:
    write_pack(sections, HEAD, draw(sections, 0.5), folder)


def test_the_page_shows_roundings_of_the_json_and_loads_nothing(tmp_path: Path, untraced: Any, strict: Any) -> None:
    pack(tmp_path / "report", [section()])
    html = (tmp_path / "report" / PAGE).read_text()
    twin = strict((tmp_path / "report" / TWIN).read_text())
    assert untraced(html, twin) == []
    assert twin["sections"]["one"]["tables"]["t"]["rows"][0][1] == 0.12345
    assert twin["sections"]["one"]["facts"] == {"auc": 0.5}
    assert (tmp_path / "report" / twin["sections"]["one"]["figures"]["p"]).stat().st_size > 100
    assert "<b>bold" not in html
    assert 'alt="A title. Look here."' in html
    assert not re.findall(r"(?:src|href|url)\s*[=(]\s*[\"']?\s*(?:https?:)?//", html)


def test_a_wrong_cell_is_found_out(untraced: Any) -> None:
    frame = pd.DataFrame({"a": [0.25]})
    twin = as_json([Section("s", "q", ("a",), (Table("t", "t", "", frame),))], HEAD)
    page = '<table data-path="s.tables.t"><tr><td>{}</td></tr></table>'
    assert untraced(page.format("0.2500"), twin) == []
    assert untraced(page.format("0.2600"), twin) == ["s.tables.t: '0.2600' is not 0.25"]


def test_a_report_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    pack(folder, [section()])
    before = (folder / PAGE).read_text()
    with pytest.raises(KeyError):
        write_pack([section()], HEAD, {}, folder)
    assert (folder / PAGE).read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_folder_that_is_no_report_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(ModelError, match=r"holds files and no report\.json"):
        pack(tmp_path, [section()])
    assert (tmp_path / "letter.txt").read_text() == "dear"


@pytest.mark.parametrize(
    ("values", "form", "expected"),
    [
        ([0.5, 12.25], "number", ["0.50", "12.25"]),
        ([1, 2.0], "number", ["1", "2"]),
        ([-0.00001, 0.2], "log-odds", ["0.000", "+0.200"]),
        ([None, 0.031], "probability", ["–", "0.0310"]),
        ([1234.5, 3], "count", ["1,234", "3"]),
        (["2026-01-02T00:00:00", None], "date", ["2026-01-02", "–"]),
        ([True, "x", None], "text", ["yes", "x", ""]),
        ([1e-9, None], "number", ["1.0e-09", "–"]),
    ],
    ids=["number", "whole", "no minus before zero", "probability", "count", "date", "text", "tiny"],
)
def test_a_column_has_one_number_of_decimals(values: list[Any], form: Any, expected: list[str]) -> None:
    assert shown(values, form) == expected


def test_what_json_does_not_know_is_null_or_text(strict: Any) -> None:
    told = plain({"a": np.nan, "b": np.inf, "c": pd.NaT, "d": np.float32(0.5), "e": np.bool_(True), "f": (np.int8(1),)})
    assert strict(written(told)) == {"a": None, "b": "inf", "c": None, "d": 0.5, "e": True, "f": [1]}


def test_an_unnamed_index_is_no_column_and_a_named_one_is() -> None:
    frame = pd.DataFrame({"a": [1, 2]}, index=[7, 5])
    tables = (Table("t", "", "", frame), Table("u", "", "", frame.rename_axis("case")))
    told = as_json([Section("s", "q", ("a",), tables)], HEAD)["sections"]["s"]["tables"]
    assert told["t"]["columns"] == ["a"]
    assert (told["u"]["columns"], told["u"]["rows"]) == (["case", "a"], [[7, 1], [5, 2]])


def test_the_summary_takes_the_first_sentence() -> None:
    assert first_sentence("AUC is .83 to .85. It was less.") == "AUC is .83 to .85."
