"""Does the model find those whom a reminder helps: order and budget, on decisions it did not learn from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.policies.judgement import Judgement
from training.reports.figures.targeting import qini_figure, toc_figure, top_figure
from training.reports.section import Format, Picture, Section, Table
from training.reports.words import percent, rows_of, span

QUESTION = "Does it find those whom a reminder helps?"

_SPAN: Mapping[str, Format] = {"value": "probability", "low": "probability", "high": "probability"}
_UNIT = "payments an occasion"


def section(judgement: Judgement) -> Section:
    """Return the section."""
    tables = judgement.tables
    if "rank" not in tables:
        return Section("ranking", QUESTION, ("The log holds too few decisions to tell.",))
    measures = {(row["of"], row["measure"]): row for row in rows_of(tables["rank"])}
    first_tenth = next(row for row in rows_of(tables["top"]) if row["share"] == 0.1)
    answer = (_order(measures["order", "autoc"]), _budget(measures["budget", "qini"]), _tenth(first_tenth))
    gain: dict[str, Format] = {"gain": "probability", "low": "probability", "high": "probability"}
    told = (
        Table(
            "measures",
            "Measures of the ranking",
            "Payments an occasion, 95 % interval. Of the order: autoc weighs the first in rank most, qini all "
            "alike, average "
            "gain is that of reminding all. Of the budget: auuc and qini of spending by predicted gain a unit of cost.",
            tables["rank"][["of", "measure", "value", "low", "high"]],
            _SPAN,
        ),
        Table(
            "top",
            "What reminding the first in rank brings",
            "Payments added an occasion reminded, by the share reminded; of all: the same over all occasions.",
            tables["top"],
            {"share": "share", **gain, "of_all": "probability"},
        ),
        Table("toc", "TOC", "First in rank less all.", tables["toc"], {"share": "share", "toc": "probability"}, True),
        Table("qini", "Qini curve", "By budget; by lot: the same spent at random.", tables["qini"], gain, True),
    )
    pictures = (
        Picture("toc", "Above zero those put first gain more.", "toc", lambda: toc_figure(tables["toc"], _UNIT)),
        Picture(
            "qini",
            "The further the curve lies above the dashed line, the better the budget is spent.",
            "qini",
            lambda: qini_figure(tables["qini"], "currency an occasion", _UNIT),
        ),
        Picture("top", "By how many are reminded.", "top", lambda: top_figure(tables["top"], f"{_UNIT} reminded")),
    )
    return Section("ranking", QUESTION, answer, told, pictures)


def _order(autoc: Mapping[str, Any]) -> str:
    said = span(autoc["value"], autoc["low"], autoc["high"], 4)
    if autoc["low"] > 0:
        return f"Yes: those it puts first gain more than others (AUTOC {said} payments an occasion, above zero)."
    if autoc["high"] < 0:
        return f"No: those it puts first gain less than others (AUTOC {said} payments an occasion, below zero)."
    return f"Not proven: the order of customers is no surer than by lot (AUTOC {said}; the interval holds zero)."


def _budget(qini: Mapping[str, Any]) -> str:
    said = span(qini["value"], qini["low"], qini["high"], 4)
    better = "beats" if qini["low"] > 0 else "is not proven to beat" if qini["high"] >= 0 else "is worse than"
    return (
        f"Spending a budget by its predicted gain a unit of cost {better} spending it by lot (Qini {said} payments an "
        "occasion): here cheap actions that do as much as dear ones count too."
    )


def _tenth(row: Mapping[str, Any]) -> str:
    said = span(row["gain"], row["low"], row["high"])
    return f"Reminding the first {percent(row['share'], 0)} in rank adds {said} payments an occasion reminded."
