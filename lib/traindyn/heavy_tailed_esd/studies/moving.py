"""The data of the moving figure: ten steps, on true and on shuffled labels, at several rates."""

from __future__ import annotations

from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer, OptimizerName
from traindyn.heavy_tailed_esd.experiments.stepwise import stepwise
from traindyn.heavy_tailed_esd.experiments.training_runs import Ensemble
from traindyn.heavy_tailed_esd.results.moving import StepwiseRun
from traindyn.runs import Context, Scale, resolve_scale, resolve_seed, study

SAMPLES_PER_INPUT, PROBLEMS, STEPS = 8, 8, 10

RATES: dict[OptimizerName, tuple[float, ...]] = {"adam": (1.0, 0.3, 0.1), "gd": (7.5, 5.0, 2.5)}
"""Learning rates, the large one first; of gradient descent in units of d."""


def inputs(context: Context) -> int:
    """Number d of inputs."""
    return context.choose(ci=120, laptop=160, paper=400)


def stepwise_runs(scale: Scale | None = None, seed: int | None = None) -> list[StepwiseRun]:
    """What the moving figure shows: by optimizer and learning rate.

    Args:
        scale: Default: that of the run.
        seed: Default: that of the run.
    """
    context = Context(resolve_scale(scale), resolve_seed(seed), "moving figure")
    return [stepwise_run(context, name, rate) for name in RATES for rate in RATES[name]]


@study(stream="moving figure")
def stepwise_run(context: Context, name: OptimizerName, rate: float) -> StepwiseRun:
    """Ten steps on the same problems with labels of the teacher and with shuffled ones.

    Args:
        context: Scale and seed.
        name: Optimizer.
        rate: Learning rate, of gradient descent in units of d.
    """
    size = inputs(context)
    optimizer = Optimizer(name, rate * (size if name == "gd" else 1))
    drawn = [
        Ensemble(size, SAMPLES_PER_INPUT, optimizer, PROBLEMS, context.seed, STEPS, labels)
        for labels in ("teacher", "shuffled")
    ]
    (teacher, teacher_cosine), (shuffled, shuffled_cosine) = map(stepwise, drawn)
    return StepwiseRun(
        name,
        rate,
        SAMPLES_PER_INPUT,
        drawn[0].hidden,
        teacher,
        shuffled,
        teacher_cosine,
        shuffled_cosine,
    )
