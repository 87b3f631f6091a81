"""The second layout of every figure: one column, for a phone.

A page offers both layouts, a notebook shows the wide one. A figure function knows nothing of it.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from traindyn.system.arguments import require_kind, short
from traindyn.system.lines import wrapped

WIDTH = 3.6
"""Width in inches of a figure for a phone: the text column of its page."""

PANEL = 0.46
"""Height of each of its panels without the key, over the height of the wide figure."""

LETTERS, LABEL = 60, 18
"""Letters in a line of the note below it, and in a line of the label of a vertical axis."""

SQUARE = 1.5
"""How much higher a panel is whose axes have one unit."""

SIDES = re.compile(r"\b(on the )?(left|right)\b(?! out)", re.IGNORECASE)
"""Words of a note for panels side by side."""

TITLES: tuple[Literal["left", "center", "right"], ...] = ("left", "center", "right")
"""Where a title may stand."""

LINE = 0.155
"""Height in inches of a line of small letters."""


def narrow(figure: Figure) -> Figure:
    """The same figure for a phone: its panels below each other, each with its key above it.

    More than three panels stand in pairs. Letters keep their size.

    Args:
        figure: With panels on a grid, as :func:`traindyn.style.panels` makes it. It stays as it is.

    Returns:
        A copy in the narrow layout.

    Raises:
        ValueError: If ``figure`` is none, has no panels on a grid, or cannot be copied.
    """
    require_kind("figure", figure, Figure)
    try:
        copy: Figure = pickle.loads(pickle.dumps(figure))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ValueError(f"figure must be one that can be pickled, got {error}") from None
    known = dict(pair for axes in copy.axes for pair in _keyed(axes))
    places = {a: spec.num1 for a in copy.axes if (spec := a.get_subplotspec()) is not None}
    if not (numbers := sorted(set(places.values()))):
        raise ValueError(f"figure must have panels on a grid, got {short(figure)}")
    columns = 1 if len(numbers) <= 3 else 2
    ratios = [1.0] * -(-len(numbers) // columns)
    for axes, number in places.items():
        if axes.get_aspect() != "auto":
            ratios[numbers.index(number) // columns] = SQUARE
    grid = GridSpec(len(ratios), columns, copy, height_ratios=ratios)
    height = PANEL * figure.get_figheight() * sum(ratios)
    copy.set_size_inches(WIDTH, height)
    words = 0
    for text in copy.texts:  # the note below the panels
        lines = wrapped(SIDES.sub(_above_or_below, text.get_text()), LETTERS)
        text.set_text("\n".join(lines))
        words += len(lines)
    for axes, number in places.items():
        axes.set_subplotspec(grid[numbers.index(number)])
        axes.set_ylabel("\n".join(wrapped(axes.get_ylabel(), LABEL)))
        if legend := axes.get_legend():
            legend.set_in_layout(False)  # else long words squeeze the panel
    copy.draw_without_rendering()  # now the panels have their width
    keys = sum(_key_above(axes, known | dict(_keyed(axes))) for axes in places)
    copy.set_size_inches(WIDTH, height + LINE * (keys + words))
    return copy


def _above_or_below(found: re.Match[str]) -> str:
    """Where a panel stands that was on one side."""
    place = {"left": "top", "right": "bottom"}[found[2].lower()]
    return ("at the " if found[1] else "") + (place.title() if found[2][0].isupper() else place)


def _keyed(axes: Axes) -> list[tuple[str, Any]]:
    """The artists of a panel that a key may name, behind their names."""
    handles, labels = axes.get_legend_handles_labels()
    return list(zip(labels, handles, strict=True))


def _key_above(axes: Axes, known: Mapping[str, Any]) -> int:
    """Put the legend between the panel and its title, and return the number of its lines."""
    if (legend := axes.get_legend()) is None:
        return 0
    labels = [text.get_text() for text in legend.get_texts()]
    room = axes.figure.bbox.x1 - axes.bbox.x0
    for columns in range(len(labels), 0, -1):
        key = axes.legend(
            [known[label] for label in labels],
            labels,
            title=legend.get_title().get_text() or None,
            ncols=columns,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            fontsize=8,
            frameon=False,
            borderpad=0,
            borderaxespad=0.2,
            labelspacing=0.2,
            columnspacing=1,
            handlelength=1.5,
        )
        if key.get_window_extent().width <= room:
            break
    key.set_in_layout(False)
    lines = -(-len(labels) // columns) + bool(key.get_title().get_text())
    side = next((side for side in TITLES if axes.get_title(side)), TITLES[0])
    title = axes.get_title(side)
    axes.set_title(
        title or " ",  # which keeps room for the key
        loc=side,
        fontsize=axes.title.get_fontsize(),
        pad=72 * LINE * lines + (6 if title else -8),
    )
    return lines
