"""Runs that several claims share, and estimates over replicas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
import torch

from traindyn.hessian_alignment.experiments.blocks import BlockSpectra, Matrix, block_spectra
from traindyn.hessian_alignment.experiments.runs import Setting, Trajectory, simulate
from traindyn.inference import Estimate, estimate_mean
from traindyn.runs import Context

TEST_SIZE = 8
"""Test samples per input, 1/γ."""

ASPECT = 1 / TEST_SIZE
HORIZON = (0.0, 30.0, 40.0, 50.0)
"""Times of the shared runs: e^(-2βt) of the start is left, 0.25 % at the first for β = 0.1."""

Array = np.ndarray


def dimension(context: Context) -> int:
    """Number of inputs of the shared runs."""
    return context.choose(ci=200, laptop=250, paper=800)


def base(context: Context, precision: float = 100.0) -> Setting:
    """Four classes with orthonormal means, strongly regularized so that starts are forgotten."""
    return Setting(precision, decay=0.1, dimension=dimension(context))


def trained(context: Context, setting: Setting, times: tuple[float, ...] = HORIZON) -> Trajectory:
    """A run that all claims of the chapter share: its stream is that of HA-1."""
    return _trained(context.of("HA-1"), setting, times)


@cache
def _trained(context: Context, setting: Setting, times: tuple[float, ...]) -> Trajectory:
    return simulate(setting, times, context.torch_generator(f"{setting} {times}"))


def spectra(
    context: Context,
    setting: Setting,
    matrix: Matrix,
    times: tuple[float, ...] = HORIZON,
    *,
    index: int = -1,
    test_size: float = TEST_SIZE,
) -> BlockSpectra:
    """Spectra of the blocks of a shared run, at one of its times."""
    shared = context.of("HA-1")
    return _spectra(shared, setting, matrix, times, index % len(times), test_size)


@cache
def _spectra(
    context: Context,
    setting: Setting,
    matrix: Matrix,
    times: tuple[float, ...],
    index: int,
    test_size: float,
) -> BlockSpectra:
    run = _trained(context, setting, times)
    generator = samples_generator(context, setting, times, index, test_size)
    found = block_spectra(
        run.weights[index],
        run.mixture,
        round(test_size * setting.dimension),
        generator,
        decay=setting.decay,
        matrices=(matrix,),
    )
    return found[matrix]


def samples_generator(
    context: Context,
    setting: Setting,
    times: tuple[float, ...] = HORIZON,
    index: int = -1,
    test_size: float = TEST_SIZE,
) -> torch.Generator:
    """Source of the test samples of :func:`spectra`: drawn again, they are the same."""
    shared = context.of("HA-1")
    return shared.torch_generator(f"test {setting} {times} {index % len(times)} {test_size}")


def overlaps(
    context: Context,
    setting: Setting,
    matrix: Matrix,
    times: tuple[float, ...] = HORIZON,
    *,
    index: int = -1,
    test_size: float = TEST_SIZE,
) -> Array:
    """Overlap of the weights of every class with the top eigenspace of their block."""
    found = spectra(context, setting, matrix, times, index=index, test_size=test_size)
    return found.overlaps(trained(context, setting, times).weights[index])


def replica_mean(values: Array) -> Estimate:
    """Mean over replicas, the first axis, of the means over whatever follows."""
    return estimate_mean(values.reshape(len(values), -1).mean(axis=1))


def log_slope(abscissas: Sequence[float], estimates: Sequence[Estimate]) -> Estimate:
    """Slope of log estimate over log abscissa by least squares, with propagated errors."""
    u = np.log(np.asarray(abscissas, dtype=float))
    coefficients = (u - u.mean()) / ((u - u.mean()) ** 2).sum()
    value = math.fsum(c * math.log(e.value) for c, e in zip(coefficients, estimates, strict=True))
    error = math.hypot(
        *(c * e.stderr / e.value for c, e in zip(coefficients, estimates, strict=True))
    )
    degrees = min(e.degrees_of_freedom for e in estimates)
    return Estimate(value, error, sum(e.n for e in estimates), degrees_of_freedom=degrees)
