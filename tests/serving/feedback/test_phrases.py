"""The phrases that must never be missed, as they are listed, in other dress, and said to be not so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.feedback.causes import NEVER_MISSED, Cause
from serving.feedback.phrases import Phrases
from serving.feedback.reader import ReplyReader
from serving.feedback.settings import read_feedback

SETTINGS = read_feedback()
HAN = re.compile(r"(?<=[\u3400-\u9fff])(?=[\u3400-\u9fff])")
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}

DRESSES: dict[str, Callable[[str], str]] = {
    "as listed": str,
    "capitals": str.upper,
    "title": str.title,
    "full width": lambda text: text.translate(FULL_WIDTH),
    "spaced": lambda text: HAN.sub(" ", text).replace(" ", "   "),
    "dotted": lambda text: HAN.sub(".", text).replace(" ", ". "),
    "dashed": lambda text: HAN.sub("-", text).replace(" ", " - "),
    "shouted": lambda text: f"{text}!!!",
    "quoted": lambda text: f"“{text}”",
    "curly apostrophe": lambda text: text.replace("'", "’"),
    "no apostrophe": lambda text: text.replace("'", ""),
    "around": lambda text: f"  \n{text}。 🙏",
}


def listed() -> Iterator[tuple[Cause, str]]:
    for cause, phrases in SETTINGS.never_missed.items():
        for phrase in (*phrases.anywhere, *phrases.alone):
            yield cause, phrase


@pytest.mark.parametrize("dress", DRESSES)
def test_no_listed_phrase_is_missed_in_any_dress(reader: ReplyReader, dress: str) -> None:
    missed = [phrase for cause, phrase in listed() if cause not in reader.causes(DRESSES[dress](phrase))]
    assert missed == []


@pytest.mark.parametrize("sentence", ["你好，{}，谢谢", "hello {} please", "{} 😡", "ok. {}. bye"])
def test_no_phrase_that_counts_anywhere_is_missed_inside_a_sentence(reader: ReplyReader, sentence: str) -> None:
    phrases = [(cause, phrase) for cause, own in SETTINGS.never_missed.items() for phrase in own.anywhere]
    missed = [phrase for cause, phrase in phrases if cause not in reader.causes(sentence.format(phrase))]
    assert missed == []


@settings(deadline=None)
@given(st.sampled_from(sorted(listed())), st.text(alphabet=" \t\u3000.!-~…", max_size=6))
def test_marks_and_spaces_around_a_phrase_hide_nothing(told: tuple[Cause, str], marks: str) -> None:
    cause, phrase = told
    assert SETTINGS.never_missed[cause].found(f"{marks}{phrase}{marks}")


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("S T O P", "opt_out"),
        ("Ｓｔｏｐ。", "opt_out"),
        ("s-t-o-p", "opt_out"),
        ("STOP ALL", "opt_out"),
        ("退 订", "opt_out"),
        ("t d", "opt_out"),
        ("麻烦帮我退-订一下", "opt_out"),
        ("別再打電話來了", "opt_out"),
        ("Please, don’t  call   my office", "opt_out"),
        ("dont text me", "opt_out"),
        ("pls UNSUBSCRIBE", "opt_out"),
        ("I want to opt-out", "opt_out"),
        ("金額不對啊", "dispute"),
        ("我對帳單有異議", "dispute"),
        ("卡 被 盗 刷 了", "dispute"),
        ("THE AMOUNT IS WRONG", "dispute"),
        ("that's a Wrong-Amount", "dispute"),
        ("this is FRAUD!!", "dispute"),
        ("我昨天已經還了", "already_paid"),
        ("已。还。款", "already_paid"),
        ("I ALREADY   PAID", "already_paid"),
        ("i’ve paid", "already_paid"),
        ("ive paid", "already_paid"),
        ("PAID", "already_paid"),
        ("paid yesterday!", "already_paid"),
    ],
)
def test_held_out_variants_are_found(reader: ReplyReader, text: str, cause: Cause) -> None:
    assert cause in reader.causes(text)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("don't stop", "opt_out"),
        ("Please don’t stop the reminders", "opt_out"),
        ("do not stop texting", "opt_out"),
        ("不要停", "opt_out"),
        ("不用退订，继续发", "opt_out"),
        ("nonstop texting fun", "opt_out"),
        ("没有异议", "dispute"),
        ("我对金额無異議", "dispute"),
        ("no dispute from me", "dispute"),
        ("I don't dispute it", "dispute"),
        ("没算错", "dispute"),
        ("还没还", "already_paid"),
        ("我没还呢", "already_paid"),
        ("还没还清", "already_paid"),
        ("haven't paid yet", "already_paid"),
        ("I have not paid", "already_paid"),
        ("not paid yet", "already_paid"),
        ("如已还款请忽略，若已还款请忽略", "already_paid"),
    ],
)
def test_what_is_said_not_to_be_so_is_not_told(reader: ReplyReader, text: str, cause: Cause) -> None:
    assert cause not in reader.causes(text)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("I have no dispute with the fee, but the amount is wrong", "dispute"),
        ("don't stop the emails, but stop calling me", "opt_out"),
        ("上期没还，这期已经还了", "already_paid"),
    ],
)
def test_a_denial_hides_only_what_it_covers(reader: ReplyReader, text: str, cause: Cause) -> None:
    assert cause in reader.causes(text)


def test_a_phrase_without_a_letter_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a phrase must hold a letter or a character, got '!!'"):
        Phrases(anywhere=("!!",))


def test_every_cause_that_must_not_be_missed_has_phrases_in_both_languages() -> None:
    for cause in NEVER_MISSED:
        phrases = SETTINGS.never_missed[cause].anywhere
        assert any(phrase.isascii() for phrase in phrases)
        assert any(not phrase.isascii() for phrase in phrases)
