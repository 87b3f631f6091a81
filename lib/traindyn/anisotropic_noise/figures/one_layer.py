"""Figures of one layer: exact recursion, spectra, variance against flatness, the current."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from traindyn import style
from traindyn.anisotropic_noise.results.anisotropy import FlatnessRun, UnevenRun
from traindyn.anisotropic_noise.results.covariance import ExactCurves, MeanLosses
from traindyn.anisotropic_noise.results.current import CurrentRun
from traindyn.anisotropic_noise.results.spectra import AnisotropyRun, SpectraRun, SplitRun
from traindyn.inference import Estimate


def exact_and_frozen(covariance: ExactCurves, loss: MeanLosses) -> Figure:
    """Left: distance of two theories from SGD. Right: mean loss, simulated and predicted."""
    figure, (left, right) = style.panels(2)
    left.loglog(
        covariance.step_sizes,
        covariance.frozen,
        color=style.ORANGE,
        label="noise frozen at minimum",
    )
    left.loglog(
        covariance.step_sizes,
        covariance.state_dependent,
        color=style.GREEN,
        linestyle="--",
        label="noise that follows the weights",
    )
    left.loglog(
        covariance.simulated_at,
        [np.sqrt(max(e.value, 0)) for e in covariance.to_frozen],
        "o",
        color=style.ORANGE,
        label="SGD, from frozen noise",
    )
    squares = np.array([max(e.value, 0.0) for e in covariance.to_exact])
    resolved = np.sqrt(squares + style.half_widths(covariance.to_exact))
    left.loglog(
        covariance.simulated_at, resolved, "v", color=style.BLUE, label="SGD, from exact (bound)"
    )
    left.set(
        xlabel=r"$\eta\,\mathrm{tr}H/S$",
        ylabel="relative distance",
        ylim=(1.2e-3, 8.0),
        title="Covariance of the weights",
    )
    style.plain_ticks(left.xaxis, (0.02, 0.05, 0.1, 0.2, 0.4))
    left.legend(fontsize=8, loc="upper left")
    right.plot(loss.step_sizes, loss.exact, color=style.BLUE, label="exact recursion")
    right.axhline(1, color=style.ORANGE, linestyle="--", label=r"$\eta\,\mathrm{tr}D/4S$")
    style.error_bars(
        right, loss.simulated_at, loss.simulated, fmt="o", color=style.INK, label="SGD"
    )
    right.set(
        xlabel=r"$\eta\,\mathrm{tr}H/S$",
        ylabel=r"excess loss over $\eta\,\mathrm{tr}D/4S$",
        title="Loss",
    )
    right.legend()
    style.note(
        figure,
        f"Means over drawn problems: {covariance.to_exact[0].n} of SGD on the left, "
        f"{loss.simulated[0].n} on the right. Bars on the right: intervals of the decision.",
    )
    return figure


def spectra(runs: list[SpectraRun], split: SplitRun) -> Figure:
    """Histograms of noise and Hessian with their laws, and the split of the noise."""
    figure, (left, right) = style.panels(2)
    run = runs[0]
    top = float(np.quantile(run.noise, 0.995))
    bins = list(np.linspace(0, top, 45))
    for values, law, color, name in (
        (run.hessian, run.hessian_law, style.BLUE, "Hessian"),
        (run.noise, run.noise_law, style.ORANGE, "noise"),
    ):
        left.hist(values, bins, density=True, histtype="stepfilled", color=color, alpha=0.3)
        grid = np.linspace(0.02, top, 400)
        left.plot(grid, law.density(grid), color=color, label=name)
    left.set(
        xlabel="eigenvalue", ylabel="density", ylim=(0, 1.4), title=f"Spectra at c = {run.aspect:g}"
    )
    left.legend()
    for estimates, color, mark, name in (
        (split.full, style.ORANGE, "o", "noise"),
        (split.balanced, style.GREEN, "s", "balanced part"),
        (split.hessian, style.BLUE, "^", "Hessian"),
    ):
        style.error_bars(right, split.aspects, estimates, fmt=mark, color=color, label=name)
    grid = np.array([split.aspects.min(), split.aspects.max()])
    right.plot(grid, grid, color=style.BLUE, linewidth=1)
    right.plot(grid, 3 * grid, color=style.ORANGE, linewidth=1)
    right.set(
        xscale="log",
        yscale="log",
        xlabel="c = N/P",
        ylabel="variance of eigenvalues",
        title="Lines: c and 3c",
    )
    style.plain_ticks(right.xaxis, split.aspects.tolist())
    right.legend()
    style.note(
        figure,
        f"Left: {len(run.noise):,} eigenvalues each. Right: means over {split.full[0].n} drawn "
        "problems per c; bars: intervals of the decision.",
    )
    return figure


def anisotropy(run: AnisotropyRun, flat: FlatnessRun) -> Figure:
    """Left: spread of the fluctuations and its laws. Right: variance against flatness."""
    figure, (left, right) = style.panels(2)
    marks = {"gaussian": "o", "rademacher": "s", "laplace": "^"}
    names = {"gaussian": "Gaussian", "rademacher": "±1", "laplace": "Laplace"}
    for (law, found), color in zip(run.measured.items(), style.COLORS, strict=False):
        style.error_bars(
            left, run.aspects, found, fmt=marks[law], color=color, label=f"{names[law]} labels"
        )
        left.plot(run.aspects, run.predicted[law], color=color, linewidth=1.2)
    left.set(
        xscale="log",
        yscale="log",
        xlabel="c = N/P",
        ylabel=r"variance of eigenvalues of $C/T$",
        title="Anisotropy and its law (lines)",
    )
    style.plain_ticks(left.xaxis, run.aspects.tolist())
    left.legend()
    _against_flatness(right, flat)
    right.set_title("One layer: no relation")
    style.plain_ticks(right.xaxis, (0.6, 1, 2))
    style.plain_ticks(right.yaxis, (0.2, 0.5, 1, 2, 5))
    gaussian = run.measured["gaussian"]
    style.note(
        figure,
        f"Left: means over {gaussian[0].n} drawn problems per c; bars: intervals of the decision; "
        f"lines join predictions. Right: {len(flat.variances)} directions.",
    )
    return figure


def _against_flatness(panel: Axes, run: FlatnessRun) -> None:
    """Variances along principal directions against flatness, also for isotropic noise."""
    panel.loglog(
        run.flatness / np.median(run.flatness),
        run.variances,
        "o",
        color=style.BLUE,
        markersize=3.5,
        label="SGD noise",
    )
    panel.loglog(
        run.white_flatness / np.median(run.white_flatness),
        run.white_variances / np.median(run.white_variances),
        "s",
        color=style.ORANGE,
        markersize=3,
        label="isotropic noise",
    )
    panel.set(xlabel="flatness, over its median", ylabel=r"variance over $T$")
    panel.legend()


def other_inputs(run: UnevenRun) -> Figure:
    """Uneven inputs. Left: variance against flatness. Right: spread of curvature, and its law."""
    figure, (left, right) = style.panels(2)
    _against_flatness(left, run.shown)
    left.set_title("Uneven inputs: still no relation")
    style.plain_ticks(left.xaxis, (0.3, 0.5, 1, 2, 3))
    style.plain_ticks(left.yaxis, (0.1, 0.3, 1, 3, 10))
    for found, predicted, color, mark, name in zip(
        (run.principal, run.random),
        run.predicted,
        (style.BLUE, style.GRAY),
        "o^",
        ("principal directions", "random directions"),
        strict=True,
    ):
        style.error_bars(right, run.aspects, found, fmt=mark, color=color, label=name)
        right.axhline(predicted, color=color, linestyle="--", linewidth=1.2)
    right.set(
        xscale="log",
        ylim=(0, None),
        xlabel="c = N/P",
        ylabel="variance of the curvature",
        title="Dashed: predicted",
    )
    style.plain_ticks(right.xaxis, run.aspects.tolist())
    right.legend()
    style.note(
        figure,
        f"Left: {len(run.shown.variances)} directions. Right: means over {run.principal[0].n} "
        "drawn problems per c; bars: intervals of the decision.",
    )
    return figure


def current(run: CurrentRun) -> Figure:
    """Left: antisymmetric lagged moments against prediction. Right: entropy production."""
    figure, (left, right) = style.panels(2)
    unit = np.abs(run.predicted).max()
    style.error_bars(
        left,
        run.predicted / unit,
        [Estimate(*pair) for pair in zip(run.sgd / unit, run.errors / unit, strict=True)],
        fmt="o",
        color=style.BLUE,
        label="SGD",
    )
    left.plot(
        run.predicted / unit,
        run.gaussian / unit,
        "s",
        color=style.GREEN,
        markersize=3,
        zorder=3,  # above the marks of SGD
        label="Gaussian, covariance D",
    )
    left.plot(
        run.predicted / unit,
        run.like_hessian / unit,
        "^",
        color=style.ORANGE,
        label=r"Gaussian, covariance $s^2H$",
    )
    left.plot([-1, 1], [-1, 1], color=style.INK, linewidth=0.8)
    left.set(
        xlabel="predicted entry, largest = 1",
        ylabel="measured entry",
        title="Antisymmetric lagged moment",
    )
    left.legend(fontsize=8)
    laws = {
        "$c^2$": (style.BLUE, "o", run.aspects**2),
        "$c$, by these variances": (style.ORANGE, "s", run.uneven_law * run.aspects),
    }
    for (inputs, found), (law, (color, mark, predicted)) in zip(
        run.entropy.items(), laws.items(), strict=True
    ):
        style.error_bars(right, run.aspects, found, fmt=mark, color=color, label=inputs)
        right.plot(run.aspects, predicted, "--", color=color, linewidth=1.2, label=law)
    right.set(
        xscale="log",
        yscale="log",
        ylim=(None, 20),
        xlabel="c = N/P",
        ylabel=r"entropy per step over $\eta\,\mathrm{tr}H$",
        title="Entropy production",
    )
    style.plain_ticks(right.xaxis, run.aspects.tolist())
    right.legend(fontsize=8, loc="upper left")
    found = next(iter(run.entropy.values()))
    style.note(
        figure,
        f"Left: {len(run.predicted)} entries of one problem. Right: means over {found[0].n} drawn "
        "problems per c. Bars: intervals of the decision.",
    )
    return figure
