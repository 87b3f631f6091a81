"""A pair of axes with the curves of one frame, as SVG whose colors come from the style sheet."""

from __future__ import annotations

import hashlib
from html import escape

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator

from traindyn.interactive.axes import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Ends, Panel
from traindyn.system.arguments import require_kind, whole_text

LEGEND = 18
"""Height of a line of the legend, which stands above the axes."""


MOVES = ' data-moves=""'
"""Marks the paths that the script swaps."""

HALF = 4
"""Pixels of half a character of a label, which stays inside the drawing."""


def svg(panel: Panel, frame: int, description: str) -> str:
    """Draw one pair of axes.

    Args:
        panel: The axes and their curves.
        frame: Index of the position of the slider.
        description: Text for readers who do not see the drawing.

    Raises:
        ValueError: If a curve has no such frame or the description is empty.
    """
    require_kind("panel", panel, Panel)
    whole_text("description", description)
    clip = "clip-" + hashlib.sha256(repr((panel.x_label, panel.x_range)).encode()).hexdigest()[:8]
    curves = "".join(
        f'<path class="curve curve-{i} curve-{curve.style}"{MOVES if curve.frames else ""} '
        f'd="{panel.path(curve, frame)}"/>'
        for i, curve in enumerate(panel.curves)
    )
    height = LEGEND * len(panel.curves)
    legend = "".join(
        f'<path class="curve curve-{i} curve-{curve.style}" d="M{LEFT} {LEGEND * i - height + 8}'
        f'h{0 if curve.style == "points" else 24}"/>'
        f'<text x="{LEFT + 32}" y="{LEGEND * i - height + 12}">{escape(curve.label)}</text>'
        for i, curve in enumerate(panel.curves)
    )
    middle, center = (LEFT + RIGHT) // 2, (TOP + BOTTOM) // 2
    return (
        f'<svg viewBox="0 {-height} {WIDTH} {HEIGHT + height}" role="img" '
        f'aria-label="{escape(description)}">'
        f'<clipPath id="{clip}"><path d="M{LEFT} {TOP}H{RIGHT}V{BOTTOM}H{LEFT}Z"/></clipPath>'
        f"{_ticks(panel)}"
        f'<path class="axes" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}"/>'
        f'<g clip-path="url(#{clip})">{curves}</g><g class="legend">{legend}</g>'
        f'<text class="center" x="{middle}" y="{BOTTOM + 40}">{escape(panel.x_label)}</text>'
        f'<text class="center" transform="translate(14 {center}) rotate(-90)">'
        f"{escape(panel.y_label)}</text></svg>"
    )


def _ticks(panel: Panel) -> str:
    drawn = ""
    for value in _tick_values(panel.x_range, "x" in panel.logarithmic):
        x = float(panel.right(np.array(value)))
        drawn += f'<path class="axes" d="M{x:g} {BOTTOM}v5"/>'
        label = f"{value:g}"
        inside = min(x, WIDTH - HALF * len(label))
        drawn += f'<text class="center" x="{inside:g}" y="{BOTTOM + 20}">{label}</text>'
    for value in _tick_values(panel.y_range, "y" in panel.logarithmic):
        y = float(panel.down(np.array(value)))
        drawn += f'<path class="axes" d="M{LEFT} {y:g}h-5"/>'
        drawn += f'<text class="right" x="{LEFT - 8}" y="{y + 4:g}">{value:g}</text>'
    return drawn


def _tick_values(ends: Ends, logarithmic: bool) -> list[float]:
    locator = LogLocator(numticks=6) if logarithmic else MaxNLocator(nbins=5, steps=[1, 2, 5, 10])
    return [float(v) for v in locator.tick_values(*ends) if ends[0] <= v <= ends[1]]
