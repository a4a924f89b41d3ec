"""The packs as a page and as tables: each rule with its figures, where it comes from, and whom it binds when."""

from __future__ import annotations

from collections.abc import Iterator

from serving.rules.pack import Pack, pack_names, read_pack

COLUMNS = ("rule", "says", "binds", "since", "status", "source")

_STAGES = {"before_due": "before due", "overdue": "overdue"}


def rows_of(pack: Pack) -> list[tuple[str, ...]]:
    """Return a pack's rules as rows under ``COLUMNS``."""
    return [
        (
            name,
            rule.says,
            ", ".join(_STAGES[stage] for stage in rule.stages),
            rule.effective.isoformat(),
            rule.status,
            rule.citation,
        )
        for name, rule in pack.rules.items()
    ]


def as_markdown() -> str:
    """Return all packs as a page in Markdown, with what the bank has tightened."""
    return "\n".join([*_opening(), *(line for name in pack_names() for line in _pack(name, read_pack(name)))]) + "\n"


def _opening() -> Iterator[str]:
    yield "# The contact rules"
    yield ""
    yield "Made from `configs/rules/` by `duewise rules show --out docs/rules.md`. Not legal advice: each figure stands"
    yield "with its source, to be checked and corrected there. `configs/policy.yaml` names the pack and the bank's own"
    yield "contact hours; `configs/rules/bank.yaml` makes figures stricter and adds rules, and cannot loosen one."
    yield ""
    yield "- A contact is allowed, deferred until the earliest lawful minute, or forbidden while things stay so."
    yield "- Times are those of every zone the customer may be in: their own, another the bank knows of"
    yield "  (`timezone_other`), or, where none is known, all of the pack's. Clocks that are set are minded."
    yield "- Hours defer a whole reminder to the first window they leave. An action that another rule keeps from going"
    yield "  out in that window is blocked in this decision, with the minute from which it is lawful (`until`)."
    yield "- Days are the customer's calendar days; of several days, today is the last. Contacts of any time of a day"
    yield "  count for the whole day. `attempts` are all contacts by the medium, `unanswered` those without and"
    yield "  `conversations` those with a conversation."
    yield "- *overdue* begins the day after the due date; *before due* includes it."
    yield "- A rule binds from its first day on; an older contact is not held against it."


def _pack(name: str, pack: Pack) -> Iterator[str]:
    yield from ("", f"## {name}: {pack.jurisdiction}", "", f"Version {pack.version}. {pack.scope}", "")
    yield f"Zones where a customer's own is not known: {', '.join(pack.zones)}."
    yield ""
    yield "| " + " | ".join(COLUMNS) + " |"
    yield "|" + " --- |" * len(COLUMNS)
    for rule, *cells in rows_of(pack):
        yield "| " + " | ".join((f"`{rule}`", *cells)) + " |"
