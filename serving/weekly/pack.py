"""The files of a weekly report: the page for people, and the JSON of the same name with every number of it."""

from __future__ import annotations

from pathlib import Path

from features.book import Book
from features.errors import PolicyError
from features.feature import Language
from serving.desk import Desk
from serving.weekly.page import PageLanguage, page_of
from serving.weekly.settings import WeeklySettings
from serving.weekly.speech import Speech
from serving.weekly.weekly import Weekly

_SUFFIX = ".html"


def twin_of(page: Path) -> Path:
    """Return where the numbers of a page lie; PolicyError where the page is not named as one."""
    if page.suffix != _SUFFIX:
        raise PolicyError(f"--out must be a file ending in {_SUFFIX}, got {page}.")
    return page.with_suffix(".json")


def languages_of(asked: PageLanguage, book: Book) -> tuple[Language, ...]:
    """Return the languages of a page, first the one shown; of both that which more of the customers speak."""
    if asked != "both":
        return (asked,)
    is_chinese = bool((book.customers["language"] == "zh").mean() > 0.5)
    return ("zh", "en") if is_chinese else ("en", "zh")


def write_weekly(
    weekly: Weekly, page: Path, languages: tuple[Language, ...], desk: Desk, settings: WeeklySettings
) -> None:
    """Write the page and its numbers; ``desk`` knows what things are called."""
    twin = twin_of(page)
    page.parent.mkdir(parents=True, exist_ok=True)
    speeches = [Speech(language, desk, settings) for language in languages]
    page.write_text(page_of(weekly, speeches), encoding="utf-8")
    twin.write_text(weekly.to_json(), encoding="utf-8")
