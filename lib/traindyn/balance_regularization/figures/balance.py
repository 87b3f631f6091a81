"""Figures about balance: the budget of neurons, the decay rate, the plane of weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from traindyn import style
from traindyn.balance_regularization.results.balance import BudgetRun, PlaneRun, RateRun

NOISES = {
    "SGD": ("SGD", style.BLUE, "o"),
    "isotropic": ("isotropic noise", style.ORANGE, "s"),
    "independent": ("independent noise on u, w", style.PURPLE, "^"),
}
SHOWN = 250
"""Networks per kind of noise in the plane of weights."""


def budget(runs: Mapping[str, BudgetRun]) -> Figure:
    """Left: imbalance of one ReLU neuron, measured and accounted. Right: error of the account."""
    figure, (left, right) = style.panels(2)
    relu = runs["ReLU"]
    neuron = int(np.argmax(np.abs(relu.measured[-1] - relu.measured[0])))
    change = 1e5 * (relu.measured[:, neuron] - relu.measured[0, neuron])
    accounted = 1e5 * (relu.accounted[:, neuron] - relu.accounted[0, neuron])
    left.plot(change, color=style.BLUE, label="measured")
    left.plot(accounted, "--", color=style.ORANGE, label=r"sum of $\eta^2(|g_u|^2-|g_w|^2)$")
    left.set(xlabel="step", ylabel="change of imbalance × 10⁵", title="One ReLU neuron")
    left.legend()
    styles = {"linear": "-", "ReLU": "--", "leaky ReLU": ":", "tanh": "-", "GELU": "--"}
    for name, run in runs.items():
        error = np.abs(run.measured - run.accounted).max(axis=1)[1:]
        broken = name not in ("linear", "ReLU", "leaky ReLU")
        label = name if len(name) < 12 else "ReLU + isotropic noise"
        right.semilogy(
            np.maximum(error, 1e-17),
            styles.get(name, ":"),
            color=style.ORANGE if broken else style.BLUE,
            label=label,
        )
    right.set(xlabel="step", ylabel="largest error of the account", title="All neurons")
    right.set_ylim(1e-17, 10)
    right.legend(ncols=2, loc="center", handlelength=1.5, columnspacing=1.0, fontsize=8)
    steps, neurons = relu.measured.shape
    style.note(
        figure,
        f"One network per activation, {neurons} neurons and {steps - 1} steps."
        " No bars: the account is exact.",
    )
    return figure


def decay(runs: Sequence[RateRun]) -> Figure:
    """Left: decay of the imbalance on time times temperature. Right: measured over predicted."""
    figure, (left, right) = style.panels(2)
    settings = sorted(runs, key=lambda run: (run.batch_size, run.learning_rate))
    marks = {1: "o", 2: "s", 4: "^", 16: "D"}
    for run in settings:
        log = run.paths.log_imbalance
        color = style.BLUE if run.batch_size == 1 else style.ORANGE
        left.plot(run.predicted, (log - log[0]).mean(axis=1), color=color, linewidth=1.2)
        ratio = run.ratio(centered=True)
        style.error_bars(
            right, [run.learning_rate], [ratio], fmt=marks[run.batch_size], color=color
        )
    reach = max(run.predicted[-1] for run in runs)
    left.plot([0, reach], [0, -reach], "--", color=style.INK, label="predicted")
    left.plot([], [], color=style.BLUE, label="batches of 1")
    left.plot([], [], color=style.ORANGE, label="larger batches")
    left.set(xlabel=r"$4T\int g\,dt$", ylabel=r"mean change of $\log|u^2-w^2|$")
    left.set_title("All settings fall on one line")
    left.legend()
    for size, mark in marks.items():
        right.plot([], [], mark, color=style.GRAY, label=f"S = {size}")
    right.axhline(1, color=style.INK, linestyle="--", linewidth=1)
    right.set(xlabel=r"learning rate $\eta$", ylabel=r"decay over $4T\int g\,dt$", xscale="log")
    right.set_title(r"The law is the limit $\eta \to 0$")
    right.legend()
    replicas = [run.paths.u.shape[1] for run in runs]
    style.note(
        figure,
        f"Means over {min(replicas)} to {max(replicas)} networks. Bars on the right: intervals of "
        "the decision.",
    )
    return figure


def weight_plane(run: PlaneRun) -> Figure:
    """Left: final weights under four dynamics. Right: median imbalance over time."""
    figure, (left, right) = style.panels(2, height=3.6)
    u = np.linspace(0.1, 5, 200)
    left.plot(u, run.minimum / u, color=style.GRAY, linewidth=1, label=r"minima, $uw = v^*$")
    for name, (label, color, mark) in reversed(NOISES.items()):
        paths = run.noisy[name]
        u, w = paths.u[-1, :SHOWN], paths.w[-1, :SHOWN]
        left.plot(u, w, mark, color=color, alpha=0.45, markersize=3)
        left.plot([], [], mark, color=color, label=label)
        median = np.median(np.abs(paths.imbalance), axis=1)
        right.semilogy(paths.times, median, "-" + mark, color=color, label=label)
    finest = run.descent[min(run.descent)]
    left.plot(finest.u[-1], finest.w[-1], "*", color=style.INK, markersize=11, label="no noise")
    left.plot(finest.u[0], finest.w[0], "x", color=style.INK, markersize=8, label="start")
    left.set(xlim=(-1, 5), ylim=(-1, 5), xlabel="u", ylabel="w", title="Where the weights end")
    left.set_aspect("equal")
    left.legend(loc="upper right", fontsize=8, handletextpad=0.3)
    times = run.noisy["SGD"].times
    start = run.noisy["SGD"].imbalance[0, 0]
    right.semilogy(
        times,
        start * np.exp(-4 * run.learning_rate * times),
        "--",
        color=style.INK,
        label=r"predicted, $e^{-4Tt}$",
    )
    right.axhline(start, color=style.GRAY, linestyle=":", label="no noise")
    right.set(xlabel="time t", ylabel=r"median of $|u^2-w^2|$", title="Only SGD noise balances")
    right.legend(fontsize=8)
    sizes = {name: run.noisy[name].u.shape[1] for name in NOISES}
    style.note(
        figure,
        "Networks: "
        + ", ".join(f"{sizes[name]} ({label})" for name, (label, *_) in NOISES.items())
        + f"; {SHOWN} of each on the left. Medians; no bars.",
    )
    return figure
