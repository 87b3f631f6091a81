"""Figures of ridge heads: losses over learning rates, alignment, sweeps and schedules."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from traindyn import style
from traindyn.heavy_tailed_esd.results.heads import HeadCurve, HeadsRun, ScheduleRun, SweepRun
from traindyn.tails import hill_null

MODEL, PUBLIC = 0, 1
NAMES = ("features of the model", "features of the public code")
LOOK = {"fixed": (style.ORANGE, "s"), "tuned": (style.BLUE, "o")}
OPTIMIZERS = {"Adam": (style.BLUE, "o"), "gradient descent": (style.ORANGE, "s")}

BARS = "Bars: the intervals of a decision. Lines join predictions at these rates."


def _line(axes: Axes, height: float, linestyle: str, label: str) -> None:
    axes.axhline(height, color=style.GRAY, linestyle=linestyle, linewidth=1.2, label=label)


def _setting(run: HeadsRun, key: tuple[int, str] = (PUBLIC, "fixed")) -> str:
    """Sizes of a run and number of its problems."""
    counts = {e.n for curve in (run.start, *run.curves.values()) for e in curve.measured[key]}
    problems = f"{min(counts)} to {max(counts)}" if len(counts) > 1 else f"{max(counts)}"
    return f"d = {run.inputs}, n = {run.ratio:g}d, {problems} problems"


def head_losses(run: HeadsRun) -> Figure:
    """Test loss over Adam's learning rate in both scalings, under fixed and tuned penalties."""
    figure, panels = style.panels(2, height=3.6)
    adam = run.curves["Adam"]
    for axes, scaling in zip(panels, (PUBLIC, MODEL), strict=True):
        for kind, (color, mark) in LOOK.items():
            key = (scaling, kind)
            rates = np.concatenate([adam.rates[:1] / 4, adam.rates])
            found = [*run.start.measured[key], *adam.measured[key]]
            expected = np.concatenate([run.start.predicted[key], adam.predicted[key]])
            style.error_bars(axes, rates, found, fmt=mark, color=color)
            axes.plot(rates[1:], expected[1:], color=color, label=f"{kind} penalty")
            axes.plot(rates[:2], expected[:2], color=color, linestyle=":")
        _line(axes, run.linear[0], "--", "linear ridge, sample of the head")
        _line(axes, run.linear[1], "-.", "linear ridge, both samples")
        _line(axes, run.floor, "-", "floor of odd functions")
        axes.set(xscale="log", ylim=(0.74, 1.09), xlabel="learning rate of Adam")
        axes.set_ylabel("test loss")
        axes.set_title(NAMES[scaling])
        ticks = [rates[0], rates[1], 1, 10, 100]
        axes.set_xticks(ticks, ["start", f"{rates[1]:.2g}", "1", "10", "100"])
        axes.minorticks_off()
    handles, labels = panels[0].get_legend_handles_labels()
    panels[1].legend(handles[:2], labels[:2], loc="upper left")
    panels[0].legend(handles[2:], labels[2:], loc="upper left", fontsize=8)
    style.note(
        figure,
        f"{_setting(run)}. {BARS}",
    )
    return figure


def head_alignments(run: HeadsRun) -> Figure:
    """Hill's index and kernel alignment over Adam's learning rate, from the start on."""
    figure, (left, right) = style.panels(2)
    adam = run.curves["Adam"]
    rates = np.concatenate([adam.rates[:1] / 4, adam.rates])
    left.plot(rates, [*run.start.hill, *adam.hill], "o-", color=style.BLUE, label="after ten steps")
    _line(left, hill_null(1.5), ":", "random matrix")
    for scaling, color, mark in ((PUBLIC, style.ORANGE, "s-"), (MODEL, style.BLUE, "o-")):
        values = [*run.start.alignment[scaling], *adam.alignment[scaling]]
        right.plot(rates, values, mark, color=color, label=NAMES[scaling])
    left.set_ylabel("Hill's index")
    right.set(ylabel="kernel alignment")
    right.margins(y=0.25)
    for axes in (left, right):
        axes.set(xscale="log", xlabel="learning rate of Adam")
        ticks = [rates[0], rates[1], 1, 10, 100]
        axes.set_xticks(ticks, ["start", f"{rates[1]:.2g}", "1", "10", "100"])
        axes.minorticks_off()
        axes.legend()
    style.note(figure, f"Means, no bars; {_setting(run)}.")
    return figure


def one_step_losses(run: HeadsRun) -> Figure:
    """Loss and kernel alignment after one step, over the learning rates of both optimizers."""
    figure, (left, right) = style.panels(2)
    for name, (color, mark) in OPTIMIZERS.items():
        curve: HeadCurve = run.curves[name]
        rates = curve.rates * (1 if name == "Adam" else run.inputs)
        key = (PUBLIC, "fixed")
        style.error_bars(left, rates, curve.measured[key], fmt=mark, color=color)
        left.plot(rates, curve.predicted[key], color=color, label=name)
        right.plot(rates, curve.alignment[PUBLIC], mark + "-", color=color, label=name)
    _line(left, run.start.measured[PUBLIC, "fixed"][0].value, ":", "start")
    _line(right, float(run.start.alignment[PUBLIC][0]), ":", "start")
    left.set(xscale="log", xlabel="learning rate", ylabel="test loss", title="One step")
    right.set(xscale="log", xlabel="learning rate", ylabel="kernel alignment")
    left.set_ylim(0.9, 1.5)
    left.legend(loc="upper left")
    right.legend(loc="upper left")
    right.set_ylim(top=1.35 * max(run.curves[n].alignment[PUBLIC].max() for n in OPTIMIZERS))
    style.note(
        figure,
        f"{_setting(run)}. {BARS}",
    )
    return figure


def sweeps(sweep: SweepRun, schedule: ScheduleRun) -> Figure:
    """Loss over label noise and penalty, and what schedules make of the spectrum."""
    figure, (left, middle, right) = style.panels(3, height=3.0)
    noises = np.array(list(sweep.by_noise))
    for i, (name, color, mark) in enumerate(
        (("start", style.GRAY, "s"), ("trained", style.BLUE, "o"))
    ):
        style.error_bars(
            left, noises, [pair[i] for pair in sweep.by_noise.values()], fmt=mark, color=color
        )
        means = [pair[i].value for pair in sweep.by_noise.values()]
        left.plot(noises, means, color=color, label=name)
        middle.plot(sweep.penalties, sweep.by_penalty[i], color=color, label=name)
    left.plot(noises, sweep.floors, color=style.INK, linestyle=":", label="floor")
    left.set(xlabel="label noise", ylabel="test loss", ylim=(0.6, 1.45))
    left.legend(loc="upper left")
    middle.axhline(sweep.floors[1], color=style.INK, linestyle=":", label="floor")
    middle.set(xscale="log", xlabel=r"penalty $\lambda d$", ylabel="test loss", ylim=(0.74, 1.09))
    middle.legend(loc="upper left", fontsize=8)
    fall = schedule.null - np.array([e.value for e in schedule.hill])
    overlap = np.array([e.value for e in schedule.overlap])
    right.plot(schedule.decays, fall, "o-", color=style.BLUE, label="index below its null")
    right.plot(
        schedule.decays, overlap, "s--", color=style.ORANGE, label="overlap with the teacher"
    )
    right.set(xlabel="decay of the rate per step", ylabel="index or overlap", ylim=(0, 0.9))
    right.legend(loc="upper left", fontsize=8)
    style.note(
        figure,
        f"Means over {sweep.by_noise[noises[1]][0].n} problems (left and middle, bars: the "
        f"intervals of a decision) and {schedule.hill[-1].n} (right).",
    )
    return figure
