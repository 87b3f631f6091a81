"""What small learning rates do in thousands of steps, on many small problems at once."""

from __future__ import annotations

import torch

from traindyn.heavy_tailed_esd.experiments.long_runs import LongRun, run_long
from traindyn.heavy_tailed_esd.experiments.network import draw_problem
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer
from traindyn.heavy_tailed_esd.studies.first_steps import ASPECT
from traindyn.heavy_tailed_esd.theory.one_step import FirstStep
from traindyn.runs import Context, study

REPLICAS, PAIRED, STILL = 20, 36, 10
"""Problems, those on which waits are compared, and those of a run whose index hardly moves."""

LOAD = 2
"""Inputs per sample: few samples are fitted soon, so that the wait for a burst is seen."""

TIMES = (10, 30, 100, 300, 1000, 2000, 4000, 7000, 10_000)

RATE = 0.1
"""Of Adam; a tenth of it serves as its control."""

CALM = 2e-4
"""The larger ε."""

SLOW, FAST = 0.8, 3.2
"""Learning rates of gradient descent over the threshold of a spike."""


def size(context: Context) -> int:
    """Number d of inputs."""
    return context.choose(ci=64, laptop=64, paper=128)


def last(context: Context) -> int:
    """Number of steps of the longest runs."""
    return context.choose(ci=7000, laptop=7000, paper=10_000)


def long_runs(context: Context) -> dict[str, LongRun]:
    """Runs of both optimizers by name, on the same problems."""
    threshold = FirstStep(float(LOAD), ASPECT).gd_threshold * size(context)
    steps = last(context)
    settings = {
        "Adam, η = 0.1": (Optimizer("adam", RATE), steps, PAIRED),
        "Adam, η = 0.1, ε = 0.0002": (Optimizer("adam", RATE, epsilon=CALM), 2000, REPLICAS),
        "Adam, η = 0.1, β₂ = 0.99": (Optimizer("adam", RATE, beta2=0.99), 2000, PAIRED),
        "Adam, η = 0.01": (Optimizer("adam", RATE / 10), steps, STILL),
        "GD, 0.8 thresholds": (Optimizer("gd", SLOW * threshold), 1000, REPLICAS),
        "GD, 3.2 thresholds": (Optimizer("gd", FAST * threshold), 1000, REPLICAS),
    }
    return {
        name: long_run(
            context,
            size(context),
            optimizer,
            tuple(t for t in TIMES if t <= until),
            replicas,
        )
        for name, (optimizer, until, replicas) in settings.items()
    }


@study(stream="long runs")
def long_run(
    context: Context, inputs: int, optimizer: Optimizer, times: tuple[int, ...], replicas: int
) -> LongRun:
    """Runs of one optimizer on drawn problems, in float32 as in the authors' public code.

    Args:
        context: Scale and seed of the run.
        inputs: Number d of inputs.
        optimizer: The optimizer.
        times: Steps at which the weights are looked at, the last of which ends the run.
        replicas: Number of problems.
    """
    generator = context.torch_generator("problems")
    samples, hidden = inputs // LOAD, round(ASPECT * inputs)
    problems = [
        draw_problem(inputs, samples, hidden, generator, dtype=torch.float32)
        for _ in range(replicas)
    ]
    return run_long(problems, optimizer, times)
