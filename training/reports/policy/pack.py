"""The page of an evaluation, its JSON twin and its figures: in a folder, and among the artefacts of the model's run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from training.evaluation import Evaluation, metrics_and_tags
from training.reports.pack import Cover, draw, refuse_other_files, to_the_minute, write_pack
from training.reports.policy import calls, effects, evidence, ranking, reach, value
from training.reports.section import Section
from training.track import keep_evaluation, keep_folder

KEPT = "policy"
"""Folder of the pack among a run's artefacts."""

_LEAD = (
    "What the policy of a response model would have been worth, judged on logged decisions about customers whom it "
    "did not "
    "learn from, beside doing nothing, the bank's ladder, the best single action and risk alone, under the same "
    "rules and "
    "the same capacity."
)
_FOOT = (
    "Every number of a table is in report.json, unrounded, at the grey path below the table. Currency is the book's: "
    "recovery (amount due times recovery_weight) less cost and friction. Effects are those at the log's hours. "
    "Not legal advice."
)


def sections_of(evaluation: Evaluation) -> list[Section]:
    """Return the sections in the order of a reader's questions; what cannot be judged leaves fewer."""
    judgement = evaluation.judgement
    judged = judgement.finding != "cannot be judged"
    return [
        value.section(judgement),
        *([calls.section(judgement)] if judged else []),
        reach.section(judgement),
        evidence.section(judgement),
        *([ranking.section(judgement)] if judged else []),
        effects.section(judgement, evaluation.candidate.metrics),
    ]


def write_evaluation(
    evaluation: Evaluation,
    folder: str | Path,
    made_at: pd.Timestamp,
    tell: Callable[[str], None] = lambda words: None,
) -> list[Section]:
    """Write the page into ``folder`` and into the model's run, with the metrics that the promotion's gates read.

    Raises
    ------
    ModelError
        When ``folder`` holds something that is no report.
    """
    refuse_other_files(Path(folder))
    sections = sections_of(evaluation)
    tell(f"drawing {sum(len(section.pictures) for section in sections)} figures")
    candidate = evaluation.candidate
    head = {
        "made_at": made_at,
        "model": {name: getattr(candidate, name) for name in ("name", "version", "aliases", "run_id")},
        "compared_with": evaluation.compared,
        "default_model": str(evaluation.default),
        "finding": evaluation.judgement.finding,
        "metrics": evaluation.judgement.metrics,
    }
    cover = Cover(
        title=f"Policy judgement: {candidate.name}, version {candidate.version}",
        lead=_LEAD,
        head={
            "model": str(candidate),
            "in service as": ", ".join(candidate.aliases) or "no alias",
            "compared with": evaluation.compared,
            "tiers by": str(evaluation.default),
            "finding": evaluation.judgement.finding,
            "judged": to_the_minute(made_at),
        },
        foot=_FOOT,
    )
    write_pack(sections, head, draw(sections), folder, cover)
    metrics, tags = metrics_and_tags(evaluation)
    keep_evaluation(candidate.name, candidate.version, candidate.run_id, metrics, tags)
    keep_folder(candidate.run_id, folder, KEPT)
    return sections
