"""Figures of spectra after many steps: densities, indices, mechanisms, names."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from traindyn import style
from traindyn.heavy_tailed_esd.results.tails import CollapseRun, NamingRun, RateRun, TailRun
from traindyn.random_matrices import MarchenkoPastur

MARKS = "os^vD"
UNDECIDED = 2
"""Normalized likelihood ratio up to which neither law is favored: two standard errors."""


def _density(axes: Axes, run: TailRun, values: np.ndarray) -> None:
    """Pooled density of the decimal logarithm of eigenvalues, and that of a random matrix."""
    logs = np.log10(values / run.edge).ravel()
    axes.hist(logs, bins=60, density=True, color=style.BLUE, alpha=0.55, label="after training")
    law = MarchenkoPastur(1 / run.ratio)
    points = np.geomspace(law.low * 1.0001, law.high, 400)
    axes.plot(
        np.log10(points / law.high),
        law.density(points) * points * np.log(10),
        color=style.ORANGE,
        label="random matrix",
    )


def drawn(run: TailRun) -> str:
    """How many problems of which size the runs have."""
    counts = sorted({len(one.end) for one in run.runs.values()})
    inputs = next(iter(run.runs.values())).end.shape[1]
    problems = " to ".join(map(str, dict.fromkeys((counts[0], counts[-1]))))
    return f"{problems} problems, d = {inputs}, h = {round(run.ratio * inputs)}"


def densities(run: TailRun) -> Figure:
    """Densities of three settings after ten steps, with that of a random matrix."""
    names = list(run.runs)[:3]
    figure, panels = style.panels(3, height=2.8)
    for axes, name in zip(panels, names, strict=True):
        found = run.runs[name]
        _density(axes, run, found.end)
        axes.set(
            yscale="log",
            ylim=(5e-3, 8),
            xlabel=r"$\log_{10}$ (eigenvalue / edge)",
            ylabel="density",
            title=f"{name}\nindex {found.hill[:, -1].mean():.2f}, null {run.null:.2f}",
        )
    panels[0].legend(loc="upper left", fontsize=8)
    style.note(figure, f"Spectra of {drawn(run)}, n = 2d, pooled.")
    return figure


def _null_line(axes: Axes, null: float) -> None:
    axes.axhline(null, color=style.GRAY, linestyle=":", linewidth=1.2, label="random matrix")


def learning_rates(run: RateRun, beside: TailRun) -> Figure:
    """Index over learning rates, for true and shuffled labels; one panel per optimizer.

    Args:
        run: Result of claim HT-17.
        beside: Runs on the same problems.
    """
    figure, panels = style.panels(len(run.rates), height=3.0)
    for axes, name in zip(panels, run.rates, strict=True):
        for rows, label, color, mark in (
            (run.teacher[name], "labels of the teacher", style.BLUE, "o-"),
            (run.shuffled[name], "shuffled labels", style.ORANGE, "s--"),
        ):
            axes.errorbar(
                run.rates[name],
                rows.mean(axis=1),
                yerr=rows.std(axis=1, ddof=1),
                fmt=mark,
                color=color,
                label=label,
            )
        _null_line(axes, run.null)
        axes.set(xscale="log", xlabel="learning rate", ylabel="Hill's index")
        axes.set(title=name, ylim=(1.7, 2.55))
        style.plain_ticks(axes.xaxis, run.rates[name].tolist())
    panels[0].legend(loc="lower left")
    style.note(figure, f"Means over {drawn(beside)}, n = 2d; bars: their standard deviation.")
    return figure


def collapse(run: CollapseRun, beside: TailRun) -> Figure:
    """Index over the relative displacement of the weights.

    Args:
        run: Result of claim HT-18.
        beside: Runs on the same problems.
    """
    figure, (axes,) = style.panels(1)
    for (name, (x, y)), color, mark in zip(run.curves.items(), style.COLORS, MARKS, strict=False):
        axes.plot(x, y, mark + "-", color=color, label=name)
    _null_line(axes, run.null)
    axes.set(
        xscale="log",
        xlabel=r"displacement $\Vert W_t - W_0\Vert / \Vert W_0\Vert$",
        ylabel="Hill's index",
    )
    style.plain_ticks(axes.xaxis, [0.5, 1, 2, 3])
    axes.legend(loc="lower left", fontsize=8)
    style.note(figure, f"Means over {drawn(beside)}; one mark per learning rate, no bars.")
    return figure


def mechanisms(run: TailRun) -> Figure:
    """Index of each control, one mark per problem."""
    figure, (axes,) = style.panels(1, height=3.4)
    names = list(run.runs)[::-1]
    for row, name in enumerate(names):
        values = run.runs[name].hill[:, -1]
        axes.plot(values, np.full(len(values), row), "o", color=style.BLUE, alpha=0.5)
        axes.plot(values.mean(), row, "|", color=style.INK, markersize=14, markeredgewidth=2)
    axes.axvline(run.null, color=style.GRAY, linestyle=":", linewidth=1.2, label="random matrix")
    axes.set(yticks=range(len(names)), yticklabels=names, xlabel="Hill's index after ten steps")
    axes.margins(y=0.06)
    axes.legend(loc="upper center", bbox_to_anchor=(0.45, 1.0))
    style.note(figure, f"{drawn(run)}, n = 2d; one mark per problem, bar: mean.")
    return figure


def names(run: NamingRun) -> Figure:
    """Likelihood ratios of power law and rival: left exponential, right lognormal."""
    figure, (left, right) = style.panels(2, height=2.9)
    labels = list(run.exponential)[::-1]
    for axes, ratios, title in (
        (left, run.exponential, "against an exponential law"),
        (right, run.lognormal, "against a lognormal law"),
    ):
        for row, name in enumerate(labels):
            values = ratios[name]
            color = style.ORANGE if name == "sample of a power law" else style.BLUE
            axes.plot(values, np.full(len(values), row), "o", color=color, alpha=0.4, markersize=4)
        axes.axvspan(-UNDECIDED, UNDECIDED, color=style.GRAY, alpha=0.15, linewidth=0)
        axes.axvline(0, color=style.GRAY, linewidth=0.8)
        axes.set(xlabel="normalized likelihood ratio", title=title)
        axes.set_yticks(range(len(labels)), labels)
    counts = {len(values) for values in run.exponential.values()}
    spectra = f"{min(counts)} to {max(counts)}" if len(counts) > 1 else f"{max(counts)}"
    style.note(
        figure,
        f"One mark per spectrum, {spectra} in a row; gray: undecided, below {UNDECIDED}.",
    )
    return figure
