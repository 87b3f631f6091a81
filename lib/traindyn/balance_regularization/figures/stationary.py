"""Figures about the stationary law: densities, fluctuations, limits."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from traindyn import style
from traindyn.balance_regularization.results.stationary import (
    FluctuationRun,
    RegressionRun,
    TwoLayerRun,
)

MUTANT_NAMES = {
    "law with stratonovich": "Stratonovich",
    "law with no Ito drift": "no Ito drift",
    "law with doubled temperature": "temperature doubled",
    "law of depth 0": "depth 0",
}
FEWEST = 20
"""Samples beyond a point of a tail, at least: fewer are noise."""


def _histogram(axes: Axes, samples: np.ndarray, edges: np.ndarray, label: str) -> None:
    heights, _ = np.histogram(samples, edges)
    density = heights / (len(samples) * np.diff(edges))
    axes.stairs(density, edges, color=style.BLUE, fill=True, alpha=0.3)
    axes.stairs(density, edges, color=style.BLUE, linewidth=0.8, label=label)


def headline(law: TwoLayerRun, fluctuation: FluctuationRun) -> Figure:
    """The chapter in one picture: the law of v at one temperature, its variance at all."""
    figure, (left, right) = style.panels(2)
    ratio = 0.3
    v = np.linspace(0.005, 3, 600)
    _histogram(left, law.samples[ratio], np.linspace(0, 3, 76), "SGD, simulated")
    left.plot(v, law.laws[ratio].density(v), color=style.ORANGE, label="predicted")
    left.set(
        xlabel=r"$v = uw$, in units of $v^*$",
        ylabel="density",
        title=r"Law of $v$ at $T = 0.3\,T_c$",
    )
    left.set_ylim(0, 1.25)
    left.legend()
    variance_panel(right, fluctuation)
    simulated = [found.n for found in (*fluctuation.simulated.values(), *fluctuation.regression)]
    style.note(
        figure,
        f"Left: {len(law.samples[ratio])} networks. Right: {min(simulated)} simulated networks or "
        "more per mark with a bar. Bars: intervals of the decision.",
    )
    return figure


def variance_panel(axes: Axes, run: FluctuationRun) -> None:
    """Variance over temperature, with and without the second layer."""
    r = np.linspace(0, 1, 201)
    axes.plot(r, 2 * r * (1 - r), color=style.ORANGE, label="predicted, 2r(1 − r)")
    axes.plot(r, r, "--", color=style.GRAY, label="predicted, r")
    axes.plot(run.ratios, run.two_layers, "o", color=style.BLUE, label="two layers, exact SGD")
    simulated = list(run.simulated.values())
    style.error_bars(axes, list(run.simulated), simulated, fmt="D", color=style.INK)
    style.error_bars(
        axes, run.ratios, run.regression, fmt="s", color=style.GREEN, label="one layer, simulated"
    )
    axes.plot([], [], "D", color=style.INK, label="two layers, simulated")
    axes.set(xlabel=r"$r = T / T_c$", ylabel=r"variance of $v$, in units of $v^{*2}$", xlim=(0, 1))
    axes.set_ylim(0, 1)
    axes.set_title("Two layers invert the fluctuations")
    axes.legend(fontsize=7.5, loc="upper left")


def laws_and_mutants(run: TwoLayerRun) -> Figure:
    """Left: histogram and laws. Right: distance of each wrong law."""
    figure, (left, right) = style.panels(2, height=3.4)
    ratio = 0.3
    v = np.linspace(0.005, 3, 600)
    _histogram(left, run.samples[ratio], np.linspace(0, 3, 76), "SGD")
    left.plot(v, run.laws[ratio].density(v), color=style.ORANGE, label="predicted")
    lines = ("--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)))
    for (name, law), line in zip(run.mutants.items(), lines, strict=True):
        left.plot(
            v, law.density(v), linestyle=line, color=style.GRAY, lw=1.2, label=MUTANT_NAMES[name]
        )
    left.set(
        xlabel=r"$v$, in units of $v^*$",
        ylabel="density",
        ylim=(0, 1.6),
        title=r"Law of $v$ at $T = 0.3\,T_c$",
    )
    left.legend(fontsize=8)
    names = ["predicted", *(MUTANT_NAMES[name] for name in run.mutants)]
    chain = run.chains[ratio]
    distances = [chain.distance(law.cdf) for law in (run.laws[ratio], *run.mutants.values())]
    right.barh(names, distances, color=[style.ORANGE, *[style.GRAY] * len(run.mutants)])
    right.invert_yaxis()
    right.set(xscale="log", xlabel="distance from the exact law of SGD", xlim=(1e-3, 1))
    right.set_title("Every wrong law is far away")
    style.note(
        figure,
        f"Left: {len(run.samples[ratio])} networks. Right: exact law of SGD; nothing is drawn at "
        "random.",
    )
    return figure


def regression(run: RegressionRun) -> Figure:
    """Depth 0: histograms of the stochastic equation and eq. 12, with their tails."""
    figure, (left, right) = style.panels(2)
    colors = dict(zip(run.samples, (style.BLUE, style.GREEN, style.ORANGE), strict=True))
    for temperature, samples in run.samples.items():
        color, law = colors[temperature], run.laws[temperature]
        v = np.linspace(-2, 4, 600)
        heights, edges = np.histogram(samples, np.linspace(-2, 4, 61))
        density = heights / (len(samples) * np.diff(edges))
        left.stairs(density, edges, color=color, alpha=0.6)
        left.plot(v, law.density(v), color=color, label=f"T = {temperature}")
        tail = np.geomspace(0.5, 40, 40)
        survival = 1 - law.cdf(tail)
        right.loglog(tail, np.where(survival > 1e-6, survival, np.nan), color=color)
        counted = np.array([(samples > x).mean() for x in tail[::3]])
        seen = np.where(counted * len(samples) >= FEWEST, counted, np.nan)
        right.loglog(tail[::3], seen, "o", color=color)
    left.set(xlabel="v", ylabel="density", title="Linear regression, eq. 12")
    left.legend()
    right.set(xlabel="v", ylabel="probability above v", title="Power-law tails", ylim=(1e-5, 1))
    sizes = [len(samples) for samples in run.samples.values()]
    style.note(
        figure,
        f"{min(sizes)} samples per temperature; lines: eq. 12. No bars; points with fewer than "
        f"{FEWEST} samples are left out.",
    )
    return figure


def limits(run: TwoLayerRun) -> Figure:
    """Where the law stops: distance from SGD as the step-size parameter grows."""
    figure, (left, right) = style.panels(2)
    sizes = np.array(sorted(run.by_noise))
    left.loglog(
        1 / sizes**2,
        [run.by_noise[size] for size in sizes],
        "o-",
        color=style.BLUE,
        label=r"$S = 1$, worst of five $T$",
    )
    batches = np.array(sorted(run.by_batch))
    left.loglog(
        batches / 100,
        [run.by_batch[size] for size in batches],
        "s-",
        color=style.ORANGE,
        label=r"$S = 1$ to 8, $T = 0.4\,T_c$",
    )
    x = np.array([0.009, 0.09])
    left.loglog(x, x, "--", color=style.GRAY, label="first order")
    left.set(
        xlabel=r"step-size parameter $S\beta_2^2/\alpha_3$",
        ylabel="distance from the law",
        title="Bounded data: first order",
    )
    left.legend(fontsize=8)
    noises = list(run.gaussian)
    gaussian = list(run.gaussian.values())
    style.error_bars(right, noises, gaussian, fmt="o-", color=style.GREEN)
    right.set(xscale="log", yscale="log", xlabel="label noise σ, in units of k")
    right.set(
        ylabel="distance from the law", title=r"Gaussian data, $T = 0.2\,T_c$", ylim=(2e-3, 0.2)
    )
    right.set_xticks(noises, [f"{noise:g}" for noise in noises])
    right.minorticks_off()
    style.note(
        figure,
        "Left: exact laws of SGD. Right: "
        f"{min(found.n for found in gaussian)} networks or more each. "
        "Bars: intervals of the decision.",
    )
    return figure
