"""The one figure style of the book.

Figures are SVG with dark text on no background; the site inverts them in dark mode. The colors are
distinct for color-blind readers and keep a contrast of at least 3 : 1 on both backgrounds.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullFormatter, StrMethodFormatter

from traindyn.inference import Estimate, critical_value
from traindyn.system.arguments import (
    all_of,
    real_array,
    real_number,
    require_kind,
    short,
    whole_number,
    whole_text,
)
from traindyn.system.lines import wrapped

BLUE = "#0063a6"
ORANGE = "#c04a00"
GREEN = "#00755c"
PURPLE = "#8c3f7b"
GRAY = "#5f6368"
INK = "#1f2328"

COLORS = (BLUE, ORANGE, GREEN, PURPLE, GRAY, INK)
"""Colors in the order in which a figure takes them."""

WIDTH = 7.2
"""Width of a figure in inches: the text column of the site."""

LETTERS = 16.5
"""Letters in an inch of a note."""

SCREEN, PALETTE = 96, 64
"""Pixels in an inch of a screen, half of those of a picture, and the number of its colors."""

MANY_MARKS = 500
"""Above this number of marks an artist is drawn as pixels, else the page grows by megabytes."""

RC: Any = {
    "figure.figsize": (WIDTH, 3.2),
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "savefig.transparent": True,
    "savefig.dpi": 150,
    "svg.fonttype": "path",
    "svg.hashsalt": "traindyn",
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=COLORS),
    "lines.linewidth": 1.6,
    "lines.markersize": 4.5,
    "errorbar.capsize": 2.0,
}


def use() -> None:
    """Set the style; in a notebook, also show figures as SVG that is the same for every run.

    A notebook shows the wide layout. The metadata of the output hold the other one, as ``narrow``:
    the site offers it to phones. Programs that show no drawing of a stranger, such as JupyterLab,
    find a picture beside it.
    """
    mpl.rcParams.update(RC)
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is not None and shell.display_formatter is not None:
        from matplotlib_inline import backend_inline

        backend_inline.set_matplotlib_formats("svg")  # type: ignore[no-untyped-call]
        shell.display_formatter.formatters["image/svg+xml"].for_type(Figure, _both_layouts)
        shell.display_formatter.formatters["image/png"].for_type(Figure, _picture)


def _both_layouts(figure: Figure) -> tuple[str, dict[str, str]]:
    """The wide drawing, and the narrow one, if the figure can be copied, as its metadata."""
    from IPython.core.pylabtools import print_figure

    from traindyn.narrow import narrow

    draw = partial(print_figure, fmt="svg", metadata={"Date": None})
    try:
        return draw(figure), {"narrow": draw(narrow(figure))}
    except ValueError:
        return draw(figure), {}


def _picture(figure: Figure) -> tuple[bytes, dict[str, int]]:
    """A picture of the wide layout on white, with the width at which it is shown.

    It has few colors, so that it needs less room than the drawing.
    """
    from PIL import Image

    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(
        drawn, format="png", dpi=2 * SCREEN, bbox_inches="tight", facecolor="white",
        transparent=False,
    )  # fmt: skip
    with Image.open(drawn) as full:
        full.convert("RGB").quantize(PALETTE).save(small, "png", optimize=True)
        return small.getvalue(), {"width": full.width // 2}


def panels(columns: int, height: float = 3.2) -> tuple[Figure, list[Axes]]:
    """A figure with panels side by side.

    Args:
        columns: Number of panels, 1 to 3.
        height: Height in inches, 1 to 30.

    Raises:
        ValueError: If an argument leaves its range.
    """
    whole_number("columns", columns, 1, 3)
    height = real_number("height", height, "[1, 30]")
    with mpl.rc_context(RC):
        figure = Figure(figsize=(WIDTH, height))
        axes = figure.subplots(1, columns, squeeze=False)[0]
    return figure, list(axes)


def note(figure: Figure, text: str) -> None:
    """Write below a figure what its numbers rest on: sizes, replicas, what the bars are.

    These depend on the scale of a run, so that a caption cannot say them.

    Args:
        figure: With its axes.
        text: Broken into lines as wide as the figure.

    Raises:
        ValueError: If ``figure`` is none or the text is empty.
    """
    require_kind("figure", figure, Figure)
    whole_text("text", text)
    lines = wrapped(text, int(LETTERS * figure.get_figwidth()))
    figure.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=8.5, color=GRAY)


def half_widths(estimates: Sequence[Estimate]) -> Float[np.ndarray, " n"]:
    """Half the widths of the intervals by which estimates are decided.

    They are ``z`` standard errors at the book's error rate, and more where the error itself comes
    from few samples.

    Raises:
        ValueError: If one is no estimate.

    >>> half_widths([Estimate(1.0, 0.1), Estimate(1.0, 0.0)]).round(2)
    array([0.52, 0.  ])
    """
    z = critical_value()
    return np.array([e.half_width(z) for e in all_of("estimates", estimates, Estimate)])


def error_bars(
    axes: Axes, x: Sequence[float] | np.ndarray, estimates: Sequence[Estimate], **look: Any
) -> ErrorbarContainer:
    """Draw estimates with the intervals by which they are decided.

    Args:
        axes: Where.
        x: Their places, as many.
        estimates: What was measured.
        look: Marks, colors and label, as :meth:`matplotlib.axes.Axes.errorbar` takes them.

    Raises:
        ValueError: If ``axes`` is none, a place is not finite, one is no estimate, or there are
            more of one than of the other.
    """
    require_kind("axes", axes, Axes)
    places, bars = real_array("x", x, least=0), half_widths(estimates)
    if places.size != bars.size:
        raise ValueError(f"x must have a place for each of {bars.size} estimates, got {short(x)}")
    return axes.errorbar(places, [e.value for e in estimates], bars, **look)


def plain_ticks(axis: Axis, values: Sequence[float | int]) -> None:
    """Label a logarithmic axis at given values as plain numbers and nowhere else.

    The default labels minor ticks of an axis shorter than a decade; they overlap.

    Args:
        axis: The horizontal or vertical axis of a pair of axes.
        values: Positive, at least one.

    Raises:
        ValueError: If ``axis`` is no axis or a value is not positive and finite.
    """
    require_kind("axis", axis, Axis)
    ticks = real_array("values", values)
    if not ticks.min() > 0:
        raise ValueError(f"values must be positive on a logarithmic axis, got {short(values)}")
    axis.set_major_locator(FixedLocator(ticks.tolist()))
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_minor_formatter(NullFormatter())
