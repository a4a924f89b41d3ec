"""The verb ``duewise evidence``: the pack by which a person decides on a field visit or a legal letter."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from features.book import Book
from features.errors import PolicyError, SchemaError
from serving.commands.options import BookFolder, Quiet, moment_of
from serving.commands.terminal import refusals, say, warn
from serving.escalation.say import PageLanguage

FACTS = (
    "decision_id", "escalation", "tier", "stance", "default_probability", "days_past_due", "action",
    "model_version", "policy_version", "rules_version",
)  # fmt: skip
"""The columns of decisions that a pack shows."""

_NEEDED = frozenset({"customer_id", "as_of", "loan_id"})


def evidence(
    book: BookFolder,
    customer: Annotated[str, typer.Argument(help="customer_id", show_default=False)],
    output: Annotated[Path, typer.Option("--out", help="folder of the packs")] = Path("demo/evidence"),
    as_of: Annotated[
        datetime | None, typer.Option(help="moment of the cut; the decisions', else the last the book has seen")
    ] = None,
    loan: Annotated[str | None, typer.Option(help="loan_id; by default that of the instalment most pressing")] = None,
    decisions: Annotated[
        Path | None, typer.Option(help="decisions of `duewise score`: the customer's is shown")
    ] = None,
    language: Annotated[PageLanguage, typer.Option(help="zh, en, or both side by side")] = "both",
    quiet: Quiet = False,
) -> None:
    """Assemble the evidence about a loan for the person who decides on a field visit or a legal letter.

    A page to print and its JSON, with nothing in them that was not known at the moment. Nothing is sent.

    Example: [bold]duewise evidence demo/book C0000034 --out demo/evidence[/bold]
    """
    from serving.escalation.evidence import evidence_of
    from serving.escalation.pack import write_evidence
    from serving.feedback.reader import ReplyReader
    from serving.policy_settings import read_policy

    with refusals():
        read = Book.read(book)
        row = None if decisions is None else _decision(decisions, customer)
        at = row["as_of"] if row is not None and as_of is None else moment_of(as_of, read)
        facts = None if row is None else _facts(row, at, loan)
        about = row["loan_id"] if row is not None and pd.notna(row["loan_id"]) else loan
        told = evidence_of(read, at, customer, about, ReplyReader.shipped(), read_policy().rulebook, facts)
        written = write_evidence(told, output, language)
    if told.other_late:
        chosen = "as asked" if about else "the pressing one"
        warn(f"several loans are late: {told.loan_id} is taken, {chosen}; also {', '.join(told.other_late)}.")
    gaps = f"{len(told.gaps)} things to mind stand on its first page"
    say(f"{written.page}: evidence as of {told.as_of.isoformat()}; {gaps}. {written.twin} holds its data.", quiet)


def _decision(file: Path, customer: str) -> pd.Series[Any]:
    """Return a customer's row of the decisions."""
    try:
        rows = pd.read_parquet(file, filters=[("customer_id", "==", customer)])
    except (OSError, ValueError, KeyError) as error:
        raise PolicyError(f"{file} cannot be read as decisions of `duewise score`: {error}.") from error
    absent = sorted(_NEEDED - set(rows.columns))
    if absent:
        raise PolicyError(f"{file} holds no decisions of `duewise score`: it has no {', '.join(absent)}.")
    if rows.empty:
        raise SchemaError(f"{file} holds no decision about {customer!r}.")
    return rows.iloc[0]


def _facts(row: pd.Series[Any], at: pd.Timestamp, loan: str | None) -> dict[str, Any]:
    """Return the facts of a decision; refused where it was made later, or about another loan."""
    if row["as_of"] > at:
        raise PolicyError(f"--decisions are of {row['as_of'].isoformat()}, later than --as-of {at.isoformat()}.")
    if loan is not None and row["loan_id"] != loan:
        raise PolicyError(f"--decisions are about the loan {row['loan_id']!r}, not {loan!r}.")
    return {name: row[name] for name in FACTS if name in row.index and pd.notna(row[name])}
