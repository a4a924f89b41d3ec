"""What people do with the page, in Chromium: sign in, look, read, preview, see what was blocked, decide, open reports."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from shutil import rmtree
from typing import Any

import pandas as pd
import pytest

VIEWS = ["portfolio", "customers", "customer", "review", "review/decided", "reports"]
DESK, PHONE = (1280, 900), (390, 844)

type Open = Callable[..., Any]


@pytest.fixture
def opened(served: Any, browser: Any) -> Iterator[Open]:
    """Return what opens the page at a view, signed in; afterwards the browser must have complained of nothing."""
    contexts, complaints = [], []

    def at(
        view: str = "",
        size: tuple[int, int] = DESK,
        colours: str = "light",
        language: str = "en-GB",
        token: str = "review",
    ) -> Any:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=colours,
            locale=language,
            timezone_id="Asia/Shanghai",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda said: said.type in ("error", "warning") and complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if token:
            page.add_init_script(f"if (self === top) sessionStorage.setItem('duewise-token', '{served.tokens[token]}')")
        page.goto(f"{served.url}/#/{view}")
        page.wait_for_selector("h1")
        return page

    yield at
    for context in contexts:
        context.close()
    assert [one for one in complaints if "401" not in one and "403" not in one and "409" not in one] == []


def settled(page: Any) -> Any:
    for unfinished in (".wait", "canvas:not([data-drawn])"):
        page.wait_for_selector(unfinished, state="detached")
    return page


def some_customer(served: Any, **asked: Any) -> str:
    line = served.told("customers", **asked, most=1)["lines"][0]
    return f"customer/{line['customer_id']}"


def test_who_has_no_good_token_is_told_so_and_sees_nothing(served: Any, opened: Open) -> None:
    page = opened(token="")
    assert page.locator("nav").count() == 0
    for token, told in (("dw_0123456789ab_" + "a" * 43, "is not good"), (served.tokens["score"], "lacks the scope")):
        page.get_by_label("Access token").fill(token)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("alert").filter(has_text=told).wait_for()
        assert page.evaluate("sessionStorage.length") == 0
    page.get_by_label("Access token").fill(served.tokens["review"])
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Portfolio").wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Access token").wait_for()
    assert page.evaluate("sessionStorage.length") == 0


def test_a_day_at_the_desk(served: Any, opened: Open) -> None:
    page = opened()
    settled(page)
    assert page.get_by_text("the index of stability is 0.31").is_visible()
    line = served.told("customers", action="sms_gentle", blocked_by="no_consent", most=1)["lines"][0]

    page.get_by_role("link", name="Customers", exact=True).click()
    page.get_by_label("Customer number, or part of it").fill(line["customer_id"])
    page.keyboard.press("Enter")
    page.get_by_text("1 customers fit").wait_for()
    page.get_by_role("link", name=line["customer_id"]).click()
    page.get_by_role("heading", name=line["customer_id"]).wait_for()

    waterfall = page.get_by_role("img", name=re.compile("Waterfall of the default probability"))
    waterfall.wait_for()
    assert f"{100 * line['default_probability']:.1f}%" in str(waterfall.get_attribute("aria-label"))
    page.get_by_text("The same as a table").click()
    last = page.locator("#why tbody tr").last
    assert f"{100 * line['default_probability']:.2f}%" in last.inner_text()

    page.get_by_role("button", name="Chinese").click()
    page.locator("#message [lang='zh-CN']").wait_for()
    assert re.search("[一-鿿]{4}", page.locator("#message").inner_text())
    page.get_by_role("button", name="English").click()
    page.locator("#message [lang='en']").wait_for()

    blocked = page.locator("#blocked tbody tr").filter(has_text="no_consent").first
    assert "Personal Information Protection Law" in blocked.locator("cite").inner_text()
    page.locator("#weeks li").first.wait_for()
    page.get_by_role("button", name="Make it again").click()
    page.get_by_text("The same, to the bit.").wait_for()


def test_a_field_visit_is_approved_with_a_reason(served: Any, opened: Open) -> None:
    page = opened("review")
    page.locator("#items button").filter(has_text="field visit").first.click()
    page.get_by_role("heading", name=re.compile("field visit · ")).wait_for()
    customer = page.get_by_role("heading", name=re.compile("field visit · ")).inner_text().split(" · ")[1]
    page.get_by_role("button", name="Open the evidence pack").click()
    pack = page.frame_locator("dialog iframe")
    pack.get_by_role("heading", name="Evidence on an overdue loan").wait_for()
    assert pack.get_by_text(customer).first.is_visible()
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("alert").filter(has_text="Give the reason").wait_for()
    page.get_by_label(re.compile("Reason")).fill("two letters came back, the employer is known")
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("status").filter(has_text="field visit approved").wait_for()
    assert page.locator("#items").get_by_text(f"field visit · {customer}").count() == 0
    page.get_by_role("link", name="Decided").click()
    row = page.locator("#decided tbody tr").filter(has_text=customer)
    assert "approved" in row.inner_text()
    assert "two letters came back" in row.inner_text()
    reviews = served.told("customer", customer_id=customer)["reviews"]
    assert [(one["step"], one["verdict"]) for one in reviews] == [("visit", "approved")]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Model review: duewise-default, version 1", "The body of model/report."),
        ("Weekly report", "The body of weekly/2025-05-20."),
        ("Drift of the features", "drawn by itself"),
    ],
    ids=["reviewer's pack", "weekly", "drift"],
)
def test_a_report_is_opened_and_closed_by_keyboard(opened: Open, title: str, text: str) -> None:
    page = opened("reports")
    page.get_by_role("button", name=f"Open: {title}").focus()
    page.keyboard.press("Enter")
    page.frame_locator("dialog iframe").get_by_text(text).wait_for()
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")


def test_a_link_leads_to_another_report_and_nowhere_else(opened: Open) -> None:
    page = opened("reports")
    page.get_by_role("button", name="Open: Weekly report").click()
    frame = page.frame_locator("dialog iframe")
    assert not frame.get_by_text("周报正文").is_visible()
    frame.get_by_text("中文").click()
    frame.get_by_text("周报正文").wait_for()
    frame.get_by_text("away").click()
    frame.get_by_text("The body of weekly/2025-05-20.").wait_for()
    frame.get_by_role("link", name="drift").click()
    page.get_by_role("heading", name="Drift of the features").wait_for()
    page.frame_locator("dialog iframe").get_by_text("drawn by itself").wait_for()


def test_a_report_in_both_languages_is_opened_in_the_pages(opened: Open) -> None:
    page = opened("reports", language="zh-CN")
    page.get_by_role("button", name="打开: Weekly report").click()
    page.frame_locator("dialog iframe").get_by_text("周报正文").wait_for()


def test_a_report_that_runs_is_kept_apart_from_the_page(opened: Open) -> None:
    page = opened("reports")
    page.get_by_role("button", name="Open: Drift of the features").click()
    frame = page.frame_locator("dialog iframe")
    frame.get_by_text("drawn by itself").wait_for()
    (inner,) = [one for one in page.frames if one != page.main_frame]
    assert inner.title() == "kept apart"
    assert inner.evaluate("origin") == "null"


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("size", "colours", "language"),
    [(DESK, "light", "en-GB"), (PHONE, "dark", "zh-CN")],
    ids=["desk, light, English", "phone, dark, Chinese"],
)
def test_a_view_is_for_everybody_and_fits(
    served: Any, opened: Open, view: str, size: tuple[int, int], colours: str, language: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    path = some_customer(served, action="sms_gentle", stage="overdue 30") if view == "customer" else view
    page = settled(opened(path, size, colours, language))
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:120], one["nodes"][0]["failureSummary"]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.lang") == ("zh-CN" if language == "zh-CN" else "en")


def test_a_pack_is_opened_for_everybody(opened: Open) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = settled(opened("review"))
    page.get_by_role("button", name="Open the evidence pack").click()
    page.frame_locator("dialog iframe").get_by_role("heading", name="Evidence on an overdue loan").wait_for()
    assert [one["id"] for one in Axe().run(page).response["violations"]] == []
    assert page.evaluate("document.activeElement.closest('dialog') !== null")


def test_signing_in_is_for_everybody(opened: Open) -> None:
    from axe_playwright_python.sync_playwright import Axe

    assert Axe().run(opened(token="")).response["violations"] == []


def test_language_and_colours_are_switched_and_stay(opened: Open) -> None:
    page = opened()
    page.get_by_role("button", name="中文").click()
    page.get_by_role("heading", name="组合概览").wait_for()
    for _ in range(2):
        page.get_by_role("button", name=re.compile("配色")).click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    page.get_by_role("heading", name="组合概览").wait_for()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_keyboard_reaches_the_content_first(opened: Open) -> None:
    page = settled(opened())
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def numbers(cells: list[str]) -> list[float]:
    return [float(cell.replace(",", "").removesuffix("%")) for cell in cells]


def test_the_numbers_on_the_page_are_those_of_sql_over_the_journal(
    served: Any, opened: Open, counted_in_sql: Callable[[str, str], list[tuple[Any, ...]]]
) -> None:
    page = settled(opened())
    shown = {
        row.locator("th").inner_text(): numbers([cell.inner_text() for cell in row.locator("td").all()])
        for row in page.locator("#tiers tbody tr").all()
    }
    file = served.journal_url.removeprefix("sqlite:///")
    told = {row[0]: row[1:] for row in counted_in_sql(file, "tier") + counted_in_sql(file, "all")}
    assert shown == {
        {"all": "All"}.get(name, name): [
            n,
            *numbers([f"{100 * chance:.2f}"]),
            *(round(one, 2) for one in money),
            reminded,
        ]
        for name, (n, chance, *money, reminded) in told.items()
    }


@pytest.fixture
def monitored(served: Any, world: Any) -> Iterator[Any]:
    """Write the monitoring of the ten days up to the last decisions among the reports; give the numbers and the page."""
    from serving.monitoring.in_service import in_service
    from serving.monitoring.reports import NUMBERS, PAGE, write_reports
    from serving.monitoring.settings import read_monitoring
    from serving.monitoring.watching import watch
    from serving.policy_settings import read_policy

    other, folder = served.reports / "monitoring" / "watch.json", served.reports / "monitoring" / "last"
    content, settings = other.read_text(), replace(read_monitoring(), window_days=10, most_valued=100)
    until, service = pd.Timestamp("2025-05-20T10:00:01+08:00"), in_service()
    with served.journal() as journal:
        done = watch(world.book, journal, until, service, read_policy(), settings)
    write_reports(done, service.reference, settings, folder, None)
    other.unlink()
    yield json.loads((folder / NUMBERS).read_text()), (folder / PAGE).read_text()
    rmtree(folder)
    other.write_text(content)


def test_page_report_monitoring_and_sql_tell_the_same_numbers(
    served: Any, opened: Open, monitored: Any, counted_in_sql: Callable[[str, str], list[tuple[Any, ...]]]
) -> None:
    told, report = monitored
    volume = told["volume"]
    file = served.journal_url.removeprefix("sqlite:///")
    ((_, customers, chance, _, _, value, reminded),) = counted_in_sql(file, "all")
    tiers = {name: n for name, n, *_ in counted_in_sql(file, "tier")}
    assert (volume["customers"], volume["counts"]["tier"]) == (customers, tiers)
    assert (volume["mean_default_probability"], volume["expected_value"]) == pytest.approx((chance, value), rel=1e-9)
    assert volume["decisions"] - volume["counts"]["action"]["none"] == reminded

    page = settled(opened())
    shown = page.locator("#tiers tbody tr").last.locator("td").all_inner_texts()
    assert (shown[0], shown[4], shown[5]) == (f"{customers:,}", f"{value:,.2f}", f"{reminded}")
    for name, n in tiers.items():
        assert page.locator("#tiers tbody tr").filter(has_text=name).locator("td").first.inner_text() == f"{n}"
    said = f"{customers:,} decisions about {customers:,} customers"
    assert page.get_by_text(f"{said}, expected value {value:,.2f}").is_visible()
    assert f"{said}, {volume['requires_human']:,} put to a person" in report
    assert f"Expected value {value:,.2f}" in report
    page.get_by_role("link", name="Reports").click()
    page.get_by_role("button", name=re.compile("Open: Duewise, 2025-05-10 to")).click()
    page.frame_locator("dialog iframe").get_by_text(f"Expected value {value:,.2f}").wait_for()
