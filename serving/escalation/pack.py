"""Evidence written: a page to print, and the JSON it is made of beside it, each put in place only when whole.

The digest on the page is of the JSON's canonical form, so a reviewer can tell whether the two belong together.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd

from serving.escalation.evidence import Evidence
from serving.escalation.page import page
from serving.escalation.say import PageLanguage, Say
from serving.escalation.words import GAPS
from serving.money import plain

EVIDENCE = 1
"""Version of the form of the JSON."""

MONEY = frozenset(
    {
        "principal", "amount_due", "paid", "open", "amount", "promised_amount", "required", "received",
        "overdue_open", "to_come_open", "total_open", "principal_open", "interest_open",
    }
)  # fmt: skip
"""The names under which there is money: decimal numbers in text, which no reader rounds."""


@dataclass(frozen=True)
class Written:
    """Where a pack was written, and the digest that joins its files."""

    page: Path
    twin: Path
    digest: str


def as_json(evidence: Evidence) -> dict[str, Any]:
    """Return all of the evidence as JSON knows it; what is not known is null, money is text."""
    gaps = [
        (gap.code, GAPS[gap.code], Say("zh").figures(gap.figures), Say("en").figures(gap.figures))
        for gap in evidence.gaps
    ]
    return {
        "evidence": EVIDENCE,
        "customer_id": evidence.customer_id,
        "loan_id": evidence.loan_id,
        "as_of": evidence.as_of.isoformat(timespec="seconds"),
        "zone": evidence.zone,
        "versions": dict(evidence.versions),
        "marks": _plain_row(evidence.marks),
        "held": list(evidence.held),
        "other_late": list(evidence.other_late),
        "decision": None if evidence.decision is None else _plain_row(evidence.decision),
        "sums": _plain_row(asdict(evidence.sums)),
        "gaps": [{"code": code, "zh": zh.format(**a), "en": en.format(**b)} for code, (zh, en), a, b in gaps],
        "tables": {name: _table(frame) for name, frame in evidence.tables.items()},
    }


def canonical(content: Mapping[str, Any]) -> bytes:
    """Return the canonical form of JSON: keys sorted, no spaces, UTF-8.

    >>> canonical({"b": 1, "a": "还"}).decode()
    '{"a":"还","b":1}'
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def digest_of(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(content)).hexdigest()


def write_evidence(evidence: Evidence, folder: str | Path, language: PageLanguage = "both") -> Written:
    """Write the page and its JSON into a folder, named by customer, loan and day.

    A pack of the same name is replaced; a file is renamed into place only when it is whole.
    """
    content = as_json(evidence)
    digest = digest_of(content)
    name = "-".join(quote(part, safe="") for part in (evidence.customer_id, evidence.loan_id, content["as_of"][:10]))
    texts = {
        f"{name}.json": json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n",
        f"{name}.html": page(content, digest, Say(language)),
    }
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target, prefix=".writing-") as aside:
        for file, text in texts.items():
            (Path(aside) / file).write_text(text, encoding="utf-8")
        for file in texts:
            (Path(aside) / file).rename(target / file)
    return Written(target / f"{name}.html", target / f"{name}.json", digest)


def _table(frame: pd.DataFrame) -> dict[str, Any]:
    columns = [str(name) for name in frame.columns]
    rows = [list(_plain_row(dict(zip(columns, row, strict=True))).values()) for row in frame.itertuples(index=False)]
    return {"columns": columns, "rows": rows}


def _plain_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value, name in MONEY) for name, value in row.items()}


def _plain(value: Any, is_money: bool = False) -> Any:
    """Return a value as JSON knows it; money, in cents, as text."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if value is None or pd.isna(value):
        return None
    if is_money:
        return plain(int(value))
    if isinstance(value, np.generic):
        value = value.item()
    return value.isoformat() if isinstance(value, date) else value
