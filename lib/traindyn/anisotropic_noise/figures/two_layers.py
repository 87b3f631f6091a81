"""Figures of two layers: the ratio both over frozen, the collapse, artifacts, the slow life."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from traindyn import style
from traindyn.anisotropic_noise.results.depth import CurrentAndRelation
from traindyn.anisotropic_noise.results.drift import DriftRun, WindowRun
from traindyn.anisotropic_noise.results.second_layer import CollapseRun, CoupledRun, ModesRun

MARKS = "os^vD"


def headline(modes: ModesRun, collapse: CollapseRun) -> Figure:
    """Left: both layers trained or the first frozen. Right: variance against flatness."""
    figure, (left, right) = style.panels(2)
    a = modes.first_values
    for found, color, mark, name in (
        (modes.frozen, style.ORANGE, "s", "first layer frozen"),
        (modes.both, style.BLUE, "o", "both trained"),
    ):
        style.error_bars(left, a, found, fmt=mark, color=color, label=name)
    fine = np.geomspace(a.min() / 1.2, a.max() * 1.2, 200)
    b = modes.second_value
    left.plot(fine, fine**2 / (fine**2 + b**2), color=style.BLUE, linewidth=1.2)
    left.axhline(1, color=style.ORANGE, linewidth=1.2)
    left.set(
        xscale="log",
        yscale="log",
        xlabel="singular value a of the first layer",
        ylabel=r"variance over $T$",
        title="The layers are coupled",
    )
    style.plain_ticks(left.xaxis, (0.2, 0.5, 1, 2))
    left.legend(loc="lower right")
    settings = zip(collapse.labels, collapse.scaled, collapse.variances, strict=True)
    for (name, scaled, found), color, mark in zip(settings, style.COLORS, MARKS, strict=False):
        style.error_bars(
            right, scaled, found, fmt=mark, color=color, markerfacecolor="none", label=name
        )
    grid = np.geomspace(0.2, 20, 200)
    right.plot(grid, 1 / (1 + grid**2), color=style.INK, linewidth=1)
    right.set(
        xscale="log",
        yscale="log",
        xlabel=r"flatness, $bF/\sqrt{\kappa}$",
        ylabel=r"variance over $T$",
        title="Flat directions fluctuate less",
    )
    right.legend(fontsize=7)
    runs = [found[0].n for found in collapse.variances]
    style.note(
        figure,
        f"Means over runs of networks: {modes.both[0].n} and {modes.frozen[0].n} (frozen) on the "
        f"left, {min(runs)} to {max(runs)} on the right. Bars: intervals of the decision.",
    )
    return figure


def four_outputs(run: CoupledRun) -> Figure:
    """Simulated variances of both layers per pair of singular vectors, and their curves."""
    figure, (left, right) = style.panels(2)
    fine = np.geomspace(run.ratios.min() / 1.2, run.ratios.max() * 1.2, 200)
    share = fine**2 / (1 + fine**2)
    for panel, title, other, both, alone, curve in (
        (left, "Second layer", "first", run.second, run.second_alone, share),
        (right, "First layer", "second", run.first, run.first_alone, 1 - share),
    ):
        for found, color, mark, bar, name in (
            (alone, style.ORANGE, "s", 0.6, f"{other} layer frozen"),
            (both, style.BLUE, "o", 1.2, "both trained"),
        ):
            style.error_bars(
                panel,
                run.ratios,
                found,
                fmt=mark,
                color=color,
                markersize=3,
                elinewidth=bar,
                capsize=0,
                label=name,
            )
        panel.plot(fine, curve, color=style.BLUE, linewidth=1.2)
        panel.axhline(1, color=style.ORANGE, linewidth=1.2)
        panel.set(
            xscale="log",
            ylim=(0, 2.1),
            xlabel="ratio a/b of the singular values",
            ylabel=r"variance over $T$",
            title=title,
        )
        style.plain_ticks(panel.xaxis, (0.2, 0.5, 1, 2, 5))
        panel.legend(fontsize=8, ncols=2)
    style.note(
        figure, f"Means over {run.second[0].n} networks per mark; bars: intervals of the decision."
    )
    return figure


def artifacts(run: WindowRun, problems: int, networks: int) -> Figure:
    """Variance against flatness in windows and epochs, one layer and two.

    Args:
        run: Means over problems of one layer and over networks of two.
        problems: Number of the former.
        networks: Number of the latter.
    """
    figure, axes = style.panels(2)
    for panel, (name, settings) in zip(axes, run.panels.items(), strict=True):
        for (setting, (width, variances)), color, mark in zip(
            settings.items(), style.COLORS, MARKS, strict=False
        ):
            panel.loglog(width, variances, mark, color=color, label=setting)
            if name == "one layer" and setting in run.theory:
                panel.loglog(width, run.theory[setting], color=color, linewidth=1)
        far = np.array([np.exp(np.log(width).mean()), width.max()])
        panel.loglog(
            far,
            0.6 * variances.max() * (far / far[0]) ** -2.0,
            color=style.GRAY,
            linestyle=":",
            label="exponent 2",
        )
        panel.set(
            xlabel="flatness, smallest = 1",
            ylabel=r"variance in the window, over $T$",
            title=name[0].upper() + name[1:],
        )
        panel.legend(fontsize=8)
    style.note(
        figure,
        f"Means over {problems} drawn problems (left) and {networks} networks (right); no bars.",
    )
    return figure


def without_current(run: CurrentAndRelation, problems: int, collapse: CollapseRun) -> Figure:
    """Left: the current vanishes, the relation becomes exact. Right: both layers together.

    Args:
        run: Means over drawn problems by weights per sample.
        problems: Number of problems of each ratio.
        collapse: Simulated networks of the setting to which others are compared.
    """
    figure, (panel, together) = style.panels(2)
    panel.loglog(
        run.aspects,
        run.commutators,
        "o-",
        color=style.ORANGE,
        label="current: commutator of H and C",
    )
    panel.loglog(
        run.aspects, run.gaps, "s-", color=style.BLUE, label="distance from the inverse relation"
    )
    panel.loglog(
        run.aspects,
        0.4 * np.sqrt(run.aspects),
        color=style.GRAY,
        linestyle=":",
        label=r"$\propto\sqrt{c}$",
    )
    panel.set(xlabel="c = n/P", ylabel="relative size", title="Without a current")
    panel.invert_xaxis()
    panel.set_ylim(top=20 * run.commutators.max())
    panel.legend(fontsize=8, loc="upper right")
    for found, color, mark, name in (
        (collapse.variances[0], style.BLUE, "o", "second layer alone"),
        (collapse.seen, style.ORANGE, "s", "both layers together"),
    ):
        style.error_bars(together, collapse.flatness, found, fmt=mark, color=color, label=name)
    together.set(
        xscale="log",
        yscale="log",
        xlabel="flatness, smallest = 1",
        ylabel=r"variance over $T$",
        title="One layer of two",
    )
    together.legend()
    style.note(
        figure,
        f"Left: means over {problems} problems per c, no bars. Right: means over "
        f"{collapse.seen[0].n} runs of networks; bars: intervals of the decision.",
    )
    return figure


def slow_life(drift: DriftRun, end: DriftRun, networks: tuple[int, int]) -> Figure:
    """Left: hidden modes decay and the variances follow. Right: several outputs find balance.

    Args:
        drift: Means over networks with one output.
        end: Means over networks with several outputs.
        networks: Number of networks of either.
    """
    figure, (left, right) = style.panels(2)
    for i, mode in enumerate(drift.first.T):
        color = style.INK if i == 0 else style.BLUE
        label = {0: "mode in use", 1: "spare modes"}.get(i)
        left.semilogy(drift.times, mode, color=color, label=label)
    reach = drift.times > 1.2
    anchor = drift.first[reach][0, -1] * np.exp(drift.times[reach][0])
    left.semilogy(
        drift.times[reach],
        anchor * np.exp(-drift.times[reach]),
        color=style.ORANGE,
        linestyle="--",
        label="predicted rate",
    )
    left.set(
        xlabel=r"steps $\times\ \eta^2s^2m/S$",
        ylabel=r"$a_i^2$ of the first layer",
        title="One output",
    )
    left.legend(loc="upper right", bbox_to_anchor=(1, 0.86))
    rank = len(end.predicted) // 2
    for values, predicted, color, name in (
        (end.first, end.predicted[:rank], style.BLUE, r"first layer, $a_i^2$"),
        (end.second, end.predicted[rank:], style.GREEN, r"second layer, $b_i^2$"),
    ):
        for i in range(rank):
            right.plot(end.times, values[:, i], color=color, label=name if i == 0 else None)
            right.axhline(
                predicted[i],
                color=color,
                linestyle=":",
                linewidth=1.2,
                label="predicted end" if i == 0 and color == style.BLUE else None,
            )
    right.set(
        xlabel=r"steps $\times\ \eta^2s^2m/S$",
        ylabel="squared singular values",
        yscale="log",
        title="Three outputs",
    )
    right.legend(fontsize=8)
    style.note(
        figure,
        f"Means over {networks[0]} networks (left) and {networks[1]} (right); no bars.",
    )
    return figure
