"""What the scripts do, and what remains without them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

pytestmark = pytest.mark.browser

LEDGER = "book/ledger.html"
CLAIMS = "#ledger-claims > details"
ROWS = f"{CLAIMS} tbody tr"


NewContext = Callable[..., BrowserContext]


def chapters(site: Path) -> list[str]:
    return sorted(f"chapters/{path.name}" for path in (site / "chapters").glob("*.html"))


def test_the_ledger_filters_by_every_field(page: Page, address: str) -> None:
    page.goto(address + LEDGER)
    rows, hidden = page.locator(ROWS), page.locator(f"{ROWS}[hidden]")
    total, claims = rows.count(), page.locator(CLAIMS).count()
    assert total > claims > 5
    basis = rows.first.get_attribute("data-basis")
    page.get_by_label("Basis").select_option(basis)
    matching = page.locator(f"{ROWS}[data-basis='{basis}']").count()
    expect(hidden).to_have_count(total - matching)
    shown = page.locator(f"{CLAIMS}:visible").count()
    told = f"{matching} of {total} rows, {shown} of {claims} claims"
    expect(page.locator(".ledger-filters output")).to_have_text(told)
    assert f"basis={basis}" in page.url
    page.get_by_label("Basis").select_option("")
    last = rows.last.get_attribute("id")
    page.get_by_label("Text").fill(last)
    naming = page.locator(ROWS, has_text=last).count()
    assert 1 <= naming < total / 10
    expect(page.locator(f"{ROWS}:visible")).to_have_count(naming)  # few claims open at once
    page.get_by_label("Text").fill("no row says this")
    expect(page.locator(f"{CLAIMS}:visible")).to_have_count(0)


def test_the_address_carries_filters(page: Page, address: str) -> None:
    page.goto(address + LEDGER)
    verdict = page.locator(ROWS).first.get_attribute("data-verdict")
    page.goto(f"{address}{LEDGER}?verdict={verdict}")
    shown = page.locator(f"{ROWS}:not([hidden])")
    assert set(shown.evaluate_all("all => all.map(r => r.dataset.verdict)")) == {verdict}


@pytest.mark.parametrize("order", ["used", "seconds"])
def test_the_ledger_sorts_claims_by_number(order: str, page: Page, address: str) -> None:
    page.goto(address + LEDGER)
    values = f"all => all.map(claim => Number(claim.dataset.{order}))"
    before = page.locator(CLAIMS).evaluate_all(values)
    assert before != sorted(before, reverse=True)
    page.get_by_label("Order").select_option(order)
    assert page.locator(CLAIMS).evaluate_all(values) == sorted(before, reverse=True)
    page.get_by_label("Order").select_option("")
    assert page.locator(CLAIMS).evaluate_all(values) == before


def test_a_permanent_link_opens_its_row_in_spite_of_filters(page: Page, address: str) -> None:
    page.goto(address + LEDGER)
    last = page.locator(ROWS).last.get_attribute("id")
    page.goto(f"{address}{LEDGER}?text=no+row+says+this#{last}")
    row = page.locator(f"#{last}")
    expect(row).to_be_in_viewport()
    expect(row.locator("details")).to_have_attribute("open", "")


def test_the_ledger_reads_without_scripts(plain_page: Page, address: str) -> None:
    plain_page.goto(address + LEDGER)
    assert plain_page.locator(f"{CLAIMS}:visible").count() == plain_page.locator(CLAIMS).count() > 5
    expect(plain_page.locator(".ledger-filters")).to_be_hidden()
    plain_page.locator(f"{CLAIMS} > summary").first.press("Enter")
    plain_page.locator(f"{ROWS} summary").first.press("Enter")
    expect(plain_page.locator(f"{ROWS} dl").first).to_be_visible()


def test_the_ledger_is_short_while_its_claims_are_closed(
    new_context: NewContext, address: str
) -> None:
    """40 screens of a phone, and 200 stops of the tab key."""
    with new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto(address + LEDGER)
        assert page.evaluate("document.body.scrollHeight") <= 40 * 844
        stops = page.evaluate(
            "[...document.querySelectorAll('a[href], button, summary, input, select, [tabindex]')]"
            ".filter(part => part.checkVisibility() && part.tabIndex >= 0).length"
        )
        assert stops <= 200


def test_sliders_move_curves(page: Page, address: str, site: Path) -> None:
    moved = 0
    for chapter in chapters(site):
        page.goto(address + chapter)
        for figure in page.locator("figure.interactive").all():
            slider, output = figure.get_by_role("slider"), figure.locator("output")
            paths = "all => all.map(path => path.getAttribute('d'))"
            before = figure.locator("path[data-moves]").evaluate_all(paths)
            value = output.inner_text()
            at_end = slider.input_value() == slider.get_attribute("max")  # where it may rest
            slider.press("ArrowLeft" if at_end else "ArrowRight")
            after = figure.locator("path[data-moves]").evaluate_all(paths)
            assert before
            assert before != after
            assert output.inner_text() != value
            expect(slider).to_have_attribute("aria-valuetext", output.inner_text())
            slider.press("End")
            last = figure.locator("details tbody tr").last.locator("th").last.text_content()
            expect(output).to_have_text(last)
            moved += 1
    assert moved, "no chapter has an interactive figure"


def test_figures_play_and_switch(page: Page, address: str, site: Path) -> None:
    paths = "all => all.map(path => path.getAttribute('d'))"
    switched = 0
    for chapter in chapters(site):
        page.goto(address + chapter)
        for figure in page.locator("figure.interactive").all():
            slider, output = figure.get_by_role("slider"), figure.locator("output")
            slider.press("Home")
            first = output.inner_text()
            play = figure.get_by_role("button", name="Play")
            play.click()
            expect(output).not_to_have_text(first)
            figure.get_by_role("button", name="Pause").click()
            expect(play).to_be_visible()
            for choice in figure.locator("select").all():
                before = figure.locator("path[data-moves]").evaluate_all(paths)
                choice.select_option(index=1)
                assert figure.locator("path[data-moves]").evaluate_all(paths) != before
                switched += 1
    assert switched, "no figure has a switch"


def test_figures_keep_their_first_frame_and_table_without_scripts(
    plain_page: Page, address: str, site: Path
) -> None:
    seen = 0
    for chapter in chapters(site):
        plain_page.goto(address + chapter)
        for figure in plain_page.locator("figure.interactive").all():
            expect(figure.locator("input")).to_be_hidden()
            assert figure.locator("svg path.curve").count() > 1
            figure.locator("summary").press("Enter")
            expect(figure.locator("details table")).to_be_visible()
            seen += 1
    assert seen


def test_search_finds_a_word(page: Page, address: str) -> None:
    page.goto(f"{address}search.html?q=falsified")
    found = page.locator("#search-results li a[href*='how_to_read']")
    expect(found.first).to_be_visible()  # results come one by one


def test_there_is_one_search_bar(page: Page, address: str) -> None:
    page.goto(f"{address}book/intro.html")
    expect(page.locator("button.search-button-field:visible")).to_have_count(1)


def test_code_can_be_copied(page: Page, address: str) -> None:
    page.goto(f"{address}book/how_to_run.html")
    button = page.locator("button.copybtn").first
    assert button.get_attribute("aria-label") or button.get_attribute("data-tooltip")
    assert page.locator("button.copybtn").count() == page.locator("div.highlight pre").count()
