"""Lines, marks and words of every figure stand out on the light and on the dark page.

In the dark theme the style sheet turns pictures by ``invert(0.92) hue-rotate(180deg)``.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
LEAST = 3.0
"""WCAG 2.1, 1.4.11: contrast of what is needed to understand a graphic."""

Color = tuple[float, float, float]


def color_of(text: str) -> Color:
    """Red, green and blue in [0, 1] of ``#rrggbb``."""
    return tuple(int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))


def luminance(color: Color) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def contrast(one: Color, other: Color) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def in_the_dark(color: Color) -> Color:
    """The style sheet's filter, as Filter Effects Module Level 1 defines it."""
    inverted = 0.92 - np.array(color) * (2 * 0.92 - 1)
    red, green, blue = 0.213, 0.715, 0.072
    turn = np.array(
        [
            [2 * red - 1, 2 * green, 2 * blue],
            [2 * red, 2 * green - 1, 2 * blue],
            [2 * red, 2 * green, 2 * blue - 1],
        ]
    )
    return tuple(np.clip(turn @ inverted, 0, 1))


def backgrounds() -> tuple[Color, Color]:
    """Of the light page, and of the dark page as the style sheet sets it."""
    sheet = (ROOT / "book" / "_static" / "book.css").read_text()
    assert "invert(0.92) hue-rotate(180deg)" in sheet
    return color_of("#ffffff"), color_of(re.search(r"background: (#\w{6})", sheet).group(1))


def inks(figure: ElementTree.Element) -> Iterator[str]:
    """Opaque colors of lines, marks and words; ticks and grid lines carry no meaning alone."""
    for group in figure:
        if re.match(r"[xy]tick_", group.get("id", "")):
            continue
        style = group.get("style", "")
        if float((re.search(r"(?<![-\w])opacity: ([\d.]+)", style) or [0, 1])[1]) > 0.5:
            yield from re.findall(r"stroke: (#[0-9a-f]{6})", style)
            if group.tag.endswith("use") or group.get("id", "").startswith("text"):
                yield from re.findall(r"fill: (#[0-9a-f]{6})", style)
        yield from inks(group)


def pale(figure: ElementTree.Element) -> list[str]:
    """Colors of a figure that do not stand out on one of the pages."""
    light, dark = backgrounds()
    return [
        ink
        for ink in sorted(set(inks(figure)))
        if contrast(color_of(ink), light) < LEAST
        or contrast(in_the_dark(color_of(ink)), dark) < LEAST
    ]


def test_figures_stand_out_on_both_pages(site: Path) -> None:
    figures = sorted((site / "_images").glob("*.svg"))
    assert figures, "no chapter shows a vector figure"
    problems = {f.name: found for f in figures if (found := pale(ElementTree.parse(f).getroot()))}
    assert not problems, f"too pale: {problems}"


def test_known_contrasts() -> None:
    black, white = color_of("#000000"), color_of("#ffffff")
    assert contrast(black, white) == pytest.approx(21)
    assert contrast(color_of("#767676"), white) == pytest.approx(4.54, abs=0.01)


@pytest.mark.browser
def test_the_filter_is_the_browsers(new_context) -> None:
    with new_context() as context:
        page = context.new_page()
        for ink in ("#000000", "#0a5f8a", "#a83200", "#ffffff"):
            drawn = page.evaluate(FILTERED, ink)
            expected = np.array(in_the_dark(color_of(ink))) * 255
            assert np.abs(np.array(drawn) - expected).max() < 2


FILTERED = """ink => {
  const context = document.createElement("canvas").getContext("2d");
  context.filter = "invert(0.92) hue-rotate(180deg)";
  context.fillStyle = ink;
  context.fillRect(0, 0, 9, 9);
  return [...context.getImageData(4, 4, 1, 1).data].slice(0, 3);
}"""


def test_a_pale_line_is_seen() -> None:
    text = '<svg><g id="axes"><path style="stroke: {}"/><use style="fill: {}"/></g></svg>'
    assert pale(ElementTree.fromstring(text.format("#ffff00", "#0a5f8a"))) == ["#ffff00"]
    assert pale(ElementTree.fromstring(text.format("#0a5f8a", "#cccccc"))) == ["#cccccc"]
    assert pale(ElementTree.fromstring(text.format("#000000", "#a83200"))) == []
