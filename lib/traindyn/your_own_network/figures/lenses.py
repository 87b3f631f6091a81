"""What each lens sees, for both networks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from traindyn import style
from traindyn.diagnose.weights import ranks
from traindyn.inference import estimate_mean
from traindyn.tails import hill
from traindyn.your_own_network.results.runs import Escapes, Landscape, LensRun, LensRuns

KINDS = ("convolutional", "transformer")
COLORS = {"usual": style.BLUE, "small": style.ORANGE}


def _bars(axes: Axes, run: LensRun, values: np.ndarray, color: str, label: str) -> None:
    """Means over copies with the intervals of the decision, over steps from the second record."""
    told = [estimate_mean(column) for column in values[1:]]
    style.error_bars(
        axes, run.steps[1:].astype(float), told, color=color, marker="o", linewidth=1.2, label=label
    )


def indices(runs: LensRuns) -> Figure:
    """Hill's index of the middle layer over the steps."""
    figure, axes = style.panels(2, height=3.1)
    for one, kind, usual, small, null in zip(
        axes, KINDS, runs.usual, runs.small, runs.nulls, strict=True
    ):
        for name, run in (("usual", usual), ("small", small)):
            values = np.array([[hill(v) for v in at_record] for at_record in run.spectra])
            _bars(one, run, values, COLORS[name], f"{name} start")
        one.axhline(null, color=style.GRAY, linestyle=(0, (4, 2)), label="random matrices")
        one.set(xscale="log", xlabel="steps", ylabel="Hill's index", title=kind, ylim=(1.4, 3.8))
        one.legend()
    style.note(figure, _rests_on(runs.usual[0]))
    return figure


def stages(runs: LensRuns) -> Figure:
    """Effective rank of the logits over the steps."""
    figure, axes = style.panels(2, height=3.1)
    for one, kind, usual, small in zip(axes, KINDS, runs.usual, runs.small, strict=True):
        for name, run in (("usual", usual), ("small", small)):
            values = np.array([[ranks(v**2)[1] for v in at_record] for at_record in run.outputs])
            _bars(one, run, values, COLORS[name], f"{name} start")
        one.axhline(2, color=style.GRAY, linestyle=(0, (4, 2)), label="two directions")
        one.set(
            xscale="log", xlabel="steps", ylabel="effective rank of the logits", title=kind,
            ylim=(0, 9),
        )  # fmt: skip
        one.legend()
    style.note(figure, _rests_on(runs.usual[0]))
    return figure


def alignment(found: dict[str, tuple[Landscape, ...]]) -> Figure:
    """Shares of squares in the top eigenvectors, on a logarithmic axis."""
    figure, axes = style.panels(2, height=3.0)
    for one, kind in zip(axes, KINDS, strict=True):
        copies = found[kind]
        names = ("gradient", "displacement", "weights")
        told = [estimate_mean(np.array([getattr(c, n) for c in copies]) ** 2) for n in names]
        style.error_bars(one, np.arange(3.0), told, color=style.BLUE, marker="o", linestyle="")
        one.axhline(
            copies[0].random ** 2, color=style.GRAY, linestyle=(0, (4, 2)), label="random direction"
        )
        one.set_xticks(range(3), ["gradient", "displacement", "weights"])
        one.set(yscale="log", ylim=(1e-3, 2), xlim=(-0.5, 2.5), title=kind)
        one.legend(loc="center right")
    axes[0].set_ylabel("share of the square")
    style.note(figure, f"Means over {len(found[KINDS[0]])} networks; bars decide.")
    return figure


def noise(found: dict[str, tuple[Landscape, ...]]) -> Figure:
    """Share of the noise in the top eigenvectors over that of the curvature, a mark per network."""
    figure, axes = style.panels(2, height=3.0)
    for one, kind in zip(axes, KINDS, strict=True):
        curvature = [c.curvature / c.all_curvature for c in found[kind]]
        noises = [c.noise / c.all_noise for c in found[kind]]
        one.plot([0, 1], [0, 1], color=style.GRAY, label="proportional")
        one.axhline(
            found[kind][0].random ** 2,
            color=style.ORANGE,
            linestyle=(0, (4, 2)),
            label="alike in all directions",
        )
        one.plot(curvature, noises, "o", color=style.BLUE, label="networks")
        one.set(xlim=(0, 1), ylim=(-0.03, 1), xlabel="share of the curvature", title=kind)
        one.legend(loc="upper left")
    axes[0].set_ylabel("share of the noise")
    style.note(figure, f"{len(found[KINDS[0]])} networks each; no bars.")
    return figure


def balance(runs: dict[str, LensRun]) -> Figure:
    """Size of the imbalance over the steps, over that of the start."""
    figure, axes = style.panels(2, height=3.1)
    for one, kind in zip(axes, KINDS, strict=True):
        run = runs[kind]
        for (pair, values), color in zip(run.imbalance.items(), style.COLORS, strict=False):
            sizes = np.abs(values).sum(axis=2)
            _bars(one, run, sizes / sizes[0], color, pair.removeprefix("channels of the "))
        one.axhline(1, color=style.GRAY, linewidth=0.8)
        one.set(xscale="log", xlabel="steps", title=kind, ylim=(0.6, 1.6))
        one.legend()
    axes[0].set_ylabel("imbalance over that of the start")
    style.note(figure, _rests_on(runs[KINDS[0]]))
    return figure


def escapes(found: dict[str, Escapes], predicted: Sequence[float]) -> Figure:
    """Steps until the logits leave zero, with the predicted lines.

    Args:
        found: By network.
        predicted: Steps per factor e of the transformer, and the ratio of the waits of the
            convolutional network.
    """
    figure, (left, right) = style.panels(2, height=3.0)
    per_factor, times = predicted
    run = found["transformer"]
    scale = np.log(run.scales[0] / run.scales)
    first = run.steps.mean(axis=1)
    left.plot(1 / run.scales, first[0] + per_factor * scale, color=style.GRAY, label="two layers")
    run_c = found["convolutional"]
    first_c = run_c.steps.mean(axis=1)
    right.plot(
        1 / run_c.scales, first_c[0] * np.array([1, times]), color=style.GRAY, label="three layers"
    )
    for one, each, kind in ((left, run, "transformer"), (right, run_c, "convolutional")):
        told = [estimate_mean(row) for row in each.steps]
        style.error_bars(
            one, 1 / each.scales, told, color=style.BLUE, marker="o", linestyle="", label="measured"
        )
        one.set(xscale="log", xlabel="1 / scale of the start", title=kind)
        one.legend(loc="upper left")
    left.set_ylabel("steps until the logits leave zero")
    style.plain_ticks(right.xaxis, [10, 20])
    style.note(
        figure,
        f"Means over {run.steps.shape[1]} networks; bars decide; lines start at the larger scale.",
    )
    return figure


def _rests_on(run: LensRun) -> str:
    copies = run.loss.shape[1]
    return f"Means over {copies} networks, SGD at rate {run.learning_rate:g}; bars decide."
