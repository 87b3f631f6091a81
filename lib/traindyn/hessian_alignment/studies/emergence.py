"""Runs along which outliers emerge and sink, and the tops of their blocks."""

from __future__ import annotations

from dataclasses import dataclass, replace

from traindyn.hessian_alignment.experiments.blocks import MATRICES, Matrix
from traindyn.hessian_alignment.experiments.emergence import Followed, follow
from traindyn.hessian_alignment.experiments.runs import Setting
from traindyn.runs import Context, study

__all__ = ["MATRICES", "Matrix"]

EARLY, LATE = 2.0, 60.0
SHOWN = (0.5, 1.0, 2.0, 4.0, 8.0, 14.0, 20.0, 40.0, 60.0)
EMERGING = (0.0, 2.0, 4.0, 8.0, 16.0, 30.0)
TEST_SIZE = 8.0
"""Test samples per input."""

BLOCKS = 2
"""Blocks that are examined late, of as many first classes."""

START_BLOCKS = 4
"""The same early, where the last outlier is near the edge."""

TEN_BLOCKS = 6
"""The same for ten classes at the end, where one outlier more or less is the claim."""


@dataclass(frozen=True)
class Run:
    """What is followed.

    Args:
        name: Of its random numbers.
        setting: What is trained.
        times: Rising times.
        matrices: Which spectra are taken at each time.
        blocks: Of how many first classes.
        test_size: Test samples per input.
        from_zero: Whether to start at zero instead of random weights of norm one.
    """

    name: str
    setting: Setting
    times: tuple[float, ...]
    matrices: tuple[tuple[Matrix, ...], ...]
    blocks: tuple[int, ...]
    test_size: float = TEST_SIZE
    from_zero: bool = False


def dimension(context: Context) -> int:
    """Number of inputs d."""
    return context.choose(ci=200, laptop=240, paper=1000)


def main(context: Context) -> Run:
    """Four classes, early and late."""
    replicas = context.choose(ci=32, laptop=32, paper=64)
    matrices = (MATRICES, MATRICES)
    blocks = (START_BLOCKS, BLOCKS)
    return _four_classes(dimension(context), replicas, (EARLY, LATE), matrices, blocks)


def smaller(context: Context, divisor: int) -> Run:
    """The late Hessian in fewer dimensions, as often more."""
    replicas = divisor * context.choose(ci=32, laptop=32, paper=64)
    return _four_classes(
        dimension(context) // divisor, replicas, (LATE,), (("hessian",),), (BLOCKS,)
    )


def shown(context: Context) -> Run:
    """Four classes at the times of the figure."""
    count = len(SHOWN)
    return _four_classes(dimension(context), 3, SHOWN, (MATRICES,) * count, (BLOCKS,) * count)


def _four_classes(
    dimension: int,
    replicas: int,
    times: tuple[float, ...],
    matrices: tuple[tuple[Matrix, ...], ...],
    blocks: tuple[int, ...],
) -> Run:
    setting = Setting(20.0, decay=0.02, dimension=dimension, replicas=replicas)
    return Run(f"four classes {dimension} {times}", setting, times, matrices, blocks)


def ten_classes(
    context: Context,
    precision: float,
    test_size: float,
    times: tuple[float, ...],
    blocks: int = BLOCKS,
) -> Run:
    """Ten classes from zero; the threshold of the start depends on the test samples.

    Before the last time one block is examined: at zero weights all are equal.
    """
    replicas = context.choose(ci=44, laptop=44, paper=64)
    d = dimension(context)
    setting = Setting(precision, decay=0.02, dimension=d, classes=10, replicas=replicas)
    matrices: tuple[tuple[Matrix, ...], ...] = (("hessian",),) * len(times)
    some = (*[1] * (len(times) - 1), blocks)
    name = f"ten classes {precision}"
    return Run(name, setting, times, matrices, some, test_size, from_zero=True)


def ten_in_half(context: Context) -> Run:
    """Ten classes at the end in half the dimensions, with twice the replicas."""
    run = ten_classes(context, 4.0, 4.0, EMERGING[-1:], TEN_BLOCKS)
    d, replicas = dimension(context) // 2, 2 * run.setting.replicas
    setting = replace(run.setting, dimension=d, replicas=replicas)
    return replace(run, name="ten classes in half the dimensions", setting=setting)


def ten_at_start(context: Context) -> Run:
    """Ten classes at zero weights, where no step is needed and more replicas are cheap."""
    run = ten_classes(context, 4.0, 4.0, (0.0,), 1)
    setting = replace(run.setting, replicas=96)
    return replace(run, name="ten classes at the start", setting=setting)


@study(stream="HA-12")
def followed(context: Context, run: Run) -> Followed:
    """Weights and tops of blocks at all times of a run."""
    return follow(
        run.setting,
        run.times,
        run.test_size,
        context.torch_generator(run.name),
        matrices=run.matrices,
        blocks=run.blocks,
        from_zero=run.from_zero,
    )
