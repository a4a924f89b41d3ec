"""The contact rules of a jurisdiction as data, and what they leave of a decision: allowed, deferred or forbidden."""

from serving.rules.blocking import Blocked, Codes, Windows, blocked_by
from serving.rules.lawful import FORBIDDEN
from serving.rules.pack import Pack, pack_names, read_pack
from serving.rules.rulebook import (
    ALLOWED,
    FIRM_WITH,
    LADDER,
    LAWS,
    NO_EVIDENCE,
    NOTHING_DUE,
    OFFER,
    PLAN_FIRST,
    PLAN_KEPT,
    PROGRAMME,
    STANCE,
    TOLD,
    RuleBook,
)
from serving.rules.standing import Standing
from serving.rules.windows import open_parts, open_stretches, send_window

__all__ = [
    "ALLOWED",
    "FIRM_WITH",
    "FORBIDDEN",
    "LADDER",
    "LAWS",
    "NOTHING_DUE",
    "NO_EVIDENCE",
    "OFFER",
    "PLAN_FIRST",
    "PLAN_KEPT",
    "PROGRAMME",
    "STANCE",
    "TOLD",
    "Blocked",
    "Codes",
    "Pack",
    "RuleBook",
    "Standing",
    "Windows",
    "blocked_by",
    "open_parts",
    "open_stretches",
    "pack_names",
    "read_pack",
    "send_window",
]
