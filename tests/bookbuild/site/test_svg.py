"""Compact drawings: smaller, and the same picture."""

from __future__ import annotations

import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest

from bookbuild.site.svg import compact


@pytest.fixture(scope="module")
def drawing() -> str:
    figure, axes = plt.subplots()
    axes.plot(np.linspace(0, 1, 50) ** 0.5, "o-", label="$x^2$ & more")
    axes.legend()
    file = io.StringIO()
    figure.savefig(file, format="svg")
    plt.close(figure)
    return file.getvalue()


def numbers(svg: str) -> np.ndarray:
    """All numbers of the drawing itself, in their order."""
    body = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    body = re.sub(r'id="[^"]*"|href="[^"]*"|url\([^)]*\)', "", body)  # names change
    body = re.sub(r'(?<= d=")[^"]*', lambda d: re.sub("[A-Za-z]", " ", d[0]), body)
    return np.array([float(n) for n in re.findall(r"(?<![#\w-])-?\d+(?:\.\d+)?(?![\w])", body)])


def test_a_drawing_gets_smaller_and_stays_the_same(drawing):
    small = compact(drawing)
    assert len(small) < 0.9 * len(drawing)
    tags = re.findall(r"<(\w+)", re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL))
    seen = [tag for tag in re.findall(r"<(\w+)", small) if tag != "g"]
    assert seen == [tag for tag in tags if tag != "g"]
    styles = re.findall(r'style="[^"]*"', drawing)
    assert re.findall(r'style="[^"]*"', small) == [
        style.replace(": ", ":").replace("; ", ";") for style in styles
    ]
    assert np.abs(numbers(small) - numbers(drawing)).max() < 0.01


def test_names_are_short_and_lead_where_they_led(drawing):
    """Every reference finds one element, and the elements in the order of the drawing."""
    small = compact(drawing)

    def places(svg: str) -> list[int]:
        names = re.findall(r'\bid="([^"]*)"', svg)
        tags = [tag for tag in re.findall(r"<[^/!?][^>]*>", svg) if not re.match(r"<g\b", tag)]
        where = {name: i for name in names for i, tag in enumerate(tags) if f'id="{name}"' in tag}
        used = re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', svg)
        return [where[one or other] for one, other in used]

    body = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
    assert len(places(small)) > 10
    assert places(small) == places(body)
    assert all(len(name) <= 2 for name in re.findall(r'\bid="([^"]*)"', small))


def test_a_second_time_changes_nothing(drawing):
    assert compact(compact(drawing)) == compact(drawing)
