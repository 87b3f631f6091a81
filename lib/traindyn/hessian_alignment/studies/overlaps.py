"""Runs of SGD of three classes from one start, through the overlaps of weights and means."""

from __future__ import annotations

from traindyn.hessian_alignment.experiments.mixtures import Noise
from traindyn.hessian_alignment.experiments.overlaps import Overlaps, record_overlaps
from traindyn.runs import Context, study

__all__ = ["Overlaps"]

CLASSES, PRECISION, DECAY = 3, 5.0, 0.05
TIMES = tuple(float(t) for t in range(21))


def replicas(context: Context) -> dict[int, int]:
    """Number of runs for every dimension d, rising."""
    return context.choose(
        ci={50: 384, 200: 160, 800: 48},
        laptop={50: 512, 200: 192, 800: 64, 1600: 32},
        paper={50: 1024, 400: 256, 3200: 64},
    )


def signs_size(context: Context) -> tuple[int, int]:
    """Dimension and number of the runs whose noise is ±1."""
    return context.choose(ci=(240, 48), laptop=(400, 64), paper=(1600, 64))


@study(stream="HA-13")
def recorded(
    context: Context,
    dimension: int,
    step_constant: float,
    replicas: int,
    precision: float = PRECISION,
    noise: Noise = "gaussian",
) -> Overlaps:
    """Overlaps along SGD of three classes from one start."""
    generator = context.torch_generator(f"{dimension} {step_constant} {precision} {noise}")
    return record_overlaps(
        CLASSES, dimension, precision, DECAY, step_constant, TIMES, replicas, generator, noise
    )
