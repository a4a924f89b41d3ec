"""configs/messages.yaml: who speaks, in what words for money and places, and which templates are approved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic.dataclasses import dataclass

from features.feature import Language
from features.tables.schema import PRODUCTS
from serving.reason_settings import Approval, Text
from serving.settings import STRICT

Written = Literal["sms", "push", "email"]
WRITTEN: tuple[Written, ...] = ("sms", "push", "email")
"""The channels whose messages a customer reads."""


@dataclass(frozen=True, config=STRICT)
class Languages:
    """In which language customers and staff are addressed; None: in the customer's own."""

    customers: Language | None = None
    staff: Language | None = None

    def of(self, channel: str | None, own: Language) -> Language:
        """Return the language of a channel's messages, ``own`` being the customer's."""
        return (self.staff if channel == "call" else self.customers) or own

    @property
    def spoken(self) -> tuple[Language, ...]:
        """Every language that somebody may be addressed in; each needs its templates."""
        fixed = {language for language in (self.customers, self.staff) if language is not None}
        both: tuple[Language, ...] = ("zh", "en")
        return tuple(x for x in both if x in fixed) if self.customers and self.staff else both


@dataclass(frozen=True, config=STRICT)
class Places:
    """What the places of the bank's app are called where a customer pays and learns."""

    pay: Text
    plan: Text
    guide: Text
    basics: Text
    budget: Text


@dataclass(frozen=True, config=STRICT)
class PayloadLength:
    """How many instalments the app's payload shows: still to come, and past."""

    coming: int
    past: int

    def __post_init__(self) -> None:
        if not (0 <= self.coming <= 600 and 0 <= self.past <= 600):
            raise ValueError(f"coming and past must be in [0, 600], got {self.coming} and {self.past}")


@dataclass(frozen=True, config=STRICT)
class TemplateVersion:
    """Which text of a template was approved: its ``version``, and the ``digest`` of the file as it was then.

    ``approved`` None: a draft, never sent. A text that no longer has the digest is a draft too.
    """

    version: int
    digest: str
    approved: Approval | None


@dataclass(frozen=True, config=STRICT)
class MessageSettings:
    """configs/messages.yaml; the comments there say what each setting means."""

    version: str
    templates: str
    most_segments: int
    languages: Languages
    bank: Text
    brand: Text
    phone: Text
    opt_out: Mapping[Written, Text]
    currency: Text
    debt: Text
    products: Mapping[str, Text]
    places: Places
    link: str
    payload: PayloadLength
    never: Mapping[Language, tuple[str, ...]]
    approvals: Mapping[str, TemplateVersion]

    def __post_init__(self) -> None:
        if not 1 <= self.most_segments <= 10:
            raise ValueError(f"most_segments must be in [1, 10], got {self.most_segments}")
        self.currency.require("currency", "amount")
        self.debt.require("debt", "product", "account")
        Text(self.link, self.link).require("link", "loan", "instalment")
        for name, found, expected in (
            ("opt_out", self.opt_out, WRITTEN),
            ("products", self.products, PRODUCTS),
            ("never", self.never, ("zh", "en")),
        ):
            if set(found) != set(expected):
                raise ValueError(f"{name} must have exactly the keys {list(expected)}, got {list(found)}")
