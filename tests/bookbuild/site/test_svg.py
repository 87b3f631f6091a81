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
    return np.array([float(n) for n in re.findall(r"(?<![#\w-])-?\d+(?:\.\d+)?(?![\w])", body)])


def test_a_drawing_gets_smaller_and_stays_the_same(drawing):
    small = compact(drawing)
    assert len(small) < 0.9 * len(drawing)
    assert re.findall(r"<(\w+)", small) == re.findall(
        r"<(\w+)", re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
    )
    assert re.findall(r'style="[^"]*"', small) == re.findall(r'style="[^"]*"', drawing)
    assert np.abs(numbers(small) - numbers(drawing)).max() < 0.01


def test_a_second_time_changes_nothing(drawing):
    assert compact(compact(drawing)) == compact(drawing)
