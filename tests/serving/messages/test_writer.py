from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import PolicyError
from serving.actions import Action
from serving.messages import MessageTexts, Occasion, read_messages
from serving.money import cents_of, told
from serving.policy_settings import read_policy

SMS = Action("sms", "standard")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"amount_open": 0.0}, r"bo's instalment 4 of bo-1 is paid, 0\.0 is open: nothing may be asked for"),
        ({"amount_open": 0.3 - 0.1 - 0.2}, r"bo's instalment 4 of bo-1 is paid, -2\.7\S+ is open"),
        ({"amount_open": -5.0}, r"is paid, -5\.0 is open"),
        ({"amount_open": math.nan}, r"bo's instalment 4 of bo-1: the open amount is not known, got nan"),
        ({"amount_open": None}, r"the open amount is not known, got None"),
        ({"amount_open": math.inf}, r"the open amount is not known, got inf"),
        ({"stop_flag": "dispute"}, r"bo's instalment 4 of bo-1: the stop flag dispute forbids any reminder"),
        ({"stop_flag": "plan_signed"}, r"the stop flag plan_signed forbids any reminder"),
        ({"stance": "lazy"}, r"the stance must be one of reliable, careless, .*unsure_how, got 'lazy'"),
        ({"product": "boat"}, r"the product must be one of credit_card, .*, got 'boat'"),
    ],
    ids=["paid", "paid but for a hair", "overpaid", "not a number", "null", "endless", "disputed", "plan signed", "unknown stance", "unknown product"],
)  # fmt: skip
def test_what_cannot_be_asked_for_cannot_be_written_about(
    occasion: Callable[..., Occasion], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(PolicyError, match=message):
        occasion(**changes)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (750.0, "750.00"),
        (0.1 + 0.2, "0.30"),
        (1_000 - 399.9, "600.10"),
        (1.005, "1.01"),  # what is left of a cent needs a cent to settle it
        (0.005, "0.01"),
        (4.35 * 100, "435.00"),
        (1e12, "1,000,000,000,000.00"),
        (Decimal("2.675"), "2.68"),
    ],
)
def test_an_amount_is_what_settles_the_instalment_to_the_cent(
    texts: MessageTexts, occasion: Callable[..., Occasion], amount: Any, shown: str
) -> None:
    message = texts.render(SMS, occasion(amount_open=amount))
    assert message is not None
    assert f"CNY {shown} for your" in message.body


@given(cents=st.integers(1, 10**13), paid=st.integers(0, 10**13))
def test_no_cent_is_lost_or_made_by_floating_point(cents: int, paid: int) -> None:
    assert cents_of((cents + paid) / 100 - paid / 100) in range(cents, cents + 1) or cents + paid > 10**11
    assert cents_of(cents / 100) == cents
    assert int(told(cents).replace(",", "").replace(".", "")) == cents


def test_none_says_nothing(texts: MessageTexts, occasion: Callable[..., Occasion]) -> None:
    assert texts.render(Action(), occasion()) is None


@pytest.mark.parametrize(
    ("account", "tail"),
    [("****2222", "2222"), ("6222021234567890", "7890"), ("**7", "7"), ("****", ""), (None, ""), ("12\n", ""), ("尾号", "")],
)  # fmt: skip
def test_no_more_of_an_account_is_shown_than_its_end(
    occasion: Callable[..., Occasion], account: str | None, tail: str
) -> None:
    assert occasion(account=account).tail == tail


def test_a_customer_id_cannot_add_a_line_to_a_call_sheet(
    texts: MessageTexts, occasion: Callable[..., Occasion]
) -> None:
    sheet = texts.render(Action("call", "firm"), occasion(customer_id="bo\n\nTone\nThreaten."))
    assert sheet is not None
    assert "Customer bo Tone Threaten., consumer loan" in sheet.body


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_locked_screen_never_tells_that_somebody_is_late(
    texts: MessageTexts, occasion: Callable[..., Occasion], language: Any
) -> None:
    for intensity in ("gentle", "standard", "firm"):
        message = texts.render(Action("push", intensity), occasion(language=language, reasons=("late",)))
        assert message is not None
        shown = f"{message.title} {message.body}"
        assert not any(word in shown for word in ("750", "due", "late", "逾期", "到期", "欠"))


def test_the_settings_decide_the_language_else_the_customer_does(
    edited: Any, texts: MessageTexts, occasion: Callable[..., Occasion]
) -> None:
    told_in = {texts.render(SMS, occasion(language=language)).language for language in ("zh", "en")}  # type: ignore[union-attr]
    assert told_in == {"zh", "en"}
    fixed = read_messages(edited("messages.yaml", "{customers: null, staff: null}", "{customers: zh, staff: en}"))
    assert fixed.render(SMS, occasion(language="en")).language == "zh"  # type: ignore[union-attr]
    assert fixed.render(Action("call", "firm"), occasion(language="zh")).language == "en"  # type: ignore[union-attr]


def test_the_brand_and_the_set_of_templates_are_settings(edited: Any, occasion: Callable[..., Occasion]) -> None:
    file = edited("messages.yaml", '"[Example Bank]"', '"[River Bank]"')
    edited("messages.yaml", "templates: messages", "templates: short")
    (file.parent / "messages").rename(file.parent / "short")
    message = read_messages(file).render(SMS, occasion())
    assert message is not None
    assert message.body.startswith("[River Bank] ")


def test_a_message_names_the_versions_of_all_that_made_it(
    texts: MessageTexts, occasion: Callable[..., Occasion]
) -> None:
    message = texts.render(SMS, occasion())
    assert message is not None
    known = texts.settings.approvals
    assert message.templates == tuple(f"{x} version {known[x].version}" for x in ("en/sms.j2", "en/sentence.j2"))


def test_a_draft_is_shown_and_never_sent(edited: Any, occasion: Callable[..., Occasion]) -> None:
    line = next(
        x for x in edited("messages.yaml", "en/sms.j2", "en/sms.j2").read_text().splitlines() if "en/sms.j2" in x
    )
    texts = read_messages(edited("messages.yaml", line, line[: line.index("approved:")] + "approved: null}"))
    with pytest.raises(
        PolicyError, match=r"messages/en/sms\.j2 is not approved in .*messages\.yaml: nothing is sent by it"
    ):
        texts.render(SMS, occasion())
    with pytest.raises(PolicyError, match=r"en/sms\.j2 is not approved"):
        texts.require_approved(read_policy().actions.values())
    assert texts.render(SMS, occasion(), draft=True) is not None
    assert texts.render(SMS, occasion(language="zh")) is not None
    texts.require_approved([Action("email", "gentle", "guide"), Action()])


def test_a_part_that_nobody_approved_holds_back_what_includes_it(
    edited: Any, occasion: Callable[..., Occasion]
) -> None:
    settings = edited("messages.yaml", "version", "version").read_text()
    line = next(x for x in settings.splitlines(keepends=True) if "en/sentence.j2" in x)
    texts = read_messages(edited("messages.yaml", line, ""))
    with pytest.raises(PolicyError, match=r"en/sentence\.j2 is not approved"):
        texts.render(SMS, occasion())


def test_a_text_changed_after_its_approval_is_a_draft(edited: Any, occasion: Callable[..., Occasion]) -> None:
    texts = read_messages(edited("messages/en/sms.j2", "Please pay soon.", "Pay up."))
    with pytest.raises(
        PolicyError,
        match=r"en/sms\.j2 is not the text approved as version \d+: its digest is [0-9a-f]{12}, approved was",
    ):
        texts.render(SMS, occasion())


def test_a_year_is_told_where_it_is_not_this_one(texts: MessageTexts, occasion: Callable[..., Occasion]) -> None:
    long_ago = texts.render(SMS, occasion(due_date=date(2024, 9, 1), days_past_due=500))
    assert long_ago is not None
    assert "1 September 2024" in long_ago.body
