from __future__ import annotations

import re
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from serving.console.pages import Page, pages

TEXTS = {path: page.content.decode() for path, page in pages().items() if "vendor" not in path and path != "/"}


@pytest.mark.parametrize("path", sorted(TEXTS))
def test_a_file_holds_no_script_or_style_inside_and_names_no_other_host(path: str) -> None:
    text = TEXTS[path].replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|//[a-z]+\.", text)
    if path.endswith(".html"):
        assert not re.search(r"<script(?! (type=\"module\" )?src=)|<style|style=|\son[a-z]+=", text)


@pytest.mark.parametrize("path", sorted(set(pages()) - {"/page/player.html"}))
def test_the_browser_is_held_to_our_own_scripts(path: str) -> None:
    policy = pages()[path].headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy


@pytest.mark.parametrize("path", ["/page/reader.html", "/page/player.html"])
def test_reports_are_shown_without_an_origin_and_without_a_network(path: str) -> None:
    policy = pages()[path].headers["Content-Security-Policy"]
    assert "sandbox allow-scripts allow-modals" in policy
    assert "allow-same-origin" not in policy
    assert "connect-src" not in policy
    assert "default-src 'none'" in policy


def test_the_chart_library_is_the_one_that_is_named() -> None:
    assert pages()["/page/vendor/chart.js"].content.startswith(b"/*!\n * Chart.js v4.6.1\n")


def test_the_tag_changes_with_the_content() -> None:
    assert Page.of("/page/a.js", b"1").etag != Page.of("/page/a.js", b"2").etag


def test_every_word_is_said_in_both_languages() -> None:
    words = TEXTS["/page/words.js"]
    named = set(re.findall(r"(?<![\w\"])(\w+): \[\"", words))
    asked = {name for text in TEXTS.values() for name in re.findall(r"\bt\(\"(\w+)\"", text)}
    assert asked <= named
    for pair in re.findall(r"[\w\"\- ]+: \[([^\]]*)\]", words):
        assert re.fullmatch(r"\"(?:[^\"\\]|\\.)+\", \"(?:[^\"\\]|\\.)+\"", pair), pair


@pytest.mark.parametrize("path", ["/", "/page/app.js", "/page/vendor/chart.js"])
def test_a_file_is_read_without_a_token_and_not_sent_again(served: Any, path: str) -> None:
    url = f"{served.url}{path}"
    with urlopen(url, timeout=10) as response:
        assert response.status == 200
        tag = response.headers["ETag"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    with pytest.raises(HTTPError, match="304"):
        urlopen(Request(url, headers={"If-None-Match": tag}), timeout=10)


@pytest.mark.parametrize("path", ["/page/none.js", "/page/../console/portfolio", "/page/", "/console/portfolio"])
def test_what_is_no_file_of_the_page_is_for_reviewers(served: Any, path: str) -> None:
    assert served.ask(path, None, None)[0] == 401


def test_nothing_can_be_posted_to_a_file(served: Any) -> None:
    assert served.ask("/", {}, None)[0] == 401
    assert served.ask("/", {})[0] == 405
