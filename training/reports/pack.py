"""The reviewer's pack: a page, its JSON twin and its figures in one folder, made of a run's record alone.

The folder is written aside and renamed when it is whole; the book is never read.
"""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from features.errors import ModelError
from serving.registry import Registered, artefacts
from serving.scorer import Scorer
from training.reports.chapters import (
    approval,
    calibration,
    challenger,
    champion,
    drivers,
    fairness,
    population,
    purpose,
    ranking,
    sensitivity,
    stability,
)
from training.reports.figures.style import report_style
from training.reports.page import Drawn, page
from training.reports.section import Picture, Section
from training.reports.twin import as_json, picture_file, written
from training.review.material import FOLDER, Material
from training.track import keep_folder

PAGE, TWIN = "report.html", "report.json"

KEPT = "pack"
"""Folder of the pack among a run's artefacts."""

_CSS_PIXELS, _SHARPNESS = 96, 2
"""Pixels an inch of the page, and how many of the picture's pixels each is drawn with."""

type Tell = Callable[[str], None]


_LEAD = (
    "The record of one training of the default model, laid out by the questions a model-risk reviewer asks "
    "(in the style of SR 26-2, formerly SR 11-7). It is made of what the training recorded, never of the book."
)
_FOOT = (
    "Every number of a table is in report.json, unrounded, at the grey path below the table. "
    "Probabilities are of default unless said otherwise. Not legal advice."
)


@dataclass(frozen=True)
class Cover:
    """What stands above and below the sections: ``head`` says in pairs what the report is of."""

    title: str
    lead: str
    head: Mapping[str, str]
    foot: str


def _write(
    sections: Sequence[Section],
    head: Mapping[str, Any],
    drawn: Mapping[tuple[str, str], Drawn],
    folder: Path,
    cover: Cover | None,
) -> None:
    twin = as_json(sections, head)
    (folder / "figures").mkdir(parents=True)
    (folder / TWIN).write_text(written(twin), encoding="utf-8")
    for section in sections:
        for picture in section.pictures:
            (folder / picture_file(section, picture)).write_bytes(drawn[section.id, picture.id].png)
    told = cover or _review_cover(twin)
    html = page(told.title, told.lead, told.head, sections, twin, drawn, told.foot)
    (folder / PAGE).write_text(html, encoding="utf-8")


def _review_cover(twin: Mapping[str, Any]) -> Cover:
    model = twin["model"]
    return Cover(f"Model review: {model['name']}, version {model['version']}", _LEAD, _head(twin), _FOOT)


def _head(twin: Mapping[str, Any]) -> dict[str, str]:
    model = twin["model"]
    return {
        "model": f"{model['name']}, version {model['version']}",
        "in service as": ", ".join(model["aliases"]) or "no alias",
        "trained": to_the_minute(model["trained_at"]),
        "run": model["run_id"],
        "hash of the book": model["data_hash"],
        "report made": to_the_minute(twin["made_at"]),
    }


def to_the_minute(moment: str | pd.Timestamp) -> str:
    """Return a moment as it is read, in UTC."""
    return f"{pd.Timestamp(moment):%Y-%m-%d %H:%M %Z}".strip()


def _drawn(picture: Picture, sharpness: float) -> Drawn:
    png = io.BytesIO()
    figure = picture.draw()
    figure.set_dpi(_CSS_PIXELS * sharpness)
    FigureCanvasAgg(figure).print_png(png)  # type: ignore[no-untyped-call]  # savefig would lay every text out twice
    return Drawn(png.getvalue(), round(figure.get_figwidth() * _CSS_PIXELS), title_of(figure))


def title_of(figure: Figure) -> str:
    """Return the title that is drawn in a figure, of the whole or of its first axes; empty when there is none."""
    titles = [axes.get_title(loc=place) for axes in figure.axes for place in ("left", "center", "right")]
    return next((title for title in (figure.get_suptitle(), *titles) if title), "")


def review_material(model: Registered) -> Material:
    """Return the record that the training of a model left.

    Raises
    ------
    ModelError
        When there is none: the model was trained before trainings left one.
    """
    try:
        folder = artefacts(model, FOLDER)
    except ModelError as error:
        raise ModelError(
            f"{model} was trained before trainings left material for a review; train again with `duewise train BOOK`."
        ) from error
    return Material.load(folder)


def sections_of(model: Registered, material: Material, scorer: Scorer) -> list[Section]:
    """Return the sections of the report, in the order of a reviewer's questions."""
    return [
        purpose.section(material, model),
        population.section(material),
        ranking.section(material),
        calibration.section(material),
        stability.section(material),
        drivers.section(material, scorer),
        fairness.section(material),
        challenger.section(material),
        sensitivity.section(material),
        champion.section(material),
        approval.section(model),
    ]


def draw(sections: Sequence[Section], sharpness: float = _SHARPNESS) -> dict[tuple[str, str], Drawn]:
    """Draw every picture, by section and id, with ``sharpness`` pixels to each of the page's."""
    with report_style():
        return {(one.id, picture.id): _drawn(picture, sharpness) for one in sections for picture in one.pictures}


def write_pack(
    sections: Sequence[Section],
    head: Mapping[str, Any],
    drawn: Mapping[tuple[str, str], Drawn],
    folder: str | Path,
    cover: Cover | None = None,
) -> None:
    """Write page, JSON and figures into ``folder``, whole or not at all; an older report there is replaced.

    Without a ``cover`` it is that of the review of a model.

    Raises
    ------
    ModelError
        When ``folder`` holds something that is no report.
    """
    target = Path(folder)
    refuse_other_files(target)
    aside = target.with_name(f"{target.name}.part-{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        _write(sections, head, drawn, aside, cover)
        shutil.rmtree(target, ignore_errors=True)
        aside.rename(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def refuse_other_files(folder: Path) -> None:
    """Raise ModelError when a report cannot take the place of ``folder``: it holds something that is no report."""
    if folder.exists() and any(folder.iterdir()) and not (folder / TWIN).exists():
        raise ModelError(f"{folder} holds files and no {TWIN}; a report is not written over what is no report.")


def heading_of(model: Registered, material: Material, made_at: pd.Timestamp) -> dict[str, Any]:
    """Return what the report is of: the model, its run, and when the report was made."""
    names = ("name", "version", "aliases", "run_id")
    record = {"params": model.params, "metrics": model.metrics, "tags": model.tags}
    facts = {"trained_at": material.facts["trained_at"], "data_hash": material.facts["book"]["hash"]}
    return {"made_at": made_at, "model": {**{n: getattr(model, n) for n in names}, **facts}, "run": record}


def report_on(
    model: Registered,
    folder: str | Path,
    made_at: pd.Timestamp,
    tell: Tell = lambda words: None,
    sharpness: float = _SHARPNESS,
) -> list[Section]:
    """Write the pack of a registered default model into ``folder`` and into its run; ``made_at`` is printed on it.

    Raises
    ------
    ModelError
        When the run has no material, or ``folder`` holds something else.
    """
    refuse_other_files(Path(folder))
    tell(f"reading the record of {model}")
    material = review_material(model)
    scorer = Scorer.load(artefacts(model, "model"), threads=2)
    tell(f"judging {len(material.rows):,} cases")
    sections = sections_of(model, material, scorer)
    tell(f"drawing {sum(len(section.pictures) for section in sections)} figures")
    drawn = draw(sections, sharpness)
    tell(f"writing {folder}")
    write_pack(sections, heading_of(model, material, made_at), drawn, folder)
    keep_folder(model.run_id, folder, KEPT)
    return sections
