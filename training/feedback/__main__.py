"""``python -m training.feedback``: fit the model of causes anew, write it where serving reads it, and judge it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from serving.feedback.cause_model import SHIPPED
from serving.feedback.reader import ReplyReader
from serving.feedback.settings import read_feedback
from training.feedback.corpus import LANGUAGES, read_elsewhere, read_replies
from training.feedback.fitting import fit
from training.feedback.judging import by_cause, macro_f1, told_by, unclear_share


def main(folder: Annotated[Path, typer.Option("--out", help="folder of the model")] = SHIPPED) -> None:
    """Fit, write and judge."""
    out = Console()
    model = fit(read_replies("train"))
    model.save(folder)
    reader, held_out = ReplyReader(model, read_feedback()), read_replies("held_out")
    found = told_by(reader.causes, held_out.texts)
    table = Table("cause", "replies", "precision", "recall", "F1", *(f"F1 {name}" for name in LANGUAGES))
    table.title = f"{len(held_out.texts)} held-out replies"
    own = [by_cause(found[held_out.language == name], held_out.told[held_out.language == name]) for name in LANGUAGES]
    for k, row in enumerate(by_cause(found, held_out.told).itertuples()):
        each = [f"{one['f1'].iloc[k]:.3f}" for one in own]
        table.add_row(
            str(row.Index), str(row.replies), f"{row.precision:.3f}", f"{row.recall:.3f}", f"{row.f1:.3f}", *each
        )
    out.print(table)
    elsewhere, is_unclear = read_elsewhere()["text"], ~held_out.told.any(axis=1)
    out.print(
        f"macro F1 {macro_f1(reader.causes, held_out):.4f}"
        f" ({', '.join(f'{name} {one.f1.mean():.4f}' for name, one in zip(LANGUAGES, own, strict=True))});"
        f" the model without phrases {macro_f1(model.told, held_out):.4f}"
        f"\nunclear: {unclear_share(reader.causes, elsewhere.tolist()):.3f} of {len(elsewhere)} on other subjects,"
        f" {1 - np.mean(found[is_unclear].any(axis=1)):.3f} of {is_unclear.sum()} held-out replies that tell nothing",
        highlight=False,
    )


if __name__ == "__main__":
    typer.run(main)
