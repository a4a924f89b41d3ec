"""The verbs of a model's life: train, review, judge its policy, promote."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from features.book import Book
from features.errors import PolicyError
from serving.commands.options import BookFolder, Quiet, moment_of
from serving.commands.progress import steps
from serving.commands.terminal import out, refusals, say, warn


def train(
    book: BookFolder,
    config: Annotated[Path | None, typer.Option(help="configs/train.yaml by default")] = None,
    alias: Annotated[str | None, typer.Option(help="champion or challenger; by default the first is champion")] = None,
    as_of: Annotated[
        list[datetime] | None, typer.Option(help="moment of a cohort, may be repeated; by default the month starts")
    ] = None,
    trials: Annotated[
        int | None, typer.Option(min=0, help="trials of a search for settings, earlier ones counted")
    ] = None,
    minutes: Annotated[float | None, typer.Option(min=0, help="how long the search may take")] = None,
    figures: Annotated[bool, typer.Option(help="draw SHAP and calibration figures")] = True,
    quiet: Quiet = False,
) -> None:
    """Train, judge and register the default model and the response model.

    A search that was stopped goes on where it was when the same command is given again.

    Example: [bold]duewise train demo/book --trials 50[/bold]
    """
    from training.settings import read_train_settings
    from training.train import train as train_book

    with refusals(), steps(quiet) as tell:
        settings = (read_train_settings(config) if config else read_train_settings()).searching(trials, minutes)
        tell(f"reading {book}")
        read = Book.read(book)
        trained = train_book(read, settings, alias, [moment_of(at, read) for at in as_of or ()], figures, tell)
    for model in trained:
        table = Table("measure", "value", title=f"{model.name} version {model.version}, now {model.alias}")
        for name, value in model.metrics.items():
            table.add_row(name, f"{value:.4f}")
        out.print(table)
        if model.is_useless:
            warn(f"{model.name} version {model.version} does no better than the base rate; do not put it in service.")


def promote(
    version: Annotated[str | None, typer.Option(help="number of the version; the challenger by default")] = None,
    model: Annotated[str | None, typer.Option(help="duewise-default or duewise-response; by default both")] = None,
    by: Annotated[str, typer.Option(envvar="USER", help="who approves")] = "not said",
    note: Annotated[str, typer.Option(help="what the reviewer should know")] = "",
    config: Annotated[Path | None, typer.Option(help="configs/promotion.yaml by default")] = None,
    policy: Annotated[bool, typer.Option("--policy", help="the response model alone, whose policy was judged")] = False,
    revert: Annotated[bool, typer.Option("--revert", help="put the former champion back instead")] = False,
) -> None:
    """Make the challenger the champion if it passes every gate; leave with 1 and the reasons if not.

    The response model moves along with the default model if it passes its own gates, unless --model names one or
    --policy asks for it alone. What its policy gains is measured by `duewise evaluate`.

    Example: [bold]duewise promote --policy --by "model risk" --note "yearly review"[/bold]
    """
    from serving.registry import RESPONSE_MODEL
    from training import promotion
    from training.gates import read_promotion_settings

    with refusals():
        if policy and model not in (None, RESPONSE_MODEL):
            raise PolicyError(f"--policy is about {RESPONSE_MODEL}; it cannot be asked for with --model {model}.")
        model = RESPONSE_MODEL if policy else model
        if revert:
            for back in promotion.revert(model):
                say(f"{back.name}: version {back.version} is the champion again, in place of {back.former}.", False)
            return
        settings = read_promotion_settings(config) if config else read_promotion_settings()
        approval = promotion.Approval(by, pd.Timestamp(datetime.now(UTC)), note)
        asked, *along = promotion.promote(settings.gates, approval, model, version)
    Console(width=max(out.width, 140)).print(promotion.gates_table(asked))
    for verdict in [failed for one in (asked, *along) for failed in one.failed]:
        warn(f"{verdict.gate}: {verdict.why}.")
    for moved in (asked, *along):
        say(moved.words, False)
    if not asked.is_champion:
        raise typer.Exit(1)


def report(
    version: Annotated[int | None, typer.Option(help="version of the default model, whatever its alias")] = None,
    alias: Annotated[str, typer.Option(help="champion or challenger, where no version is given")] = "champion",
    output: Annotated[Path, typer.Option("--out", help="folder of the report")] = Path("demo/report"),
    quiet: Quiet = False,
) -> None:
    """Write the reviewer's pack of a default model: one page, its JSON twin and its figures.

    It is made of the record of the training alone, and is kept beside it.

    Example: [bold]duewise report --alias champion --out demo/report[/bold]
    """
    from serving.registry import registered
    from training.reports.pack import PAGE, TWIN, report_on
    from training.reports.page import first_sentence

    with refusals(), steps(quiet) as tell:
        model = registered(alias=alias, version=None if version is None else str(version))
        sections = report_on(model, output, pd.Timestamp.now("UTC"), tell)
    for section in sections:
        say(f"{section.verdict:>5}  {section.question}  {first_sentence(section.answer[0])}", quiet)
    say(f"{output / PAGE}: the review of {model}; {output / TWIN} holds its numbers.", quiet)


def evaluate(
    book: BookFolder,
    alias: Annotated[
        str | None, typer.Option(help="champion or challenger; by default the challenger, else the champion")
    ] = None,
    truth: Annotated[Path | None, typer.Option(help="what `duewise simulate --truth` wrote of this book")] = None,
    output: Annotated[Path, typer.Option("--out", help="folder of the page")] = Path("demo/policy"),
    quiet: Quiet = False,
) -> None:
    """Judge the policy of a response model by the log: one table, one page; leave with 1 when the log cannot tell.

    Judged beside doing nothing, the bank's ladder, the best single action, risk alone and the policy in service, on
    decisions about customers whom the model did not learn from, with the settings of configs/policy.yaml.

    Example: [bold]duewise evaluate demo/book --out demo/policy[/bold]
    """
    from serving.policy_settings import read_policy
    from training.evaluation import evaluate as evaluate_policy
    from training.evaluation import read_truth
    from training.reports.pack import PAGE, TWIN, refuse_other_files
    from training.reports.page import first_sentence
    from training.reports.policy.pack import write_evaluation
    from training.reports.policy.table import policies_table

    with refusals(), steps(quiet) as tell:
        refuse_other_files(output)
        known = None if truth is None else read_truth(truth)
        evaluation = evaluate_policy(Book.read(book), read_policy(), alias, known, tell)
        sections = write_evaluation(evaluation, output, pd.Timestamp.now("UTC"), tell)
    judgement = evaluation.judgement
    if judgement.finding != "cannot be judged":
        Console(width=max(out.width, 120)).print(policies_table(evaluation))
    for section in sections:
        say(f"{section.question}  {first_sentence(section.answer[0])}", quiet)
    say(f"{output / PAGE}: the judgement of {evaluation.candidate}; {output / TWIN} holds its numbers.", quiet)
    if judgement.finding == "cannot be judged":
        warn(f"cannot be judged: {judgement.why}")
        raise typer.Exit(1)
