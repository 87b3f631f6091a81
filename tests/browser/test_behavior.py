"""What the scripts do, and what remains without them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

pytestmark = pytest.mark.browser

LEDGER = "book/ledger.html"
ROWS = "#all-claims tbody tr"


NewContext = Callable[..., BrowserContext]


@pytest.fixture
def page(new_context: NewContext) -> Iterator[Page]:
    with new_context() as context:
        yield context.new_page()


@pytest.fixture
def plain_page(new_context: NewContext) -> Iterator[Page]:
    """A page in a browser without scripts."""
    with new_context(java_script_enabled=False) as context:
        yield context.new_page()


def chapters(site: Path) -> list[str]:
    return sorted(f"chapters/{path.name}" for path in (site / "chapters").glob("*.html"))


def test_the_ledger_filters_by_every_field(page: Page, address: str) -> None:
    page.goto(address + LEDGER)
    rows = page.locator(ROWS)
    total = rows.count()
    assert total > 5
    basis = rows.first.get_attribute("data-basis")
    page.get_by_label("Basis").select_option(basis)
    matching = page.locator(f"{ROWS}[data-basis='{basis}']").count()
    expect(page.locator(f"{ROWS}:visible")).to_have_count(matching)
    expect(page.locator(".ledger-filters output")).to_have_text(f"{matching} of {total} rows")
    assert f"basis={basis}" in page.url
    page.get_by_label("Basis").select_option("")
    last = rows.last.get_attribute("id")
    page.get_by_label("Text").fill(last)
    naming = page.locator(ROWS, has_text=last).count()
    assert 1 <= naming < total / 10
    expect(page.locator(f"{ROWS}:visible")).to_have_count(naming)
    page.get_by_label("Text").fill("no row says this")
    expect(page.locator(f"{ROWS}:visible")).to_have_count(0)


def test_the_address_carries_filters(page: Page, address: str) -> None:
    page.goto(address + LEDGER)
    verdict = page.locator(ROWS).first.get_attribute("data-verdict")
    page.goto(f"{address}{LEDGER}?verdict={verdict}")
    shown = page.locator(f"{ROWS}:visible").evaluate_all("all => all.map(r => r.dataset.verdict)")
    assert set(shown) == {verdict}


def test_the_ledger_sorts_numbers_as_numbers(page: Page, address: str) -> None:
    page.goto(address + LEDGER)
    column = "all => all.map(cell => parseFloat(cell.dataset.sort)).filter(x => !isNaN(x))"
    cells = page.locator(f"{ROWS} td[data-label='Measured']")
    header = page.get_by_role("button", name="Measured")
    header.focus()
    page.keyboard.press("Enter")
    values = cells.evaluate_all(column)
    assert values == sorted(values)
    page.keyboard.press("Enter")
    assert cells.evaluate_all(column) == values[::-1]
    expect(page.locator("#all-claims th[aria-sort='descending']")).to_have_count(1)


def test_a_permanent_link_opens_its_row_in_spite_of_filters(page: Page, address: str) -> None:
    page.goto(address + LEDGER)
    last = page.locator(ROWS).last.get_attribute("id")
    page.goto(f"{address}{LEDGER}?text=no+row+says+this#{last}")
    row = page.locator(f"#{last}")
    expect(row).to_be_in_viewport()
    expect(row.locator("details")).to_have_attribute("open", "")


def test_the_ledger_reads_without_scripts(plain_page: Page, address: str) -> None:
    plain_page.goto(address + LEDGER)
    assert plain_page.locator(f"{ROWS}:visible").count() == plain_page.locator(ROWS).count() > 5
    expect(plain_page.locator(".ledger-filters")).to_be_hidden()
    summary = plain_page.locator(f"{ROWS} summary").first
    summary.press("Enter")
    expect(plain_page.locator(f"{ROWS} dl").first).to_be_visible()


def test_sliders_move_curves(page: Page, address: str, site: Path) -> None:
    moved = 0
    for chapter in chapters(site):
        page.goto(address + chapter)
        for figure in page.locator("figure.interactive").all():
            slider, output = figure.get_by_role("slider"), figure.locator("output")
            paths = "all => all.map(path => path.getAttribute('d'))"
            before = figure.locator("path[data-moves]").evaluate_all(paths)
            value = output.inner_text()
            slider.press("ArrowRight")
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
    results = page.locator("#search-results li a")
    expect(results.first).to_be_visible()
    assert any("how_to_read" in link.get_attribute("href") for link in results.all())


def test_there_is_one_search_bar(page: Page, address: str) -> None:
    page.goto(f"{address}book/intro.html")
    expect(page.locator("button.search-button-field:visible")).to_have_count(1)


def test_code_can_be_copied(page: Page, address: str) -> None:
    page.goto(f"{address}book/how_to_run.html")
    button = page.locator("button.copybtn").first
    assert button.get_attribute("aria-label") or button.get_attribute("data-tooltip")
    assert page.locator("button.copybtn").count() == page.locator("div.highlight pre").count()
