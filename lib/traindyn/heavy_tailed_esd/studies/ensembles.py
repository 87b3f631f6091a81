"""Runs of several steps on the problems of a seed, the same ones for every claim and setting."""

from __future__ import annotations

import math

import numpy as np
import torch

from traindyn.heavy_tailed_esd.experiments.data import Sample
from traindyn.heavy_tailed_esd.experiments.mechanisms import UpdateKind
from traindyn.heavy_tailed_esd.experiments.network import Problem
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer, trained
from traindyn.heavy_tailed_esd.experiments.spectra import spectrum
from traindyn.heavy_tailed_esd.experiments.training_runs import (
    WIDTH_RATIO,
    Ensemble,
    EnsembleRun,
    Labels,
    run_ensemble,
)
from traindyn.heavy_tailed_esd.results.tails import RepeatedRuns
from traindyn.runs import Context, study
from traindyn.tails import hill

REPLICAS = 24


def inputs(context: Context) -> int:
    """Number d of inputs."""
    return context.choose(ci=160, laptop=200, paper=1000)


def shape(context: Context) -> tuple[int, int]:
    """Numbers h of hidden units and d of inputs."""
    return round(WIDTH_RATIO * inputs(context)), inputs(context)


def edge(context: Context) -> float:
    """Upper edge of the eigenvalues at the start, (√h + √d)²."""
    size = inputs(context)
    return float((np.sqrt(WIDTH_RATIO * size) + np.sqrt(size)) ** 2)


def adam(rate: float, *, normalize: bool = False) -> Optimizer:
    """Adam; with ``normalize`` the weights are rescaled before every step."""
    return Optimizer("adam", rate, normalize=normalize)


LARGE_ADAM = adam(1.0)

PURE_ADAM = Optimizer("adam", 1.0, epsilon=0.0)
"""Without ε, which keeps the updates of a linear student from being of rank one to the last bit."""


def small_adam(context: Context, *, normalize: bool = False) -> Optimizer:
    """Adam a little above half its threshold for a spike in one step, 1.88/√h."""
    return adam(0.95 / math.sqrt(inputs(context)), normalize=normalize)


def moderate_adam(context: Context) -> Optimizer:
    """Adam with half again the rate of a first spike."""
    return adam(2.5 / math.sqrt(inputs(context)))


def descent(context: Context, rate: float) -> Optimizer:
    """Gradient descent with the learning rate in units of d."""
    return Optimizer("gd", rate * inputs(context))


def ensemble(
    context: Context,
    optimizer: Optimizer,
    *,
    samples_per_input: int = 2,
    steps: int = 10,
    labels: Labels = "teacher",
    update: UpdateKind = "full",
    linear: bool = False,
    replicas: int = REPLICAS,
) -> EnsembleRun:
    """Runs on the problems of this seed."""
    return ensemble_run(
        Ensemble(
            inputs(context),
            samples_per_input,
            optimizer,
            replicas,
            context.seed,
            steps,
            labels,
            update,
            linear,
            double=linear,
        )
    )


@study(stream="ensembles")
def ensemble_run(drawn: Ensemble) -> EnsembleRun:
    """Train on every problem of an ensemble, which has seeds of its own."""
    return run_ensemble(drawn)


REPEATED = 40
REPEATED_INPUTS = 60
"""Of the problems that are trained several times over."""


@study(stream="HT-16")
def repeated_runs(context: Context) -> RepeatedRuns:
    """Ten large steps on drawn problems: twice, with rows in another order, with other rows."""
    drawn = Ensemble(REPEATED_INPUTS, 2, LARGE_ADAM, REPEATED, context.seed, double=True)
    rows = [_repeated(*drawn.problem(replica)) for replica in range(REPEATED)]
    return RepeatedRuns(*(np.array(column) for column in zip(*rows, strict=True)))


def _repeated(problem: Problem, generator: torch.Generator) -> tuple[float, ...]:
    """The fields of :class:`RepeatedRuns` for one problem."""
    sample = problem.sample
    order = torch.randperm(len(sample.labels), generator=generator)
    rows = torch.randint(len(sample.labels), (len(sample.labels),), generator=generator)

    def after(seen: Sample) -> torch.Tensor:
        return trained(problem.student, problem.weights, seen, LARGE_ADAM, 10)

    def index(weights: torch.Tensor) -> float:
        return hill(spectrum(weights).eigenvalues)

    first, again = after(sample), after(sample)
    mixed = after(Sample(sample.inputs[order], sample.labels[order]))
    other = after(Sample(sample.inputs[rows], sample.labels[rows]))
    return (
        float((first != again).sum()),
        float((first != mixed).sum()),
        index(problem.weights),
        index(first),
        index(mixed),
        index(other),
    )
