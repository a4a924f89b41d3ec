"""Who is reminded and who is called, by tier and by group, by each policy."""

from __future__ import annotations

import pandas as pd

from training.policies import rivals
from training.policies.judgement import Judgement
from training.reports.figures.spreads import shares_figure
from training.reports.section import Format, Picture, Section, Table
from training.reports.words import percent, rows_of

QUESTION = "Who is reminded and who is called?"

_FEWEST = 100
_CUTS = {"tier": "tier", "gender": "gender", "age_band": "age band", "region": "region"}


def section(judgement: Judgement) -> Section:
    """Return the section; groups of few occasions are shown, and not spoken of."""
    table = judgement.tables["reach"]
    wide = {by: _wide(table[table["by"] == by]) for by in _CUTS}
    tables = tuple(
        Table(
            by,
            f"Reminded and called by {words}",
            "Shares of the occasions of a group: reminded at all, and called, by each policy.",
            wide[by],
            {"occasions": "count", **{str(name): _share() for name in wide[by].columns[2:]}},
            folded=by == "region",
        )
        for by, words in _CUTS.items()
    )
    learned = _of(table[table["by"] != "region"], rivals.LEARNED)
    picture = Picture(
        "called",
        "How often the learned policy reminds and calls each group; groups of few occasions are left out.",
        "tier",
        lambda: shares_figure(
            learned.assign(label=learned["by"].map(_CUTS) + ": " + learned["group"].astype(str)),
            {"called": "called", "reminded": "reminded"},
            "share of a group's occasions",
            "Whom the learned policy reaches",
        ),
    )
    return Section("reach", QUESTION, _answer(table), tables, (picture,))


def _share() -> Format:
    return "share"


def _of(table: pd.DataFrame, policy: str) -> pd.DataFrame:
    return table[(table["policy"] == policy) & (table["occasions"] >= _FEWEST)]


def _wide(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row a group, and by policy the shares reminded and called, but for doing nothing."""
    doing = table[table["policy"] != rivals.NOTHING]
    wide = doing[["group", "occasions"]].drop_duplicates("group").set_index("group")
    for name in doing["policy"].unique():
        rows = doing[doing["policy"] == name].set_index("group")
        wide[f"{name}: reminded"], wide[f"{name}: called"] = rows["reminded"], rows["called"]
    return wide.reset_index()


def _answer(table: pd.DataFrame) -> tuple[str, ...]:
    learned = _of(table, rivals.LEARNED)
    tiers = learned[learned["by"] == "tier"]
    said = ", ".join(f"{percent(row['called'])} of {row['group']}" for row in rows_of(tiers))
    first = f"By tier the learned policy calls {said} on the occasions of each."
    apart = []
    for by in ("gender", "age_band", "region"):
        rows = learned[learned["by"] == by].sort_values("called", kind="stable")
        if len(rows) > 1:
            low, high = rows.iloc[0], rows.iloc[-1]
            apart.append(
                f"by {_CUTS[by]} from {percent(low['called'])} ({low['group']}) to {percent(high['called'])} "
                f"({high['group']})"
            )
    words = f"Calls differ {'; '.join(apart)}." if apart else "Groups are too small to be compared."
    return first, f"{words} Groups of fewer than {_FEWEST} occasions are left out of this sentence."
