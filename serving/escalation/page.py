"""The evidence as one printable page (A4), made of its JSON; nothing is fetched and nothing runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape
from importlib.resources import files
from typing import Any

from serving.escalation.say import Say
from serving.escalation.words import (
    FOOT,
    LEAD,
    NOT_KNOWN,
    NOT_YET,
    NOTES,
    NOTHING,
    SECTIONS,
    SIGNED,
    TITLE,
    TO_COME,
    VERDICT,
)
from serving.money import told

type Row = Mapping[str, Any]

_SHOWN: Mapping[str, tuple[str, ...]] = {
    "schedule": ("instalment_no", "due_date", "amount_due", "paid", "open", "settled_on", "days_late", "status"),
    "payments": ("paid_at", "instalment_no", "amount", "days_late"),
    "contacts": ("sent_at", "reminder_id", "instalment_no", "channel", "recipient", "fate", "reply_text"),
    "promises": ("told_on", "instalment_no", "promised_on", "promised_amount", "by", "required", "received", "outcome"),
    "notices": ("sent_at", "reminder_id", "instalment_no", "channel", "delivered", "read", "must_carry"),
    "breaches": ("sent_at", "reminder_id", "channel", "rule_id", "found", "allowed", "citation"),
}
_MONEY = frozenset({"amount_due", "paid", "open", "amount", "promised_amount", "required", "received", "principal"})
_COUNTS = frozenset({"instalment_no", "days_late", "term_months"})
_CODES = frozenset({"reminder_id", "rule_id"})
_SUMS = (
    "overdue_open", "oldest_days_past_due", "instalments_overdue", "to_come_open", "total_open",
    "principal_open", "interest_open",
)  # fmt: skip
_WHOLE_SUMS = frozenset({"oldest_days_past_due", "instalments_overdue"})


def page(content: Mapping[str, Any], digest: str, say: Say) -> str:
    """Return the page of ``content``, the evidence as JSON; ``digest`` is that of its canonical form."""
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8").replace("{digest}", digest[:16])
    bodies = (
        ("gaps", _gaps(content, say)),
        ("decision", _decision(content, say)),
        ("sums", _sums(content, say)),
        ("contract", _facts(_rows(content, "contract")[0], say)),
        ("schedule", _schedule(content, say)),
        *((name, _table(content, name, say)) for name in ("payments", "contacts", "promises", "notices", "breaches")),
        ("verdict", _verdict(say)),
    )
    sections = [_section(number, name, body, say) for number, (name, body) in enumerate(filter(_has_body, bodies), 1)]
    language = "en" if say.language == "en" else "zh-CN"
    title = escape(TITLE[1] if say.language == "en" else TITLE[0])
    return "\n".join(
        (
            f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>",
            f'<header>\n<h1>{say.pair(TITLE)}</h1>\n<p class="lead">{say.pair(LEAD)}</p>',
            _head(content, digest, say),
            f'<p class="note">{say.pair(FOOT)}</p>',
            "</header>",
            *sections,
            "</main>\n</body>\n</html>\n",
        )
    )


def _has_body(section: tuple[str, str]) -> bool:
    return bool(section[1])


def _section(number: int, name: str, body: str, say: Say) -> str:
    note = f'<p class="note">{say.pair(NOTES[name])}</p>' if name in NOTES else ""
    return (
        f'<section id="{name}">\n<h2><span class="number">{number}</span> {say.pair(SECTIONS[name])}</h2>\n'
        f"{body}\n{note}</section>"
    )


def _rows(content: Mapping[str, Any], name: str) -> list[Row]:
    table = content["tables"][name]
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def _head(content: Mapping[str, Any], digest: str, say: Say) -> str:
    marks = [content["marks"]["stop_flag"], "vulnerable" if content["marks"]["vulnerable"] else None]
    facts = (
        ("customer_id", escape(content["customer_id"])),
        ("loan_id", escape(content["loan_id"])),
        ("as_of", _moment(content["as_of"])),
        ("zone", escape(content["zone"])),
        ("marks", _listed(filter(None, marks), say)),
        ("held", _listed(content["held"], say)),
        ("other_late", escape(", ".join(content["other_late"])) or say.pair(NOTHING)),
        ("versions", escape(", ".join(f"{name} {version}" for name, version in content["versions"].items()))),
        ("digest", f"<code>{digest}</code>"),
    )
    return _grid(facts, say, "head")


def _grid(facts: Iterable[tuple[str, str]], say: Say, kind: str) -> str:
    cells = "".join(f'<div class="{name}"><dt>{say.heading(name)}</dt><dd>{text}</dd></div>' for name, text in facts)
    return f'<dl class="{kind}">{cells}</dl>'


def _listed(names: Iterable[str], say: Say) -> str:
    return ", ".join(say.value(name) for name in names) or say.pair(NOTHING)


def _gaps(content: Mapping[str, Any], say: Say) -> str:
    items = [f"<li>{say.pair((gap['zh'], gap['en']))}</li>" for gap in content["gaps"]]
    return f'<ul class="gaps">{"".join(items)}</ul>' if items else f"<p>{say.pair(NOTHING)}</p>"


def _decision(content: Mapping[str, Any], say: Say) -> str:
    """Return the facts of the decision, empty where none asked for the pack."""
    return "" if content["decision"] is None else _facts(content["decision"], say)


def _facts(row: Row, say: Say) -> str:
    facts = [(name, _cell(name, value, say)) for name, value in row.items() if name != "loan_id"]
    return _grid(facts, say, "facts")


def _sums(content: Mapping[str, Any], say: Say) -> str:
    sums = content["sums"]
    facts = [(name, str(sums[name]) if name in _WHOLE_SUMS else _money(sums[name], say)) for name in _SUMS]
    return _grid(facts, say, "sums")


def _schedule(content: Mapping[str, Any], say: Say) -> str:
    """Return what has fallen due, part paid or settled line by line, and the rest in a sentence."""
    rows = _rows(content, "schedule")
    ahead = [row for row in rows if row["status"] == "to_come" and cents_of_text(row["paid"]) == 0]
    fallen = _lines("schedule", [row for row in rows if row not in ahead], say)
    if not ahead:
        return fallen
    figures = {
        "count": str(len(ahead)),
        "first": ahead[0]["due_date"],
        "last": ahead[-1]["due_date"],
        "amount": told(sum(cents_of_text(row["open"]) for row in ahead)),
    }
    zh, en = (text.format(**figures) for text in TO_COME)
    return f"{fallen}\n<p>{say.pair((zh, en))}</p>"


def cents_of_text(amount: str) -> int:
    """Return the cents of an amount as machines read it.

    >>> cents_of_text("1234.50")
    123450
    """
    whole, _, part = amount.partition(".")
    return int(whole + part)


def _table(content: Mapping[str, Any], name: str, say: Say) -> str:
    return _lines(name, _rows(content, name), say)


def _lines(name: str, rows: list[Row], say: Say) -> str:
    if not rows:
        return f"<p>{say.pair(NOTHING)}</p>"
    columns = _SHOWN[name]
    head = "".join(f'<th class="{_kind(column)}">{say.heading(column)}</th>' for column in columns)
    body = "\n".join(
        f'<tr class="{escape(str(row.get("status") or row.get("outcome") or ""))}">'
        + "".join(f'<td class="{_kind(column)}">{_of(row, column, say)}</td>' for column in columns)
        + "</tr>"
        for row in rows
    )
    return f'<table class="{name}"><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>'


def _kind(column: str) -> str:
    if column in _MONEY or column in _COUNTS:
        return "r"
    return "d" if column in _DATES else "c" if column in _CODES else "t"


_DATES = frozenset({"due_date", "settled_on", "paid_at", "sent_at", "told_on", "promised_on", "by"})


def _of(row: Row, column: str, say: Say) -> str:
    """Return a cell; some hold several columns of the JSON."""
    told_together = _TOGETHER.get(column)
    return told_together(row, say) if told_together else _cell(column, row[column], say)


def _how(row: Row, say: Say) -> str:
    parts = [say.value(row[name]) for name in ("channel", "intensity", "offer") if row.get(name)]
    return "<br>".join(parts)


def _fate(row: Row, say: Say) -> str:
    if row["delivered"] is None:
        return say.pair(NOT_YET)
    is_call = row["channel"] == "call"
    spoken = "conversation" if row["conversation"] else "no_conversation"
    told_of = [spoken] if is_call else ["delivered" if row["delivered"] else "not_delivered"]
    told_of += [name for name in ("read", "replied") if row[name] and not (is_call and name == "read")]
    return "<br>".join(say.value(name) for name in told_of)


def _reply(row: Row, say: Say) -> str:
    if row["reply_text"] is None:
        return "–"
    meaning = "，".join(say.value(cause) for cause in row["causes"])
    return f'<q>{escape(row["reply_text"])}</q><br><span class="meaning">{meaning}</span>'


_TOGETHER: Mapping[str, Callable[[Row, Say], str]] = {"channel": _how, "fate": _fate, "reply_text": _reply}


def _cell(column: str, value: Any, say: Say) -> str:
    if column in _MONEY:
        return _money(value, say) if column == "principal" else "–" if value is None else told(cents_of_text(value))
    if value is None:
        return say.pair(NOT_KNOWN) if column in ("account_masked", "delivered", "read") else "–"
    if column in ("annual_rate", "default_probability"):
        return f"{100 * value:.2f} %"
    if column in ("paid_at", "sent_at"):
        return _moment(value)
    if isinstance(value, Mapping):
        return say.pair((str(value.get("zh", "")), str(value.get("en", ""))))
    if isinstance(value, list):
        return "<br>".join(f"<code>{escape(str(one))}</code>" for one in value) or "–"
    return say.value(str(value).lower() if isinstance(value, bool) else str(value))


def _money(value: str | None, say: Say) -> str:
    return say.pair(NOT_KNOWN) if value is None else told(cents_of_text(value))


def _moment(text: str) -> str:
    """Return a moment as people read it, its offset from UTC small.

    >>> _moment("2026-02-06T10:00:00+08:00")
    '2026-02-06 10:00 <small>+08:00</small>'
    """
    return f"{escape(text[:10])} {escape(text[11:16])} <small>{escape(text[19:])}</small>"


def _verdict(say: Say) -> str:
    boxes = "".join(f'<span class="box">☐ {say.pair(choice)}</span>' for choice in VERDICT)
    lines = "".join(f"<div><dt>{say.pair(name)}</dt><dd></dd></div>" for name in SIGNED)
    return f'<p class="boxes">{boxes}</p>\n<dl class="signed">{lines}</dl>'
