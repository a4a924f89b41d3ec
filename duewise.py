"""The command line: each verb is one job on a book, in the order a bank would run them."""

from __future__ import annotations

import typer

from serving.commands import books, decisions, evidence, journal, rules, snapshot, tokens, weekly
from training.commands import banks, feedback, models, monitoring

app = typer.Typer(
    help="Which reminder, if any, for each customer with a payment due.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

for verb in (
    banks.simulate,
    banks.taiwan,
    books.validate,
    books.catalogue,
    books.features,
    models.train,
    models.promote,
    models.report,
    models.evaluate,
    monitoring.monitor,
    weekly.weekly,
    decisions.score,
    decisions.plan,
    snapshot.snapshot,
    evidence.evidence,
    decisions.serve,
    decisions.demo,
    feedback.feedback,
):
    app.command()(verb)
app.add_typer(rules.app, name="rules")
app.add_typer(journal.app, name="journal")
app.add_typer(tokens.app, name="token")

if __name__ == "__main__":
    app()
