"""What the replies of a book tell, by product, tier or stage, and month, and what to do: table, CSV file or page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from rich.table import Table as Printed

from features.book import Book
from features.errors import PolicyError
from serving.feedback.causes import UNCLEAR
from serving.feedback.heard import heard
from serving.feedback.reader import ReplyReader
from serving.feedback.settings import FeedbackSettings
from serving.feedback.tally import By, described, tally
from serving.policy_settings import PolicySettings
from training.reports.page import page
from training.reports.section import Section, Table
from training.reports.twin import as_json

FORMATS = (".csv", ".html")
_NO_TIER = "not decided"
_FEWEST = 50
"""Groups of fewer replies are not compared."""
_LEAD = (
    "What customers answered to reminders, read by the model of causes and the phrases that are never missed. A reply "
    "may tell several causes, so shares of a column add up to more than 100 %."
)
_FOOT = "Days and months are those of each customer's own calendar. A reply is known a day after its reminder was sent."


@dataclass(frozen=True)
class Feedback:
    """The replies of a book: how many, and ``counts`` in the form of ``tally``, first by "all", then by grouping."""

    as_of: pd.Timestamp
    replies: int
    counts: pd.DataFrame
    settings: FeedbackSettings

    def by(self, grouping: str) -> pd.DataFrame:
        """Return a row a cause and a column a group of the grouping: the share of its replies."""
        rows = self.counts[self.counts["by"] == grouping]
        wide = rows.pivot_table(index="cause", columns="group", values="share", fill_value=0.0, sort=False)
        causes, groups = dict.fromkeys(self.overall["cause"]), dict.fromkeys(rows["group"])
        return wide.reindex(index=list(causes), columns=list(groups), fill_value=0.0)

    @property
    def overall(self) -> pd.DataFrame:
        """The rows of all replies, the most told cause first."""
        rows = self.counts[self.counts["by"] == "all"]
        return rows.sort_values("replies", ascending=False, kind="stable")

    @property
    def groupings(self) -> list[str]:
        """By what replies were divided, besides all of them."""
        return [name for name in dict.fromkeys(self.counts["by"]) if name != "all"]


def feedback_of(
    book: Book, as_of: pd.Timestamp, reader: ReplyReader, policy: PolicySettings, tiers: pd.Series[str] | None = None
) -> Feedback:
    """Return what the replies known at ``as_of`` tell; ``tiers`` by customer_id, else stages take their place."""
    told = heard(book, as_of, reader)
    rows = described(told, book, policy, tiers).assign(all="all")
    orders = {"tier": (*policy.tiers, _NO_TIER), "stage": tuple(policy.stages)}
    groupings: tuple[By, ...] = ("all", "product", "stage" if tiers is None else "tier", "month")
    counts = [tally(rows, by, orders.get(by, ())) for by in groupings]
    return Feedback(as_of, told["reminder_id"].nunique(), pd.concat(counts, ignore_index=True), reader.settings)


def tiers_of(file: Path, policy: PolicySettings) -> pd.Series[str]:
    """Return the tier of each customer from a Parquet file of decisions.

    Raises
    ------
    PolicyError
        When the file cannot be read, or names a tier that the policy does not know.
    """
    try:
        rows = pd.read_parquet(file, columns=["customer_id", "tier"])
    except (OSError, ValueError, KeyError) as error:
        raise PolicyError(f"{file} holds no decisions of `duewise score`: {str(error).splitlines()[0]}") from error
    strangers = sorted(set(rows["tier"].dropna()) - set(policy.tiers))
    if strangers:
        raise PolicyError(f"{file}: tier: got {strangers}; expected some of {list(policy.tiers)}.")
    return rows.drop_duplicates("customer_id", keep="last").set_index("customer_id")["tier"]


def printed(feedback: Feedback) -> list[Printed]:
    """Return the tables for a terminal: all replies with what to do, then each grouping."""
    title = f"{feedback.replies:,} replies as of {feedback.as_of.isoformat()}"
    first = Printed("cause", "replies", "share", "what to do", title=title, title_justify="left")
    for row in feedback.overall.itertuples():
        first.add_row(str(row.cause), f"{row.replies:,}", f"{row.share:.1%}", _advice(feedback, str(row.cause), "en"))
    return [first, *(_wide(feedback, grouping) for grouping in feedback.groupings)]


def write_feedback(feedback: Feedback, file: Path) -> None:
    """Write the counts as CSV, or everything as a page, by the ending of ``file``.

    Raises
    ------
    PolicyError
        When the ending is neither.
    """
    refuse_other_endings(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    text = feedback.counts.to_csv(index=False) if file.suffix == ".csv" else _page(feedback)
    file.write_text(text, encoding="utf-8")


def refuse_other_endings(file: Path) -> None:
    """Raise PolicyError when a file ends in none of ``FORMATS``."""
    if file.suffix not in FORMATS:
        raise PolicyError(f"--out: got {file}; expected a file that ends in {' or '.join(FORMATS)}.")


def _advice(feedback: Feedback, cause: str, language: str) -> str:
    return "" if cause == UNCLEAR else feedback.settings.advice[cause].fill()[language]  # type: ignore[index]


def _wide(feedback: Feedback, grouping: str) -> Printed:
    shares = feedback.by(grouping)
    table = Printed("cause", *map(str, shares.columns), title=f"share of replies by {grouping}", title_justify="left")
    for cause, row in shares.iterrows():
        table.add_row(str(cause), *(f"{share:.1%}" for share in row))
    return table


def _page(feedback: Feedback) -> str:
    sections = [_summary(feedback), *(_section(feedback, grouping) for grouping in feedback.groupings)]
    head = {
        "replies": f"{feedback.replies:,}",
        "as of": feedback.as_of.isoformat(),
        "settings": feedback.settings.named_version,
    }
    return page("What customers reply", _LEAD, head, sections, as_json(sections, {}), {}, _FOOT)


def _summary(feedback: Feedback) -> Section:
    rows = feedback.overall
    frame = rows[["cause", "replies", "share"]].assign(
        what_to_do=[_advice(feedback, cause, "en") for cause in rows["cause"]],
        **{"办法": [_advice(feedback, cause, "zh") for cause in rows["cause"]]},
    )
    says = "Every cause that a reply told of, the most frequent first, with the approved way to meet it."
    table = Table("causes", "Causes", says, frame, {"share": "share"}, kind="prose")
    return Section("causes", "Why do customers say they have not paid?", (_first(feedback),), (table,))


def _first(feedback: Feedback) -> str:
    told = feedback.overall[feedback.overall["cause"] != UNCLEAR]
    if told.empty:
        return "No reply tells of a cause."
    most = told.iloc[0]
    return f"Told most often: {_named(most['cause'])}, by {most['replies']:,} of {feedback.replies:,} replies."


def _named(cause: object) -> str:
    return str(cause).replace("_", " ")


def _differing(feedback: Feedback, grouping: str) -> str:
    """Return the cause whose share differs most between the groups of enough replies, with its extremes."""
    rows = feedback.counts[(feedback.counts["by"] == grouping) & (feedback.counts["cause"] != UNCLEAR)]
    many = rows[rows["replies"] / rows["share"] >= _FEWEST]
    if many["group"].nunique() < 2:
        return f"Too few replies to tell: no two of them by {grouping} have {_FEWEST}."
    shares = many.pivot_table(index="cause", columns="group", values="share", fill_value=0.0)
    cause = str((shares.max(axis=1) - shares.min(axis=1)).idxmax())
    own: pd.Series[float] = shares.T[cause].sort_values()
    ends = [f"{own.iloc[end]:.1%} of the replies in {_named(own.index[end])}" for end in (-1, 0)]
    return f"Most in how often they tell '{_named(cause)}': {ends[0]}, {ends[1]}.".replace("%", " %")


def _section(feedback: Feedback, grouping: str) -> Section:
    shares = feedback.by(grouping).reset_index()
    shares.columns = [str(name) for name in shares.columns]
    formats = dict.fromkeys(shares.columns[1:], "share")
    says = f"The share of each {grouping}'s replies that tell of a cause."
    table = Table(f"by_{grouping}", f"By {grouping}", says, shares, formats)  # type: ignore[arg-type]
    answer = _differing(feedback, grouping)
    return Section(f"by_{grouping}", f"How do the causes differ by {grouping}?", (answer,), (table,))
