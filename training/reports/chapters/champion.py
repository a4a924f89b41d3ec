"""What changes against the champion: whether the new model is better, and for whom it decides otherwise."""

from __future__ import annotations

import pandas as pd

from training.reports.figures.spreads import change_figure, migration_figure
from training.reports.section import Format, Picture, Section, Table
from training.reports.words import listed, percent, rows_of
from training.review import champion
from training.review.limits import Verdict, enough
from training.review.material import Material
from training.review.paired import WORSE, paired

QUESTION = "What changes against the champion?"

_MEASURES = {"auc": "AUC", "log_loss": "log loss", "brier": "Brier score"}


def section(material: Material, seed: int = 0) -> Section:
    """Return the section on the champion, judged by log loss and AUC on the same judge cases."""
    cases = champion.compared_cases(material)
    if not enough(len(cases), int(cases["outcome"].sum())):
        return Section(id="champion", question=QUESTION, answer=(_why_not(material, cases),))
    bounds = material.facts["model"]["tiers"]
    compared, matrix = paired(cases, "default_probability", "champion", seed), champion.migration(cases, bounds)
    moves, changes, movers = (
        champion.moves(cases, bounds),
        champion.changed_features(material),
        champion.movers(material),
    )
    return Section(
        id="champion",
        question=QUESTION,
        answer=(_better(material, compared, cases), _moved(moves), _features(changes)),
        tables=_tables(compared, matrix, moves, changes, movers),
        pictures=_pictures(matrix, changes),
        verdict=_verdict(compared),
        facts={"champion": material.facts["champion"], "share_that_changes_tier": _changing(moves)},
    )


def _why_not(material: Material, cases: pd.DataFrame) -> str:
    if len(cases):
        return f"The {len(cases):,} cases that the champion scored hold too few of either outcome to compare."
    return f"There is no champion to compare with: {material.facts['why_no_champion']}"


def _verdict(compared: pd.DataFrame) -> Verdict:
    found = compared.set_index("measure")["verdict"]
    if found["log_loss"] == WORSE:
        return "fail"
    return "watch" if WORSE in found.to_list() else "pass"


def _better(material: Material, compared: pd.DataFrame, cases: pd.DataFrame) -> str:
    parts = [
        f"{_MEASURES[row['measure']]} {row['ours']:.4f} against {row['theirs']:.4f}, difference "
        f"{row['difference']:+.4f} [{row['low']:+.4f}, {row['high']:+.4f}], {row['verdict']}"
        for row in rows_of(compared)
    ]
    said = listed([f"{row['verdict']} in {_MEASURES[row['measure']]}" for row in rows_of(compared)])
    return (
        f"Against {material.facts['champion']} it is {said}. On the same {len(cases):,} judge cases: "
        f"{'; '.join(parts)}. Differences are new less champion, resampled by customer in pairs. A champion trained on "
        "a later or another book may have learned from some of these cases, which flatters it."
    )


def _changing(moves: pd.DataFrame) -> float:
    return float(moves.loc[moves["move"] != "stays", "share"].sum())


def _moved(moves: pd.DataFrame) -> str:
    parts = [
        f"{row['cases']:,} go {row['move']} (observed {percent(row['observed'])}; the champion expected "
        f"{percent(row['expected_champion'])}, the new model {percent(row['expected_new'])})"
        for row in rows_of(moves)
        if row["move"] != "stays"
    ]
    if not parts:
        return "No case changes its tier."
    return f"{percent(_changing(moves))} of the cases change tier: {listed(parts)}."


def _features(changes: pd.DataFrame) -> str:
    if changes.empty or not (changes["mean_absolute_change"] > 0).any():
        return "No feature is weighed otherwise."
    named = [f"{row['feature']} ({row['mean_absolute_change']:.2f})" for row in rows_of(changes.head(5))]
    return f"Weighed most otherwise, by mean absolute change of the contribution in log-odds: {listed(named, 5)}."


def _tables(
    compared: pd.DataFrame, matrix: pd.DataFrame, moves: pd.DataFrame, changes: pd.DataFrame, movers: pd.DataFrame
) -> tuple[Table, ...]:
    numbers: dict[str, Format] = dict.fromkeys(("ours", "theirs", "difference", "low", "high"), "number")
    rates: dict[str, Format] = dict.fromkeys(("share", "observed", "expected_new", "expected_champion"), "share")
    tiers: dict[str, Format] = dict.fromkeys([str(name) for name in matrix], "count")
    moved: dict[str, Format] = dict.fromkeys(("mean_change", "mean_absolute_change"), "log-odds")
    return (
        Table(
            "compared",
            "New model (ours) and champion (theirs)",
            "The verdict is within noise where the 95 % interval of the difference holds 0.",
            compared,
            numbers,
        ),
        Table(
            "moves",
            "Who changes tier",
            "Where the new model is right, the observed rate lies nearer to what it expected.",
            moves,
            {"cases": "count", **rates},
        ),
        Table(
            "migration",
            "Tiers by the champion (rows) and by the new model (columns)",
            "Cases on the diagonal keep their tier.",
            matrix.reset_index(),
            tiers,
        ),
        Table(
            "features",
            "Contributions that changed most",
            "Over the explained judge cases, in log-odds; a feature that one model lacks counts as 0 there.",
            changes,
            moved,
            folded=True,
        ),
        Table(
            "movers",
            "The cases that moved most",
            "Moved is in log-odds, new less champion; because names the contributions that changed most.",
            movers,
            {"champion": "probability", "new": "probability", "moved": "log-odds", "outcome": "count"},
            folded=True,
        ),
    )


def _pictures(matrix: pd.DataFrame, changes: pd.DataFrame) -> tuple[Picture, ...]:
    return (
        Picture(
            "migration",
            "Off the diagonal are those who would be treated by another tier's rules.",
            "migration",
            lambda: migration_figure(matrix),
        ),
        Picture(
            "features",
            "The longer a bar, the more the two models disagree about what the feature says.",
            "features",
            lambda: change_figure(changes),
        ),
    )
