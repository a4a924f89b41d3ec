"""The command line: each verb is one job on a book, in the order a bank would run them."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from duewise_feedback import add_feedback
from features import Book, PolicyError
from serving.progress import counting, stages, steps
from serving.rule_commands import app as rules_app
from serving.terminal import err, out
from serving.terminal import refusals as _refusals
from serving.terminal import say as _say
from serving.terminal import warn as _warn

app = typer.Typer(
    help="Which reminder, if any, for each customer with a payment due.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(rules_app, name="rules")

BookFolder = Annotated[Path, typer.Argument(help="folder of the seven tables, Parquet or CSV", show_default=False)]
Quiet = Annotated[bool, typer.Option("--quiet", help="say nothing but results and errors")]
AsOf = Annotated[datetime | None, typer.Option(help="moment of the cut; the last the book has seen by default")]
Seed = Annotated[int, typer.Option(help="the same seed gives the same result")]


@app.command()
def simulate(
    book: BookFolder,
    customers: Annotated[int, typer.Option(help="how many people")] = 5_000,
    months: Annotated[int, typer.Option(help="how long the bank is watched")] = 18,
    seed: Seed = 0,
    truth: Annotated[
        Path | None, typer.Option(help="Parquet file, outside the book, of P(paid) under every action")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Simulate a bank and write its book.

    Example: [bold]duewise simulate demo/book --customers 5000 --months 18 --truth demo/truth.parquet[/bold]
    """
    from training import simulate_bank

    with _refusals():
        _refuse_inside(truth, book)
    with _refusals(), counting(f"simulating {customers:,} customers, then writing {book}", quiet) as advance:
        simulation = simulate_bank(customers, months, seed, progress=advance)
        simulation.book.write(book)
        if truth is not None:
            simulation.truth.logged().astype("float32").reset_index().to_parquet(truth, index=False)
    rows = ", ".join(f"{len(frame):,} {name}" for name, frame in simulation.book.tables())
    _say(f"{book}: {rows}.", quiet)


@app.command()
def taiwan(
    file: Annotated[Path, typer.Argument(help="taiwan_credit_default.csv.gz", show_default=False)],
    book: BookFolder,
    quiet: Quiet = False,
) -> None:
    """Map the UCI Taiwan credit-card data into a book.

    Example: [bold]duewise taiwan ../shared/data/taiwan_credit_default.csv.gz demo/taiwan[/bold]
    """
    from training.taiwan import read_taiwan, taiwan_book

    with _refusals(), steps(quiet) as tell:
        tell(f"mapping {file}")
        mapped = taiwan_book(read_taiwan(file))
        tell(f"writing {book}")
        mapped.book.write(book)
    moment = mapped.as_of.tz_localize(None).isoformat()
    _say(f"{book}: {len(mapped.default):,} customers; train and score it with --as-of {moment}", quiet)


@app.command()
def validate(book: BookFolder) -> None:
    """Check every row of a book; list what is wrong and leave with 1 when anything is.

    Example: [bold]duewise validate demo/book[/bold]
    """
    from features.tables.screening import faults, summary

    with _refusals():
        read = Book.read(book)
        found = faults(read)
    if len(found):
        err.print(summary(found), markup=False, highlight=False, soft_wrap=True)
        err.print(f"{len(found):,} faults, {found['customer_id'].nunique():,} customers set aside by a screen.")
        raise typer.Exit(1)
    _say(f"{book}: all rows of {len(read.customers):,} customers are valid.", quiet=False)


@app.command()
def catalogue(
    family: Annotated[str | None, typer.Option(help="only this family of features")] = None,
    output: Annotated[Path | None, typer.Option("--out", help="write the whole page as Markdown instead")] = None,
) -> None:
    """List every feature: meaning, unit, sign towards risk, reason text and a worked example.

    Example: [bold]duewise catalogue --family income[/bold]
    """
    from features.catalogue_page import as_markdown, as_tables

    if output is not None:
        output.write_text(as_markdown())
        _say(f"{output}: every feature, and the worked book behind the examples.", quiet=False)
        return
    with _refusals():
        tables = as_tables(family)
    wide = Console(width=max(out.width, 140))
    for title, columns, rows in tables:
        table = Table(*columns, title=title, title_justify="left")
        for row in rows:
            table.add_row(*row)
        wide.print(table)


@app.command()
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

    with _refusals(), steps(quiet) as tell:
        settings = (read_train_settings(config) if config else read_train_settings()).searching(trials, minutes)
        tell(f"reading {book}")
        read = Book.read(book)
        trained = train_book(read, settings, alias, [_moment(at, read) for at in as_of or ()], figures, tell)
    for model in trained:
        table = Table("measure", "value", title=f"{model.name} version {model.version}, now {model.alias}")
        for name, value in model.metrics.items():
            table.add_row(name, f"{value:.4f}")
        out.print(table)
        if model.is_useless:
            _warn(f"{model.name} version {model.version} does no better than the base rate; do not put it in service.")


@app.command()
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

    with _refusals():
        if policy and model not in (None, RESPONSE_MODEL):
            raise PolicyError(f"--policy is about {RESPONSE_MODEL}; it cannot be asked for with --model {model}.")
        model = RESPONSE_MODEL if policy else model
        if revert:
            for back in promotion.revert(model):
                _say(f"{back.name}: version {back.version} is the champion again, in place of {back.former}.", False)
            return
        settings = read_promotion_settings(config) if config else read_promotion_settings()
        approval = promotion.Approval(by, pd.Timestamp(datetime.now(UTC)), note)
        asked, *along = promotion.promote(settings.gates, approval, model, version)
    Console(width=max(out.width, 140)).print(promotion.gates_table(asked))
    for verdict in [failed for one in (asked, *along) for failed in one.failed]:
        _warn(f"{verdict.gate}: {verdict.why}.")
    for moved in (asked, *along):
        _say(moved.words, False)
    if not asked.is_champion:
        raise typer.Exit(1)


@app.command()
def score(
    book: BookFolder,
    output: Annotated[Path, typer.Option("--out", help="Parquet file of decisions")] = Path("decisions.parquet"),
    as_of: AsOf = None,
    quiet: Quiet = False,
) -> None:
    """Decide for every customer of a book and write a Parquet of decisions.

    Customers with a fault are set aside in a file beside it, with the reason. Where configs/policy.yaml bounds
    what a day holds, the book is planned first, and prices.json beside it holds the price of each bound.

    Example: [bold]duewise score demo/book --out demo/decisions.parquet[/bold]
    """
    from features import screen
    from serving.actions import read_policy
    from serving.allocation.capacity_table import capacity_table
    from serving.batch import score_book
    from serving.registry import load_models

    with _refusals(), counting(f"deciding for {book}", quiet) as advance:
        screened = screen(Book.read(book))
        moment = _moment(as_of, screened.book)
        done = score_book(screened.book, moment, load_models(threads=2), read_policy(), output, advance)
        if len(screened.rejected):
            screened.rejected.astype({"value": "str"}).to_csv(output.with_suffix(".rejected.csv"), index=False)
    if done.prices is not None and not quiet:
        out.print(capacity_table(done.prices))
    _say(f"{output}: {done.decisions:,} decisions as of {moment.isoformat()}.", quiet)
    if len(screened.rejected):
        err.print(
            f"{screened.rejected['customer_id'].nunique():,} customers set aside: {output.with_suffix('.rejected.csv')}"
        )


@app.command()
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

    with _refusals(), steps(quiet) as tell:
        model = registered(alias=alias, version=None if version is None else str(version))
        sections = report_on(model, output, pd.Timestamp.now("UTC"), tell)
    for section in sections:
        _say(f"{section.verdict:>5}  {section.question}  {first_sentence(section.answer[0])}", quiet)
    _say(f"{output / PAGE}: the review of {model}; {output / TWIN} holds its numbers.", quiet)


@app.command()
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
    from serving.actions import read_policy
    from training.evaluation import evaluate as evaluate_policy
    from training.evaluation import read_truth
    from training.reports.pack import PAGE, TWIN, refuse_other_files
    from training.reports.page import first_sentence
    from training.reports.policy.pack import write_evaluation
    from training.reports.policy.table import policies_table

    with _refusals(), steps(quiet) as tell:
        refuse_other_files(output)
        known = None if truth is None else read_truth(truth)
        evaluation = evaluate_policy(Book.read(book), read_policy(), alias, known, tell)
        sections = write_evaluation(evaluation, output, pd.Timestamp.now("UTC"), tell)
    judgement = evaluation.judgement
    if judgement.finding != "cannot be judged":
        Console(width=max(out.width, 120)).print(policies_table(evaluation))
    for section in sections:
        _say(f"{section.question}  {first_sentence(section.answer[0])}", quiet)
    _say(f"{output / PAGE}: the judgement of {evaluation.candidate}; {output / TWIN} holds its numbers.", quiet)
    if judgement.finding == "cannot be judged":
        _warn(f"cannot be judged: {judgement.why}")
        raise typer.Exit(1)


@app.command("features")
def features_of_book(
    book: Annotated[Path, typer.Option(help="folder of the seven tables, Parquet or CSV", show_default=False)],
    as_of: Annotated[datetime, typer.Option(help="moment of the cut", show_default=False)],
    output: Annotated[Path, typer.Option("--out", help="Parquet file of features", show_default=False)],
    chunk: Annotated[int, typer.Option(min=1, help="customers in memory at a time, in each process")] = 20_000,
    processes: Annotated[int | None, typer.Option(min=1, help="how many at once; one a core by default")] = None,
    quiet: Quiet = False,
) -> None:
    """Write every feature of every customer of a book of any size, also one larger than memory.

    Customers with a fault are set aside in a file beside it, with the reason. A run that was stopped goes on
    where it was when the same command is given again.

    Example: [bold]duewise features --book demo/book --as-of 2025-12-31 --out demo/features.parquet[/bold]
    """
    from features import CATALOGUE
    from features.stream import usual_zone, write_features

    began = time.monotonic()
    with _refusals(), stages(_FEATURE_STAGES, quiet) as advance:
        moment = _in_zone(as_of, usual_zone(book))
        done = write_features(book, moment, output, chunk, processes or os.cpu_count() or 1, advance)
    _say(
        f"{output}: {done.customers:,} customers, {len(CATALOGUE)} features as of {moment.isoformat()}, "
        f"{done.set_aside:,} customers set aside, {time.monotonic() - began:.1f} s.",
        quiet,
    )
    if done.rejected:
        err.print(f"{done.set_aside:,} customers set aside: {done.rejected}")


_FEATURE_STAGES = {
    "split": "1/3 rows to chunks (next: features)",
    "compute": "2/3 features by chunk (next: one file)",
    "join": "3/3 chunks to one file",
}


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="port on 127.0.0.1")] = 3000,
    snapshot: Annotated[Path | None, typer.Option(help="book in which customers without records are looked up")] = None,
    prices: Annotated[Path | None, typer.Option(help="prices.json of the morning's `duewise score`")] = None,
) -> None:
    """Serve POST /score with the champion models.

    Example: [bold]duewise serve --snapshot demo/book[/bold]
    """
    from serving.actions import read_policy
    from serving.allocation.prices import read_prices
    from serving.launch import serve_command
    from serving.registry import load_models

    with _refusals():
        load_models()
        settings = read_policy()
        if prices is not None:
            read_prices(prices, settings)
        elif settings.capacity.binds:
            _warn("the policy bounds a day's capacity and no --prices are given: each answer is as if it were alone.")
        command, environment = serve_command(port, snapshot, prices)
    os.execve(command[0], command, environment)


@app.command()
def demo(
    book: BookFolder,
    port: Annotated[int, typer.Option(help="port on 127.0.0.1")] = 3000,
    quiet: Quiet = False,
) -> None:
    """Start the service, ask it about customers of different kinds, and show what it says.

    Example: [bold]duewise demo demo/book[/bold]
    """
    from serving.launch import running_service
    from serving.showcase import ask_about, kinds_table

    with _refusals(), steps(quiet) as tell:
        read = Book.read(book)
        tell("starting the service")
        with running_service(port, book) as url:
            tell(f"asking {url}/score")
            answers = ask_about(url, read, _moment(None, read))
    Console(width=max(out.width, 140)).print(kinds_table(answers))
    out.print(
        f"\nLook next: [bold]duewise serve --snapshot {book}[/bold], then the API's page at http://127.0.0.1:3000"
        "\n           [bold]duewise score[/bold] for a whole book in one Parquet file"
        "\n           [bold]demo/policy/report.html[/bold], what the policy is worth (duewise evaluate)"
        "\n           [bold]mlflow ui --backend-store-uri sqlite:///mlruns/mlflow.db[/bold] for models and figures",
        soft_wrap=True,
    )


def _moment(as_of: datetime | None, book: Book) -> pd.Timestamp:
    """Return the moment asked for, read in the book's own time zone where it has none, or the book's last."""
    zone = str(book.customers["timezone"].mode().iloc[0])
    if as_of is None:
        seen = pd.concat([book.payments["paid_at"], book.reminders["sent_at"]])
        return pd.Timestamp(seen.max()).tz_convert(zone).ceil("s")
    return _in_zone(as_of, zone)


def _in_zone(as_of: datetime, zone: str) -> pd.Timestamp:
    moment = pd.Timestamp(as_of)
    return moment.tz_localize(zone) if moment.tz is None else moment


def _refuse_inside(truth: Path | None, book: Path) -> None:
    if truth is not None and book.resolve() in truth.resolve().parents:
        raise PolicyError(f"{truth} is inside the book {book}: the truth lies beside a book, never in it.")


add_feedback(app, _refusals, _moment)

if __name__ == "__main__":
    app()
