"""What small learning rates do in ten thousand steps, on one problem."""

from __future__ import annotations

from traindyn.heavy_tailed_esd.experiments.long_runs import LongRun, run_long
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer
from traindyn.heavy_tailed_esd.experiments.training_runs import Ensemble
from traindyn.runs import Context, study

TIMES = (10, 30, 100, 300, 1000, 2000, 4000, 7000, 10_000)
SOON = TIMES[:5]

RATE = 0.1
"""Of Adam; a tenth of it serves as its control."""


def size(context: Context) -> int:
    """Number d of inputs."""
    return context.choose(ci=100, laptop=100, paper=200)


def long_runs(context: Context) -> dict[str, LongRun]:
    """Runs of both optimizers by name."""
    inputs = size(context)
    settings = {
        "Adam, η = 0.1": (Optimizer("adam", RATE), TIMES),
        "Adam, η = 0.1, ε = 0.0001": (Optimizer("adam", RATE, epsilon=1e-4), TIMES[:7]),
        "Adam, η = 0.1, β₂ = 0.99": (Optimizer("adam", RATE, beta2=0.99), TIMES[:6]),
        "Adam, η = 0.01": (Optimizer("adam", 0.01), TIMES),
        "GD, η = d": (Optimizer("gd", 1.0 * inputs), SOON),
        "GD, η = 4d": (Optimizer("gd", 4.0 * inputs), SOON),
    }
    return {
        name: long_run(Ensemble(inputs, 2, optimizer, 1, context.seed), times)
        for name, (optimizer, times) in settings.items()
    }


@study(stream="long runs")
def long_run(drawn: Ensemble, times: tuple[int, ...]) -> LongRun:
    """One long run.

    Args:
        drawn: The problem, which has a seed of its own, and the optimizer.
        times: Steps at which the weights are looked at, the last of which ends the run.
    """
    return run_long(drawn.problem(0)[0], drawn.optimizer, times)
