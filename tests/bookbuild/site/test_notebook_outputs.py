"""What a downloaded notebook with outputs holds: what programs show of a stranger's."""

from __future__ import annotations

import base64
import re
from html import unescape
from xml.etree import ElementTree

import numpy as np
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_notebook, new_output

from bookbuild.site.downloads import lighten_outputs, still
from traindyn.interactive import Curve, InteractiveFigure, Panel, Slider
from traindyn.style import _picture

MOVING = InteractiveFigure(
    title="Stationary <law>",
    description="Density of v at the \"chosen\" temperature.",
    slider=Slider("T", [0.1, 0.5]),
    panels=[
        Panel(
            x_label="v", y_label="density", x_range=(0, 3), y_range=(0, 2),
            curves=[Curve("theory", np.arange(3.0), np.ones((2, 3)))],
        )
    ],
    readouts={"mean": ["0.9", "0.5"]},
    caption="Noise moves the mean.",
)  # fmt: skip


def shown(**data) -> dict:
    output = new_output("execute_result", data, execution_count=1)
    output.metadata = {"image/svg+xml": {"narrow": "<svg/>"}, "image/png": {"width": 700}}
    notebook = new_notebook(cells=[new_code_cell("figure", outputs=[output])])
    lighten_outputs(notebook)
    return notebook.cells[0].outputs[0]


def test_a_figure_is_a_picture_of_its_size():
    """JupyterLab shows no drawing of a notebook that somebody else has executed."""
    output = shown(**{"image/svg+xml": "<svg/>", "image/png": "abc", "text/plain": "<Figure>"})
    assert output.data == {"image/png": "abc"}
    assert output.metadata == {"image/png": {"width": 700}}


def test_what_has_no_picture_stays():
    assert shown(**{"image/svg+xml": "<svg/>", "text/plain": "x"}).data == {
        "image/svg+xml": "<svg/>"
    }
    assert shown(**{"text/plain": "2"}).data == {"text/plain": "2"}
    assert still("<table><tr><td>1</td></tr></table>") == "<table><tr><td>1</td></tr></table>"


def test_a_moving_figure_stands_still():
    """No script and no drawing in the page, and an image that is a whole document."""
    html = shown(**{"text/html": MOVING._repr_html_(), "text/plain": "x"}).data["text/html"]
    assert not re.search("<(script|style|svg|input|select|button)", html)
    assert "Stationary &lt;law&gt;" in html
    assert "Noise moves the mean." in html
    ((label, coded),) = re.findall(
        r'<img alt="(.*?)" width="400" src="data:.*?base64,(.*?)">', html
    )
    assert unescape(label) == MOVING.description
    drawing = ElementTree.fromstring(base64.b64decode(coded))
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert drawing.get("class") == "interactive"
    assert len(drawing.findall(".//{*}style")) == 1


def test_a_picture_has_twice_the_pixels_of_its_width_and_few_colors():
    figure = Figure(figsize=(4, 2), layout="constrained")
    figure.subplots().plot([1, 2], [1, 3])
    content, about = _picture(figure)
    width, height = (int.from_bytes(content[i : i + 4]) for i in (16, 20))
    assert content.startswith(b"\x89PNG")
    assert width // 2 == about["width"]
    assert 0.4 < height / width < 0.6
    assert content[25] == 3  # a palette
    assert len(content) < 20_000
