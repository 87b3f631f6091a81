from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from traindyn.interactive import MAX_BYTES, Curve, InteractiveFigure, Panel, Slider
from traindyn.interactive.figure import SCRIPT, SHARED, STYLE

SLIDER = Slider("T < Tc", [0.1, 0.5, 0.9])


def figure(curves=None, readouts=None, **changes):
    x = np.linspace(0, 1, 5)
    curves = curves or [
        Curve("law", x, np.outer([1.0, 0.5, 0.1], x)),
        Curve("bins", np.linspace(0, 1, 6), np.ones((3, 5)), "steps"),
        Curve("fixed", x, x),
    ]
    settings = {
        "title": "Law & order",
        "description": "What is drawn",
        "slider": SLIDER,
        "panels": [Panel("v", "density", (0, 1), (0, 1), curves)],
        "caption": "It falls.",
        "readouts": {"mean": ["0.9", "0.5", "0.1"]} if readouts is None else readouts,
    }
    return InteractiveFigure(**settings | changes)


def data_of(html):
    return json.loads(re.search(r'<script type="application/json">(.*)</script>', html).group(1))


def test_the_data_hold_every_frame_of_what_moves():
    html = figure()._repr_html_()
    data = data_of(html)
    assert data["values"] == ["0.1", "0.5", "0.9"]
    assert data["readouts"] == [["0.9"], ["0.5"], ["0.1"]]
    assert [len(paths) for paths in data["paths"]] == [2, 2, 2]
    shown = re.findall(r'data-moves="" d="([^"]*)"', html)
    assert shown == data["paths"][1]


def test_without_readouts_the_frames_still_fit():
    data = data_of(figure(readouts={})._repr_html_())
    assert data["readouts"] == []
    assert len(data["paths"]) == 3


def test_the_first_frame_and_all_values_show_without_a_script():
    html = figure(slider=Slider("r", [0.1, 0.5, 0.9], start=2))._repr_html_()
    assert 'value="2" hidden' in html
    assert re.search(r"<output[^>]*>0.9</output>", html)
    assert re.findall(r'<th scope="row">([^<]*)</th><td>([^<]*)</td>', html) == [
        ("0.1", "0.9"),
        ("0.5", "0.5"),
        ("0.9", "0.1"),
    ]


def test_the_html_is_balanced_and_escaped():
    open_tags, void = [], {"input", "path"}

    class Balance(HTMLParser):
        def handle_starttag(self, tag, attributes):
            if tag not in void:
                open_tags.append(tag)

        def handle_startendtag(self, tag, attributes):
            pass

        def handle_endtag(self, tag):
            assert open_tags.pop() == tag

    html = figure(title="</script><b>", readouts={"</script>": ["<", ">", "&"]}).html()
    Balance().feed(html)
    assert not open_tags
    assert html.count("</script>") == 1
    assert data_of(html)["readouts"] == [["<"], [">"], ["&"]]


def test_every_curve_is_named_beside_its_own_mark():
    html = figure()._repr_html_()
    legend = html.split('class="legend"')[1]
    marks = re.findall(r"curve-(\d) [^>]*/><text[^>]*>(\w+)<", legend)
    assert marks == [("0", "law"), ("1", "bins"), ("2", "fixed")]


def test_equal_figures_are_equal_bytes():
    assert figure()._repr_html_() == figure()._repr_html_()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"panels": []}, "panels must be between 1 and 3"),
        ({"slider": Slider("r", [0.0, 1.0])}, "'law' must have 2 frames, got 3"),
        ({"readouts": {"mean": ["1"]}}, "readout 'mean' must have 3 texts, got 1"),
    ],
)
def test_bad_input_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        figure(**changes)


def test_a_figure_stays_small():
    x = np.linspace(0, 1, 20_000)
    with pytest.raises(ValueError, match=f"figure must not exceed {MAX_BYTES} bytes"):
        figure([Curve("long", x, np.outer([1.0, 0.5, 0.1], np.sin(x)))])


def test_a_notebook_gets_style_and_script_with_the_figure():
    """They are in no page of it otherwise."""
    shown = figure()._repr_html_()
    assert shown == figure().html() + SHARED
    assert SCRIPT in shown
    assert STYLE in shown
    assert "</" not in SCRIPT + STYLE  # nothing ends them early


def test_the_script_may_stand_in_a_page_twice():
    assert SCRIPT[SCRIPT.index("{") :].startswith("{\n  const")
    assert "data-ready" in SCRIPT
