"""Compact drawings: smaller, and the same picture."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest

from bookbuild.site.svg import compact


@pytest.fixture(scope="module")
def drawing() -> str:
    figure, axes = plt.subplots()
    axes.plot(np.linspace(0, 1, 50) ** 0.5, "o-", label="$x^2$ & more")
    axes.plot(np.linspace(1, 0, 50), "s", alpha=0.4)
    axes.legend()
    file = io.StringIO()
    figure.savefig(file, format="svg")
    plt.close(figure)
    return file.getvalue()


def seen(svg: str) -> list[tuple[str, dict[str, str], np.ndarray]]:
    """Every mark: its tag, the look that it has or inherits, and all its numbers."""
    marks = []

    def walk(element: ElementTree.Element, look: dict[str, str]) -> None:
        own = dict(element.attrib)
        style = [part.split(":") for part in own.pop("style", "").split(";") if part]
        look = look | {name.strip(): value.strip() for name, value in style}
        faint = own.pop("opacity", None) or look.pop("opacity", "1")  # no mark inherits it
        tag = element.tag.split("}")[-1]
        words = " ".join(own.get(name, "") for name in ("d", "x", "y", "transform"))
        values = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", words)]
        if tag not in {"g", "svg", "defs", "style", "clipPath"} and (tag != "use" or any(values)):
            while values and values[-1] == 0:  # a zero may be left out
                values.pop()
            marks.append((tag, look | {"opacity": faint}, np.array(values)))
        for child in element:
            walk(child, look)

    walk(ElementTree.fromstring(re.sub("<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)), {})
    return marks


def test_a_drawing_gets_smaller_and_stays_the_same(drawing):
    small = compact(drawing)
    assert len(small) < 0.75 * len(drawing)
    before, after = seen(drawing), seen(small)
    assert len(before) == len(after) > 100
    for (tag, look, where), (new_tag, new_look, new_where) in zip(before, after, strict=True):
        assert (tag, look) == (new_tag, new_look)
        assert where == pytest.approx(new_where, abs=0.01)


def test_marks_that_overlap_stay_apart():
    """A group that is half transparent would melt them into one."""
    mark = '<use x="{}" style="opacity:0.4;fill:red"/>'
    together = compact(f"<g>{mark.format(1)}{mark.format(2)}</g>")
    assert together == (
        '<g style="fill:red"><use x="1" opacity="0.4"/><use x="2" opacity="0.4"/></g>'
    )


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
