"""The figure style: panels, colors on both pages, files that do not change."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from traindyn import style
from traindyn.inference import Estimate, critical_value, exact

SHEET = (Path(__file__).parents[1] / "book" / "_static" / "book.css").read_text()


def luminance(color):
    """Relative luminance of WCAG 2.1."""
    color = np.asarray(color)
    linear = np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    dim, bright = sorted([luminance(one), luminance(other)])
    return (bright + 0.05) / (dim + 0.05)


def in_the_dark(color):
    """The style sheet's filter: invert by 92 %, then turn the hue by half a circle.

    Turned by 180°, a color is mirrored at the gray of its own brightness (Filter Effects, 8.8).
    """
    assert "invert(0.92) hue-rotate(180deg)" in SHEET
    inverted = 0.92 - 0.84 * np.array(to_rgb(color))
    gray = inverted @ [0.213, 0.715, 0.072]
    return np.clip(2 * gray - inverted, 0, 1)


@pytest.mark.parametrize("color", style.COLORS)
def test_colors_stand_out_on_both_pages(color):
    """WCAG 2.1, 1.4.11 asks 3 : 1 of graphics."""
    dark = re.search(r"--pst-color-background: (#\w{6})", SHEET).group(1)
    assert contrast(to_rgb(color), to_rgb("white")) >= 3
    assert contrast(in_the_dark(color), to_rgb(dark)) >= 3


def test_words_stand_out_more():
    """4.5 : 1 is asked of words."""
    dark = re.search(r"--pst-color-background: (#\w{6})", SHEET).group(1)
    assert contrast(to_rgb(style.INK), to_rgb("white")) >= 4.5
    assert contrast(in_the_dark(style.INK), to_rgb(dark)) >= 4.5


def test_contrast_of_black_and_yellow_on_white():
    assert contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)
    assert contrast(to_rgb("yellow"), (1, 1, 1)) < 1.1
    assert in_the_dark("white") == pytest.approx([0.08] * 3)


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_panels_share_the_width_of_the_text(columns):
    figure, axes = style.panels(columns, height=2.5)
    assert len(axes) == columns
    assert tuple(figure.get_size_inches()) == (style.WIDTH, 2.5)
    assert [line.get_color() for line in axes[0].plot(np.eye(2))] == list(style.COLORS[:2])
    assert not axes[0].spines["top"].get_visible()


@pytest.mark.parametrize("columns", [0, 4])
def test_panels_reject(columns):
    with pytest.raises(ValueError, match=rf"columns must lie in \[1, 3\], got {columns}"):
        style.panels(columns)


@pytest.mark.parametrize("times", [1, 6])
def test_a_note_stands_below_the_axes_and_inside_the_figure(times):
    """One that is longer than the figure is wide takes more lines."""
    figure, (axes,) = style.panels(1)
    axes.set_xlabel("width")
    style.note(figure, " ".join(times * ["d = 100, 64 runs; bars: intervals of the decision"]))
    figure.draw_without_rendering()
    below, label = (t.get_window_extent() for t in (figure._supxlabel, axes.xaxis.label))
    assert 0 <= below.y0 < below.y1 <= label.y0
    assert 0 <= below.x0 < below.x1 <= figure.bbox.x1


def test_an_empty_note_is_rejected():
    with pytest.raises(ValueError, match=r"^text must"):
        style.note(style.panels(1)[0], " ")


def test_panels_leave_the_settings_of_the_caller_alone(restored_style):
    before = dict(restored_style)
    style.panels(2)
    assert dict(restored_style) == before


def test_a_figure_is_the_same_file_every_time(restored_style):
    style.use()
    files = []
    for _ in range(2):
        figure, (axes,) = style.panels(1)
        axes.plot([0, 1], label="a line")
        axes.legend()
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
        files.append(buffer.getvalue())
    assert files[0] == files[1]
    assert "<dc:date>" not in files[0]


def test_bars_are_the_intervals_of_the_decision():
    found = [Estimate(0.5, 0.1, 4, degrees_of_freedom=3.0), exact(2.0)]
    _, (axes,) = style.panels(1)
    _, _, (lines,) = style.error_bars(axes, np.array([1, 2]), found, fmt="o")
    ends = [tuple(segment[:, 1]) for segment in lines.get_segments()]
    assert ends == [e.interval(critical_value()) for e in found]


def test_bars_refuse(unchecked):
    figure, (axes,) = style.panels(1)
    with pytest.raises(ValueError, match="x must have a place for each of 1 estimates"):
        style.error_bars(axes, np.array([1, 2]), [exact(0.5)])
    with pytest.raises(ValueError, match="estimates must be of type Estimate"):
        style.error_bars(axes, np.array([1]), [0.5])
    with pytest.raises(ValueError, match="axes must be"):
        style.error_bars(figure, np.array([1]), [exact(0.5)])
