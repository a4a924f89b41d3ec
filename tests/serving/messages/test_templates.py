"""A template that is wrong, or wants more than facts, is refused when it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from features import PolicyError
from serving.messages import read_messages
from serving.messages.templates import TemplateSet, read_templates

FIRST = "{% block body %}\n"


@pytest.mark.parametrize(
    ("attack", "message"),
    [
        ("{{ brand.__class__.__mro__ }}", r"access to attribute '__class__' of 'str' object is unsafe"),
        ("{{ ''.__class__.__base__.__subclasses__() }}", r"access to attribute '__class__'"),
        ("{{ brand['__class__'] }}", r"access to attribute '__class__'"),
        ("{{ '{0.__class__}'.format(brand) }}", r"'__class__'.* unsafe"),
        ("{{ '%s' | format(brand) }}", r"No filter named 'format'.; filters are capitalize, join, length, lower, upper"),
        ("{{ brand | attr('__class__') }}", r"No filter named 'attr'"),
        ("{{ amount | default('0.00') }}", r"No filter named 'default'"),
        ("{{ self.__init__.__globals__ }}", r"self is no fact|'__init__'"),
        ("{{ cycler.__init__.__globals__ }}", r"cycler is no fact"),
        ("{{ lipsum(n=9) }}", r"lipsum is no fact"),
        ("{% for k in range(9) %}{{ k }}{% endfor %}", r"range is no fact"),
        ("{{ 'x' * 999999999 }}", r"\* is not allowed in a template"),
        ("{{ 9 ** 999999999 }}", r"\*\* is not allowed in a template"),
        ("{% set _ = places.update({'pay': 'x'}) %}", r"access to attribute 'update' of 'dict' object is unsafe"),
        ("{% set _ = places.pop('pay') %}", r"access to attribute 'pop'"),
        ("{% include '../../messages.yaml' %}", r"includes '../../messages\.yaml'; expected one of basics\.j2"),
        ("{% include '/etc/passwd' %}", r"includes '/etc/passwd'"),
        ("{% include places.pay %}", r"includes None; expected one of"),
        ("{% import 'os' as os %}", r"includes 'os'"),
    ],
)  # fmt: skip
def test_a_way_out_of_the_sandbox_is_refused(edited: Any, attack: str, message: str) -> None:
    file = edited("messages/en/sms.j2", FIRST, FIRST + attack)
    with pytest.raises(PolicyError, match=rf"en/sms\.j2.*{message}"):
        read_messages(file)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("sms", "{{ brand }}", "{{ brandt }}", r"en/sms\.j2: line 2: brandt is no fact; expected one of account, amount,"),
        ("sms", '"before"', '"befor"', r"en/sms\.j2: line 3: phase is never 'befor'; expected one of 'before', 'today', 'overdue'"),
        ("sms", 'offer != ""', "offer != none", r"offer is never None; expected one of 'plan', 'guide', 'basics', 'budget', ''"),
        ("sms", '== "gentle"', 'in ("gentle", "mild")', r"line 3: intensity is never 'mild'; expected one of 'gentle', 'standard', 'firm'"),
        ("sms", "{% endif %}", "{% fi %}", r"en/sms\.j2: line \d+: Encountered unknown tag 'fi'"),
        ("sms", "{% endblock %}", "", r"en/sms\.j2: line \d+: Unexpected end of template"),
        ("sms", "{% block body %}", "{% block text %}", r"en/sms\.j2: its blocks must be body, got text"),
        ("sentence", "{{ places.plan }}", "{{ places.paln }}", r"en/sentence\.j2: line 2: 'dict object' has no attribute 'paln'"),
        ("plan", "{{ rate }}", "{{ amount }}", r"en/plan\.j2: line 3: amount is no fact; expected one of affordable,"),
        ("sms", "{{ opt_out }}", "", r"en/sms\.j2: the message \(gentle, before, reliable, no offer\) must hold the fact opt_out"),
        ("sms", "Please pay soon.", "Please pay or else.", r"en/sms\.j2: the message \(standard, overdue.*says 'or else', which never\.en forbids"),
        ("plan", "It is yours to decide.", "This is your last chance.", r"en/plan\.j2: the offer says 'last chance', which never\.en forbids"),
        ("sms", "Please pay soon.", "Please pay as soon as you can, for which we thank you very much.", r"en/sms\.j2: the message \(standard, overdue, reliable, .* takes 3 segments \(\d{3} places of GSM-7\) in en .*most_segments is 2"),
        ("sms", "Please pay soon.", "Please pay soon \N{EM DASH} thank you.", r"en/sms\.j2: .* takes \d segments \(\d{3} places of UCS-2\) in en"),
    ],
    ids=["no fact", "no phase", "no offer", "no intensity", "no tag", "no end", "no block", "no place", "no fact of plans", "no way out", "threat", "false urgency", "too long", "another alphabet"],
)  # fmt: skip
def test_a_template_is_refused_by_file_line_and_what_is_legal(
    edited: Any, name: str, old: str, new: str, message: str
) -> None:
    file = edited(f"messages/en/{name}.j2", old, new)
    with pytest.raises(PolicyError, match=message):
        read_messages(file)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("most_segments: 2", "most_segments: 1", r"sms\.j2: the message .* takes 2 segments .* in zh .*most_segments is 1"),
        ("most_segments: 2", "most_segments: 0", r"most_segments must be in \[1, 10\], got 0"),
        ("{customers: null,", "{customers: fr,", r"languages\.customers: got 'fr'; Input should be 'en' or 'zh'"),
        ("  sms: {zh: 回T退订,", "  text: {zh: 回T退订,", r"opt_out\.text.*'sms', 'push' or 'email'"),
        ('en: "CNY {amount}"', 'en: "CNY"', r"currency\.en must have the places \['amount'\], got \[\]"),
        ("  auto: {zh", "  boat: {zh", r"products must have exactly the keys \['credit_card', .*got .*'boat'"),
        ("brand:", "brant:", r"brant: there is no such setting"),
        ("instalments/{instalment}", "instalments/{number}", r"link\.en must have the places \['instalment', 'loan'\]"),
        ("  en/sms.j2:", "  en/smss.j2:", r"approvals\.en/smss\.j2: there is no such template; expected some of en/basics\.j2"),
        ("templates: messages", "templates: elsewhere", r"line \d+: templates: got 'elsewhere'; expected a folder beside this file"),
        ("{coming: 12,", "{coming: -1,", r"coming and past must be in \[0, 600\], got -1"),
    ],
)  # fmt: skip
def test_a_wrong_setting_of_messages_is_refused(edited: Any, old: str, new: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        read_messages(edited("messages.yaml", old, new))


def test_a_choice_may_be_compared_with_several_of_its_values(edited: Any) -> None:
    edited("messages/en/push.j2", '!= "gentle"', 'in ("standard", "firm")')
    read_messages(edited("messages/en/email.j2", 'offer == "basics"', 'offer in ["basics"]'))


def test_a_language_nobody_speaks_needs_no_templates(edited: Any) -> None:
    file = edited("messages.yaml", "{customers: null, staff: null}", "{customers: zh, staff: zh}")
    for name in ("sms", "push", "email", "call", "plan"):
        (file.parent / "messages" / "en" / f"{name}.j2").unlink()
    lines = [line for line in file.read_text().splitlines() if "  en/" not in line]
    file.write_text("\n".join(lines), encoding="utf-8")
    assert read_messages(file).settings.languages.spoken == ("zh",)


def test_a_fault_at_the_time_of_writing_names_its_line(edited: Any) -> None:
    folder: Path = edited("messages/en/sms.j2", FIRST, FIRST + "{{ customer.name }}").parent / "messages"
    found: TemplateSet = read_templates(folder, ("en",))
    with pytest.raises(PolicyError, match=r"en/sms\.j2: line 2: 'str object' has no attribute 'name'"):
        found.write("en", "sms", {"customer": "bo"})
