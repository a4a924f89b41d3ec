"""The report as one HTML page, and the one door to Jinja2: nothing is fetched, images and style are inside.

The page is made of the JSON twin; what a cell shows is the twin's number by ``shown``, and nothing else.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from training.reports.section import Format, Picture, Section, Table
from training.reports.shown import heading, is_number, shown
from training.reports.twin import columns_of

_PROSE = 90
"""A table with a cell of so many letters is prose: its columns are set wider."""

_LONG = 21
"""A table of more rows is folded, whether or not it says so."""

_NAMES = ("measure", "by")
"""Columns whose cells are names in the form of columns: they are shown as headings are."""

_HARD_SPACE = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Drawn:
    """A picture as it is shown: the bytes of its PNG, its width in CSS pixels, and its title."""

    png: bytes
    width: int
    title: str


def _rest(answer: Sequence[str]) -> list[str]:
    """Return the paragraphs of an answer without its first sentence."""
    after = answer[0].removeprefix(first_sentence(answer[0])).strip()
    return [text for text in (after, *answer[1:]) if text]


def _unbroken(text: str) -> str:
    """Return the text with numbers kept on one line with their sign of per cent."""
    return re.sub(r"(?<=\d) %", f"{_HARD_SPACE}%", text)


@cache
def _template() -> Template:
    text = files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(text)


def _blocks(section: Section, told: Mapping[str, Any], drawn: Mapping[tuple[str, str], Drawn]) -> list[dict[str, Any]]:
    """Return the tables, each with the pictures drawn of it before it; those of folded tables in a row together."""
    names = [table.id for table in section.tables]
    loose = [picture for picture in section.pictures if _table_of(picture) not in names]
    blocks: list[dict[str, Any]] = []
    if loose:
        blocks.append({"table": None, "pictures": [_picture(section, one, drawn) for one in loose]})
    for table in section.tables:
        pictures = [_picture(section, one, drawn) for one in section.pictures if _table_of(one) == table.id]
        block: dict[str, Any] = {"table": _table(section, table, told["tables"][table.id]), "pictures": pictures}
        if not (block["table"]["folded"] and blocks and blocks[-1]["table"] and blocks[-1]["table"]["folded"]):
            run = block
        elif pictures:
            run["pictures"] += pictures
            block["pictures"] = []
        blocks.append(block)
    return blocks


def _table_of(picture: Picture) -> str:
    return picture.of.rpartition(".")[2]


def _picture(section: Section, picture: Picture, drawn: Mapping[tuple[str, str], Drawn]) -> dict[str, Any]:
    image = drawn[section.id, picture.id]
    source = "data:image/png;base64," + base64.b64encode(image.png).decode("ascii")
    path = f"{section.id}.tables.{_table_of(picture)}" if picture.of else ""
    alt = f"{image.title}. {picture.says}"
    return {"source": source, "alt": alt, "width": image.width, "says": picture.says, "path": path}


def _table(section: Section, table: Table, told: Mapping[str, Any]) -> dict[str, Any]:
    forms = [table.formats.get(name, _usual(table, name)) for name in told["columns"]]
    kinds = ["v" if form == "verdict" else "d" if form == "date" else "r" if is_number(form) else "t" for form in forms]
    columns = list(zip(*told["rows"], strict=True)) or [() for _ in forms]
    units = columns[told["columns"].index("unit")] if "unit" in told["columns"] else ()
    texts = [shown(cells, form, units) for cells, form in zip(columns, forms, strict=True)]
    texts = [list(map(heading, t)) if name in _NAMES else t for t, name in zip(texts, told["columns"], strict=True)]
    return {
        "path": f"{section.id}.tables.{table.id}",
        "title": table.title,
        "says": table.says,
        "folded": table.folded or len(told["rows"]) > _LONG,
        "kind": table.kind or ("prose" if _is_prose(texts) else ""),
        "headings": [(heading(name), kind) for name, kind in zip(told["columns"], kinds, strict=True)],
        "rows": [list(zip(row, kinds, strict=True)) for row in zip(*texts, strict=True)],
    }


def _usual(table: Table, column: str) -> Format:
    """Return the format of a column that names none: whole numbers are counts, other numbers numbers."""
    frame = columns_of(table)
    kind = frame.dtypes.iloc[[str(name) for name in frame.columns].index(column)].kind
    return {"i": "count", "u": "count", "f": "number", "M": "date"}.get(kind, "text")  # type: ignore[return-value]


def _is_prose(texts: Sequence[Sequence[str]]) -> bool:
    return any(len(text) > _PROSE for column in texts for text in column)


def page(
    title: str,
    lead: str,
    head: Mapping[str, str],
    sections: Sequence[Section],
    twin: Mapping[str, Any],
    drawn: Mapping[tuple[str, str], Drawn],
    foot: str,
) -> str:
    """Return the page; ``twin`` is ``as_json`` of the sections, ``drawn`` their pictures by section and id."""
    shown_sections = [
        {
            "number": number,
            "first": _unbroken(first_sentence(section.answer[0])),
            "rest": [_unbroken(text) for text in _rest(section.answer)],
            "blocks": _blocks(section, twin["sections"][section.id], drawn),
            **{name: getattr(section, name) for name in ("id", "question", "verdict")},
        }
        for number, section in enumerate(sections, 1)
    ]
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    return _template().render(
        title=title, lead=lead, head=list(head.items()), sections=shown_sections, style=style, foot=foot
    )


def first_sentence(text: str) -> str:
    """Return the first sentence of a text.

    >>> first_sentence("AUC is .83. It was .84 before.")
    'AUC is .83.'
    """
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", text, maxsplit=1)[0]
