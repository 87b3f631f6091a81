"""Every page in light and dark, wide and narrow: nothing external, nothing broken, accessible."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Request

from bookbuild.workspace import Workspace

ROOT = Path(__file__).parents[2]
PAGES = [str(page) for page in Workspace.at(ROOT).pages]
WIDTHS = (1280, 390)
WCAG = {
    "preload": False,
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
}
CONTRAST = WCAG | {"runOnly": ["color-contrast"]}
"""The only rule whose outcome depends on the color scheme."""

NewContext = Callable[..., BrowserContext]

pytestmark = pytest.mark.browser


def watch(page: Page, address: str) -> list[str]:
    """Collect what goes wrong while a page loads; the browser reaches no other machine."""
    problems: list[str] = []

    def see(request: Request) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            problems.append(f"external request: {request.url}")

    page.on("request", see)
    page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
    page.on(
        "console",
        lambda message: problems.append(message.text) if message.type == "error" else None,
    )
    return problems


def rest(page: Page) -> None:
    """Wait until every transition of the page has ended."""
    page.evaluate("""() => Promise.allSettled(document.getAnimations()
        .filter(moving => moving.effect.getComputedTiming().endTime !== Infinity)
        .map(moving => moving.finished))""")


def settle(page: Page, url: str) -> None:
    """Open a page and wait until its equations are typeset and nothing moves."""
    page.goto(url)
    page.wait_for_function("!window.MathJax || (MathJax.startup && MathJax.startup.promise)")
    page.evaluate("window.MathJax ? MathJax.startup.promise : null")
    page.wait_for_function("document.readyState === 'complete'")
    rest(page)


def faults(page: Page, rules: dict[str, object]) -> list[str]:
    """What a reader of this page in this window would stumble over."""
    found = []
    if missing := page.locator(".math:not(:has(mjx-container))").count():
        found.append(f"{missing} equations are not typeset")
    if page.locator("mjx-merror").count():
        found.append(f"broken equation: {page.locator('mjx-merror').first.inner_text()}")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("the page scrolls sideways")
    for violation in Axe().run(page, options=rules).response["violations"]:
        nodes = [node["html"][:120] for node in violation["nodes"]]
        found.append(f"{violation['id']}: {nodes}")
    for alt in page.locator("main img").evaluate_all("all => all.map(image => image.alt)"):
        if alt and (" " not in alt or "_images/" in alt):  # decoration has an empty text
            found.append(f"alternative text is a path: {alt}")
    return found


@pytest.fixture(scope="module")
def context(new_context: NewContext) -> Iterator[BrowserContext]:
    """One reader, whose browser keeps the files that the pages share."""
    with new_context() as context:
        yield context


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", [*PAGES, "search", "404"])
def test_page_is_sound(name: str, scheme: str, context: BrowserContext, address: str) -> None:
    with context.new_page() as page:
        page.emulate_media(color_scheme=scheme)
        problems = watch(page, address)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            settle(page, f"{address}{name}.html")
            rules = WCAG if scheme == "light" else CONTRAST
            problems += [f"{width} px: {fault}" for fault in faults(page, rules)]
    assert not problems, "\n".join(problems)


def test_the_watch_sees_what_it_should(new_context: NewContext, address: str) -> None:
    with new_context() as context:
        page = context.new_page()
        problems = watch(page, address)
        page.goto(f"{address}{PAGES[0]}.html")
        page.evaluate("""() => {
            console.error("planted");
            setTimeout(() => { throw new Error("thrown"); });
            const image = document.createElement("img");
            image.src = "https://example.org/a.png";
            image.alt = "_images/a.png";
            const text = document.createElement("p");
            text.textContent = "pale";
            text.style = "color: #ccc; background: #fff; width: 3000px";
            const formula = document.createElement("span");
            formula.className = "math";
            document.querySelector("main").append(image, text, formula);
        }""")
        page.wait_for_timeout(500)
        seen = "\n".join(problems + faults(page, WCAG))
    for expected in (
        "planted",
        "thrown",
        "external request: https://example.org/a.png",
        "1 equations are not typeset",
        "scrolls sideways",
        "color-contrast",
        "alternative text is a path",
    ):
        assert expected in seen


def test_a_slow_color_is_read_when_it_has_arrived(new_context: NewContext) -> None:
    color = "getComputedStyle(document.body).color"
    with new_context() as context:
        page = context.new_page()
        page.set_content("<style>body { color: #fff; transition: color 400ms }</style>")
        page.evaluate("document.body.offsetWidth; document.body.style.color = '#000'")
        assert page.evaluate(color) != "rgb(0, 0, 0)"
        rest(page)
        assert page.evaluate(color) == "rgb(0, 0, 0)"
        assert page.evaluate("matchMedia('(prefers-reduced-motion)').matches")


def test_pages_carry_equations(new_context: NewContext, address: str) -> None:
    with new_context() as context:
        page = context.new_page()
        settle(page, f"{address}book/notation.html")
        assert page.locator("mjx-container").count() > 20
