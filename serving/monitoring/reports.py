"""The files of a watch: monitoring.json for machines, index.html for people, Evidently's reports beside them."""

from __future__ import annotations

from pathlib import Path

from serving.monitoring.decided import Advance
from serving.monitoring.drift import write_drift
from serving.monitoring.page import page_of
from serving.monitoring.reference import Reference
from serving.monitoring.settings import MonitoringSettings
from serving.monitoring.watching import Watched

NUMBERS, PAGE = "monitoring.json", "index.html"


def write_reports(
    done: Watched, reference: Reference, settings: MonitoringSettings, folder: Path, advance: Advance | None
) -> None:
    """Write the reports into a folder, made where it is absent; without ``advance`` none of Evidently's.

    Evidently is shown the score and the features that have moved most, at most ``most_columns`` in all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    has_drift = advance is not None and len(done.sample) > 0
    if has_drift and advance is not None:
        advance("show", 0.0)
        columns = [done.watch.drift.score.name, *(one.name for one in done.watch.drift.features)]
        write_drift(reference, done.sample[columns[: settings.most_columns]], folder, settings.most_shown)
        advance("show", 1.0)
    (folder / NUMBERS).write_text(done.watch.to_json(), encoding="utf-8")
    (folder / PAGE).write_text(page_of(done.watch, has_drift), encoding="utf-8")
