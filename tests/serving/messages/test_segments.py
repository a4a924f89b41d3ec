from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.messages import sms_length
from serving.messages.segments import BASIC, EXTENSION

GSM_CODE_PAGE = (
    "@£$¥èéùìòÇ\nØø\rÅå", "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ", " !\"#¤%&'()*+,-./", "0123456789:;<=>?",
    "¡ABCDEFGHIJKLMNO", "PQRSTUVWXYZÄÖÑÜ§", "¿abcdefghijklmno", "pqrstuvwxyzäöñüà",
)  # fmt: skip
"""The columns of the code page, as 3GPP TS 23.038 prints them; the second holds the escape besides."""


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        ("€" * 152, "GSM-7", 304, 2),  # 76 of two places in a segment of 153: one place stays empty in each
        ("€" * 153, "GSM-7", 306, 3),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),  # the pair does not fit the last place of the first segment
        ("a" * 151 + "€" + "a" * 153, "GSM-7", 306, 2),
        ("é" * 160, "GSM-7", 160, 1),
        ("ê", "UCS-2", 1, 1),
        ("`", "UCS-2", 1, 1),
        ("\t", "UCS-2", 1, 1),
        ("\x1b", "UCS-2", 1, 1),
        ("款" * 70, "UCS-2", 70, 1),
        ("款" * 71, "UCS-2", 71, 2),
        ("款" * 134, "UCS-2", 134, 2),
        ("款" * 135, "UCS-2", 135, 3),
        ("😀" * 35, "UCS-2", 70, 1),
        ("😀" * 66, "UCS-2", 132, 2),
        ("😀" * 67, "UCS-2", 134, 3),  # 33 in a segment of 67
        ("款" * 66 + "😀" + "款" * 66, "UCS-2", 134, 3),
        ("款€", "UCS-2", 2, 1),  # in UCS-2 the euro takes one place
    ],
    ids=lambda value: f"{value[:1]!r} x {len(value)}" if isinstance(value, str) and len(value) > 5 else repr(value),
)  # fmt: skip
def test_a_text_takes_the_segments_counted_by_hand(text: str, encoding: str, units: int, segments: int) -> None:
    found = sms_length(text)
    assert (found.encoding, found.units, found.segments) == (encoding, units, segments)
    assert found.characters == len(text)


def test_the_alphabet_is_the_code_page() -> None:
    assert frozenset("".join(GSM_CODE_PAGE)) == BASIC
    assert len(BASIC) == 127
    assert len(EXTENSION) == 10
    assert not BASIC & EXTENSION


def counted(text: str) -> tuple[str, int]:
    """Count as a sender would that fills one segment after the other, character by character."""
    code_page = set("".join(GSM_CODE_PAGE))
    if all(c in code_page or c in "\f^{}\\[~]|€" for c in text):
        sizes, alone, part, name = [1 if c in code_page else 2 for c in text], 160, 153, "GSM-7"
    else:
        sizes, alone, part, name = [len(c.encode("utf-16-le")) // 2 for c in text], 70, 67, "UCS-2"
    if sum(sizes) <= alone:
        return name, 1
    segments = [0]
    for size in sizes:
        if segments[-1] + size > part:
            segments.append(0)
        segments[-1] += size
    return name, len(segments)


GSM = st.sampled_from(sorted(BASIC | EXTENSION))
TEXTS = st.one_of(
    st.lists(GSM, max_size=500).map("".join),
    st.lists(st.one_of(st.sampled_from("[]€款"), GSM), max_size=330).map("".join),
    st.lists(st.sampled_from("款还a😀"), max_size=250).map("".join),
    st.builds(
        lambda n, m, pair: "a" * n + pair + "a" * m,
        st.integers(140, 170),
        st.integers(140, 170),
        st.sampled_from("€😀"),
    ),
    st.text(max_size=200).filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text)),
)


@given(text=TEXTS)
def test_segments_are_those_of_one_who_fills_them_character_by_character(text: str) -> None:
    found = sms_length(text)
    assert (found.encoding, found.segments) == counted(text)


@given(text=TEXTS, more=st.sampled_from("a€款😀"))
def test_a_longer_text_never_takes_fewer_segments(text: str, more: str) -> None:
    assert sms_length(text + more).segments >= sms_length(text).segments
