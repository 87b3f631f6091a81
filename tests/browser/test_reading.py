"""How a chapter reads: the story first, the evidence one tap away."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from string import ascii_lowercase

import pytest
from playwright.sync_api import BrowserContext, Page, expect

pytestmark = pytest.mark.browser

NewContext = Callable[..., BrowserContext]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
CLOSED = "details.evidence:not([open])"


@pytest.fixture(scope="module")
def chapters(site: Path) -> list[str]:
    """Addresses of the pages of chapters, relative to the site."""
    found = sorted(f"chapters/{path.name}" for path in (site / "chapters").glob("*.html"))
    assert found
    return found


def test_a_number_opens_its_card_without_scripts(
    plain_page: Page, address: str, chapters: list[str]
) -> None:
    plain_page.goto(address + chapters[0])
    button = plain_page.locator("button.claim-value:visible").first
    card = plain_page.locator(f"#{button.get_attribute('popovertarget')}")
    expect(card).to_be_hidden()
    button.press("Enter")
    expect(card).to_be_visible()
    expect(card).to_be_in_viewport(ratio=0.9)
    plain_page.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_a_card_opens_under_the_mouse_and_a_click_keeps_it(
    page: Page, address: str, chapters: list[str]
) -> None:
    page.goto(address + chapters[0])
    button = page.locator("button.claim-value:visible").first
    card = page.locator(f"#{button.get_attribute('popovertarget')}")
    button.hover()
    expect(card).to_be_visible()
    page.mouse.move(1, 1)
    expect(card).to_be_hidden()
    button.hover()
    expect(card).to_be_visible()
    button.click()
    page.mouse.move(1, 1)
    page.wait_for_timeout(600)
    expect(card).to_be_visible()
    button.click()
    expect(card).to_be_hidden()


def test_evidence_opens_to_its_rows_without_scripts(
    plain_page: Page, address: str, chapters: list[str]
) -> None:
    plain_page.goto(address + chapters[0])
    evidence = plain_page.locator(f".cell_output {CLOSED}").first
    expect(evidence.locator("table")).to_be_hidden()
    evidence.locator("summary").press("Enter")
    opened = plain_page.locator(".cell_output details.evidence[open]").first
    expect(opened.locator("table")).to_be_visible()
    expect(opened.locator(".cell_input")).to_be_visible()
    expect(opened.locator(".reproduce")).to_be_visible()


def test_a_link_into_what_is_closed_opens_it(page: Page, address: str, chapters: list[str]) -> None:
    page.goto(address + chapters[0])
    name = page.locator(f"{CLOSED} .cell_input[id^='cell-']").first.get_attribute("id")
    code = page.locator(f"#{name}")
    expect(code).to_be_hidden()
    page.goto(f"{address}{chapters[0]}#{name}")
    expect(code).to_be_visible()


def test_the_code_of_a_number_is_two_taps_away(
    page: Page, address: str, chapters: list[str]
) -> None:
    page.goto(address + chapters[0])
    button = page.locator("button.claim-value:visible").first
    button.click()
    card = page.locator(f"#{button.get_attribute('popovertarget')}")
    claim = card.locator(".claim-card-head").inner_text().split()[0].rstrip(ascii_lowercase)
    card.get_by_role("link", name="its code").click()
    code = page.locator(f"#code-{claim}")
    expect(code).to_have_attribute("open", "")
    expect(code.locator("pre").first).to_be_in_viewport()
    number = claim.partition("-")[2]
    shown = "\n".join(code.locator("pre").all_inner_texts())
    assert re.search(rf"^@registry\.claim\(\s*{number},", shown, re.MULTILINE)


def test_evidence_stands_on_paper(page: Page, address: str, chapters: list[str]) -> None:
    page.goto(address + chapters[0])
    page.emulate_media(media="print")
    shown = f"all => all.filter(part => part.querySelector('{CLOSED} table').offsetHeight > 0)"
    cells = page.locator(f".cell_output:has({CLOSED})")
    assert len(cells.evaluate_all(f"{shown}")) == cells.count() > 0


def test_the_picture_of_the_book_fits_three_screens(new_context: NewContext, address: str) -> None:
    """And its words are no smaller than small print."""
    with new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        page.goto(f"{address}book/intro.html")
        assert page.locator(".forest").bounding_box()["height"] <= 3 * DESKTOP["height"]
        scales = "all => all.map(drawn => drawn.getScreenCTM().a)"
        assert min(page.locator(".forest-panel svg").evaluate_all(scales)) >= 0.85


def test_a_figure_fits_its_window(
    new_context: NewContext, address: str, chapters: list[str]
) -> None:
    """A phone shows the narrow layout, a desktop and paper the wide one; nothing scrolls."""
    for chapter in chapters:
        for size, media, layout in (
            (PHONE, "screen", "narrow"),
            (DESKTOP, "screen", "wide"),
            (PHONE, "print", "wide"),
        ):
            with new_context(viewport=size) as context:
                page = context.new_page()
                page.emulate_media(media=media)
                page.goto(address + chapter)
                figures = page.locator(".cell_output figure")
                opened = "all => all.forEach(part => { part.open = true; })"
                page.locator("details").evaluate_all(opened)
                shown = page.locator("picture img").evaluate_all("""all => all.map(image => ({
                    narrow: image.currentSrc === new URL(
                        image.previousElementSibling.srcset, document.baseURI).href,
                    wide: image.currentSrc === image.src,
                    scale: image.clientWidth / image.naturalWidth,
                }))""")
                assert len(shown) >= 5
                assert all(one[layout] for one in shown), f"{chapter}: {size}, {media}"
                if media == "screen":
                    # the smallest letters, of 8 points, take 9 pixels or more
                    assert min(one["scale"] for one in shown) * 8 * 96 / 72 >= 9, chapter
                scrolls = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length"
                assert figures.evaluate_all(scrolls) == 0, chapter


def test_a_chapter_with_a_second_level_is_short(
    new_context: NewContext, address: str, chapters: list[str]
) -> None:
    """While everything is closed, in screens of a phone and of a desktop."""
    seen = 0
    for chapter in chapters:
        for size, whole in ((PHONE, 30), (DESKTOP, 18)):
            with new_context(viewport=size) as context:
                page = context.new_page()
                page.goto(address + chapter)
                if not page.locator("details.more").count():
                    continue
                seen += 1
                closed = page.locator("details.more, details.evidence")
                closed.evaluate_all("all => all.forEach(part => { part.open = false; })")
                tops = "all => all.map(part => part.getBoundingClientRect().top + window.scrollY)"
                figures = page.locator(".bd-article figure:visible")
                first, second = figures.evaluate_all(tops)[:2]
                bottom = first + figures.first.bounding_box()["height"]
                (end,) = page.locator("section:has(> .chapter-claims)").evaluate_all(tops)
                heights = "all => all.reduce((sum, part) => sum + part.offsetHeight, 0)"
                tables = page.locator(".bd-article table:visible").evaluate_all(heights)
                height = page.evaluate("document.body.scrollHeight")
                screen = size["height"]
                assert height <= whole * screen, f"{chapter}: {height / screen:.1f} screens"
                assert tables <= 0.1 * height, f"{chapter}: tables take {tables / height:.0%}"
                if size is PHONE:
                    assert end <= 18 * screen, f"{chapter}: a story of {end / screen:.1f} screens"
                    assert first <= 2 * screen, f"{chapter}: first figure at {first / screen:.1f}"
                    assert second - bottom <= 4 * screen, chapter
    assert seen, "no chapter has a second level"
