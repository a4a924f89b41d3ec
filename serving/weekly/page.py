"""The weekly report as one printable page; nothing is fetched and nothing runs. No number is made here.

Both languages stand in one file: the link at the top shows the other, by :target alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Literal

from features.feature import Language
from serving.weekly import first_screen, sections
from serving.weekly.speech import Speech
from serving.weekly.weekly import Weekly

PageLanguage = Literal["en", "zh", "both"]

_TAGS: dict[Language, str] = {"en": "en", "zh": "zh-CN"}


def page_of(weekly: Weekly, speeches: Sequence[Speech]) -> str:
    """Return the page; of several languages the first is shown, and a link shows another."""
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    first, *others = speeches
    # the article shown stands last, so that :target on another hides it
    articles = [_article(weekly, speech, first) for speech in others] + [
        _article(weekly, first, others[0] if others else None)
    ]
    title = " · ".join([*(speech.of("title") for speech in speeches), escape(weekly.until[:10])])
    return (
        f'<!doctype html><html lang="{_TAGS[first.language]}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" '
        f'content="light dark"><title>{title}</title><style>{style}</style></head>'
        f"<body>{''.join(articles)}</body></html>\n"
    )


def _article(weekly: Weekly, speech: Speech, other: Speech | None) -> str:
    switch = "" if other is None else f'<a class="switch" href="#{other.language}">{speech.of("other")}</a>'
    days = speech.of("span", since=speech.day(weekly.since), until=speech.day(weekly.until))
    head = f'<header><p class="title">{speech.of("title")}<span>{days}</span></p>{switch}</header>'
    bodies = "".join(f"<section><h2>{title}</h2>{body}</section>" for title, body in sections.all_of(weekly, speech))
    foot = f"<footer>{speech.of('foot', model=escape(weekly.model))}</footer>"
    return (
        f'<article id="{speech.language}" lang="{_TAGS[speech.language]}">{head}'
        f"{first_screen.told(weekly, speech)}{bodies}{foot}</article>"
    )
