"""Figures of the whole matrix: its spectrum, and the share of gradients in top eigenspaces."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from traindyn import style
from traindyn.hessian_alignment.results.full_matrix import FullRun, GradientRun
from traindyn.hessian_alignment.results.separation import CountRun

SHOWN = 20


def whole_matrix(spectra: FullRun, gradients: GradientRun) -> Figure:
    """Left: top eigenvalues by rank. Right: share of squared gradients over time."""
    figure, (left, right) = style.panels(2, height=3.5)
    ranks = np.arange(1, SHOWN + 1)
    for values, color, mark, face, name in (
        (spectra.hessian_start, style.BLUE, "o", "none", "Hessian, t = 0"),
        (spectra.hessian_end, style.BLUE, "o", style.BLUE, "Hessian, t = 60"),
        (spectra.gradient_end, style.ORANGE, "s", style.ORANGE, "gradients, t = 60"),
    ):
        left.semilogy(ranks, values[:SHOWN], mark, color=color, markerfacecolor=face, label=name)
    k = spectra.classes
    for edge in (k, k * (k - 1)):
        left.axvline(edge + 0.5, color=style.GRAY, linewidth=1, linestyle=":")
    left.set(
        xlabel="rank of the eigenvalue",
        ylabel="eigenvalue",
        title=f"k = {k}, {k * spectra.dimension} weights",
        xticks=[1, k, k * (k - 1), SHOWN],
    )
    left.legend(fontsize=8, loc="upper right", bbox_to_anchor=(1.03, 0.78))
    colors = (style.GREEN, style.BLUE, style.PURPLE)
    for (count, found), color, mark in zip(gradients.shares.items(), colors, "^os", strict=True):
        style.error_bars(
            right,
            gradients.times,
            found,
            fmt=f"{mark}-",
            linewidth=1,
            color=color,
            label=f"mean, {count} eigenvectors",
        )
    right.plot(
        gradients.times,
        [e.value for e in gradients.single],
        "v--",
        color=style.GRAY,
        linewidth=1,
        label=f"single samples, {k}",
    )
    right.set(
        xlabel=r"time $t$",
        ylabel="share of squared gradient",
        ylim=(0, 1.08),
        title="Gradients in top eigenspaces",
    )
    right.legend(fontsize=8, loc="center right", bbox_to_anchor=(1, 0.78))
    style.note(
        figure,
        f"Left: one run, {spectra.dimension} inputs. Right: means over {gradients.single[0].n} "
        "runs; bars: intervals of the decision, none for single samples.",
    )
    return figure


def counts(blocks: CountRun, whole: FullRun, replicas: int) -> Figure:
    """Left: eigenvalues of a block for three sets of means. Right: all of the whole matrix.

    Args:
        blocks: Eigenvalues of a block.
        whole: Eigenvalues of the whole matrices.
        replicas: Runs behind the former.
    """
    figure, (left, right) = style.panels(2, height=3.2)
    names = {
        "orthonormal": "orthonormal: 4",
        "offset": "with a common offset: 4",
        "simplex": "sum zero: 3",
    }
    ranks = np.arange(1, whole.classes + 2)
    for (geometry, name), color, mark in zip(names.items(), style.COLORS, "os^", strict=False):
        values = blocks.values[geometry, "hessian"]
        left.semilogy(ranks, values, f"{mark}-", color=color, linewidth=0.8, label=name)
    left.set(xlabel="rank of the eigenvalue", ylabel="eigenvalue", title="Hessian block, by means")
    left.set_xticks(ranks)
    left.legend(fontsize=8)
    index = np.arange(1, len(whole.hessian_end) + 1)
    for values, color, name in (
        (whole.hessian_end, style.BLUE, "Hessian"),
        (whole.gradient_end, style.ORANGE, "gradient matrix"),
    ):
        right.semilogy(index, np.maximum(np.abs(values), 1e-20), color=color, label=name)
    zero = len(index) - whole.dimension
    right.axvline(zero + 0.5, color=style.GRAY, linewidth=1, linestyle=":")
    right.set(xlabel="rank of the eigenvalue", ylabel="eigenvalue")
    right.set(title=f"Whole matrix: {whole.dimension} zero modes")
    right.legend(fontsize=8, loc="lower left")
    style.note(
        figure,
        f"Left: means over classes and {replicas} runs. Right: one run, {whole.dimension} inputs. "
        "No bars.",
    )
    return figure
