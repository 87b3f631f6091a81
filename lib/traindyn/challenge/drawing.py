"""A map of verdicts as a picture: a square per place, with a mark or a count in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from traindyn.challenge.maps import Map
from traindyn.challenge.names import spelled
from traindyn.ledger.texts import one_line

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKS = {
    "verified": "●",
    "falsified": "◆",
    "inconclusive": "■",
    "toy": "▲",
    "refused": "×",
    "broke": "×",
    "absent": "–",
}
"""A shape for each verdict, so that no reader needs its color."""

LEGEND = "● verified  ◆ falsified  ■ inconclusive  ▲ toy  × refused"


def draw(found: Map) -> Figure:
    """The picture of a map: one axis across and parts down, or two axes.

    Args:
        found: With at least one place.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from traindyn import style

    axes = found.axes
    across = [spelled(v) for v in axes[0].values] if axes else [""]
    down = [spelled(v) for v in axes[1].values] if len(axes) == 2 else [*found.parts]
    colors = {"verified": style.BLUE, "falsified": style.ORANGE, "toy": style.PURPLE}
    with mpl.rc_context(style.RC):
        figure = Figure(figsize=(style.WIDTH, 1.5 + 0.36 * len(down)))
        plot = figure.subplots()
        for i in range(len(across)):
            for j, part in enumerate(down):
                told = found.told((i, j)) if len(axes) == 2 else found.told((i,)[: len(axes)], part)
                agree, slash, seeds = told.partition("/")
                share = int(agree) / int(seeds) if slash else 1.0
                color = style.BLUE if slash else colors.get(told, style.GRAY)
                plot.add_patch(
                    mpl.patches.Rectangle((i, j), 1, 1, color=color, alpha=0.35 * share, lw=0)
                )
                text = told if slash else MARKS[told]
                plot.text(i + 0.5, j + 0.5, text, ha="center", va="center", fontsize=9)
        plot.set(xlim=(0, len(across)), ylim=(len(down), 0))
        turned = len(across) > 6
        plot.set_xticks(
            [i + 0.5 for i in range(len(across))],
            across,
            rotation=40 if turned else 0,
            ha="right" if turned else "center",
        )
        plot.set_yticks([j + 0.5 for j in range(len(down))], down)
        plot.tick_params(length=0)
        plot.set_xlabel(axes[0].label if axes else "")
        plot.set_ylabel(axes[1].label if len(axes) == 2 else "part")
        plot.set_title(one_line(found.asked))
        seeds = f"seed {found.seeds[0]}: {LEGEND}"
        if len(found.seeds) > 1:
            seeds = f"{len(found.seeds)} seeds: at how many the verdict is the expected one"
        style.note(figure, f"Scale {found.scale}, {seeds}")
    return figure
