"""The narrow layout: the same data below each other, every word inside and readable."""

import io
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.figure import Figure

from traindyn import style
from traindyn.narrow import PANEL, WIDTH, narrow


def drawn(columns=2):
    figure, panels = style.panels(columns)
    for number, axes in enumerate(panels):
        axes.plot([0, 1], [number, 1], label="a line")
        axes.errorbar([0, 1], [1, 2], [0.1, 0.2], fmt="o", label="what was measured")
        axes.set(xlabel="time", ylabel="a label of more than eighteen letters", title="Title")
        axes.legend(loc="center")
    style.note(
        figure, "Left: means over $a = 1$ runs. Bars on the right: intervals of the decision."
    )
    return figure


def test_panels_stand_below_each_other_in_the_width_of_a_phone(same_data):
    figure = drawn(3)
    copy = narrow(figure)
    copy.draw_without_rendering()
    boxes = [axes.bbox for axes in copy.axes]
    assert copy.get_figwidth() == WIDTH
    assert all(upper.y0 > lower.y1 for upper, lower in pairwise(boxes))
    assert len({round(box.x0) for box in boxes}) == 1
    same_data(figure, copy)


def test_the_figure_itself_stays(restored_style):
    style.use()
    figure, other = drawn(), drawn()
    narrow(figure)
    files = [io.StringIO(), io.StringIO()]
    for one, file in zip((figure, other), files, strict=True):
        one.savefig(file, format="svg", metadata={"Date": None})
    assert files[0].getvalue() == files[1].getvalue()


def test_a_key_stands_between_its_panel_and_the_title():
    copy = narrow(drawn())
    copy.draw_without_rendering()
    for axes in copy.axes:
        key, title = axes.get_legend().get_window_extent(), axes.title.get_window_extent()
        assert axes.bbox.y1 <= key.y0 < key.y1 <= title.y0 + 1
        assert key.x1 <= copy.bbox.x1
        assert [text.get_text() for text in axes.get_legend().get_texts()] == [
            "a line",
            "what was measured",
        ]


def test_a_panel_without_a_title_has_room_for_its_key():
    figure, panels = style.panels(2)
    for axes in panels:
        axes.plot([0, 1], label="a line")
        axes.set_xlabel("time")
        axes.legend()
    copy = narrow(figure)
    copy.draw_without_rendering()
    keys = [axes.get_legend().get_window_extent() for axes in copy.axes]
    assert keys[0].y1 <= copy.bbox.y1
    assert keys[1].y1 <= copy.axes[0].xaxis.label.get_window_extent().y0 + 1


def test_a_key_may_name_what_another_panel_draws():
    figure, (left, right) = style.panels(2)
    left.plot([0, 1], label="there")
    right.plot([1, 0])
    right.legend(*left.get_legend_handles_labels())
    (text,) = narrow(figure).axes[1].get_legend().get_texts()
    assert text.get_text() == "there"


def test_words_are_wrapped_and_formulas_are_not():
    copy = narrow(drawn())
    note, label = copy.get_supxlabel(), copy.axes[0].get_ylabel()
    assert note == ("Top: means over $a = 1$ runs. Bars at the bottom: intervals\nof the decision.")
    assert label.split("\n") == ["a label of more", "than eighteen", "letters"]
    figure, (axes,) = style.panels(1)
    axes.set_ylabel("overlap of $a + b + c + d + e$")
    assert narrow(figure).axes[0].get_ylabel() == "overlap of\n$a + b + c + d + e$"


def test_four_panels_stand_in_pairs():
    figure = Figure()
    figure.subplots(1, 4)
    copy = narrow(figure)
    copy.draw_without_rendering()
    first, second, third, _ = (axes.bbox for axes in copy.axes)
    assert second.x0 > first.x1
    assert third.y1 < first.y0
    assert third.x0 == pytest.approx(first.x0)


def test_a_panel_in_one_unit_is_higher():
    figure, (left, _) = style.panels(2)
    left.set_aspect("equal")
    assert narrow(figure).get_figheight() == pytest.approx(3.2 * PANEL * 2.5)


def test_what_is_left_out_is_not_on_a_side():
    figure, _ = style.panels(2)
    style.note(figure, "Right: few points are left out.")
    assert narrow(figure).get_supxlabel() == "Bottom: few points are left out."


def test_what_cannot_be_drawn_again_is_refused(unchecked):
    with pytest.raises(ValueError, match="figure must be of type Figure"):
        narrow(np.zeros(3))
    with pytest.raises(ValueError, match="figure must have panels on a grid"):
        narrow(Figure())
    figure, (axes,) = style.panels(1)
    axes.xaxis.set_major_formatter(lambda value, _: str(value))
    with pytest.raises(ValueError, match="figure must be one that can be pickled"):
        narrow(figure)


@pytest.fixture
def shell(restored_style):
    """A running notebook, without the files of its history."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    yield InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    InteractiveShell.clear_instance()


def test_a_notebook_shows_the_wide_layout_and_keeps_the_other(shell):
    style.use()
    data, about = shell.display_formatter.format(drawn())
    kept = about["image/svg+xml"]
    assert [*kept] == ["narrow"]
    drawings = (data["image/svg+xml"], kept["narrow"])
    widths = [float(svg.split('width="')[1].split("pt")[0]) for svg in drawings]
    assert widths[0] == pytest.approx(72 * style.WIDTH, rel=0.05)
    assert widths[1] == pytest.approx(72 * WIDTH, rel=0.05)


def test_a_notebook_shows_a_figure_that_has_no_second_layout(shell):
    style.use()
    figure, (axes,) = style.panels(1)
    axes.xaxis.set_major_formatter(lambda value, _: str(value))
    data, about = shell.display_formatter.format(figure)
    assert data["image/svg+xml"].startswith("<?xml")
    assert about.get("image/svg+xml", {}) == {}
