"""Problems under many treatments of the first layer: spectra, ridge heads, kernel alignments.

What is stored belongs to a block of problems, so that settings that differ in their number share
what they have in common.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import TypeVar

import numpy as np

from traindyn.heavy_tailed_esd.experiments import treatments
from traindyn.heavy_tailed_esd.experiments.network import Weights
from traindyn.heavy_tailed_esd.experiments.one_step import direction, first_gradient
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer, OptimizerName
from traindyn.heavy_tailed_esd.experiments.spectra import gram, spectrum, top_direction
from traindyn.heavy_tailed_esd.experiments.treatments import Setting, Treatment
from traindyn.heavy_tailed_esd.results.heads import Heads, Layers
from traindyn.runs import Context, study
from traindyn.tails import hill

BLOCK = 8
"""Problems that are stored together."""

START = Treatment()

SPIKE = 0.75
"""Learning rate of Adam times √h that makes a spike within ten steps and leaves the bulk alone: a
third of the threshold of a single step. It is 0.03 at the 600 units of d = 400."""

Array = np.ndarray


def problems(context: Context, ratio: float, noise: float = 0.3, number: int = 32) -> Setting:
    """Problems of this scale; the same ones for every claim that asks."""
    shared = context.of("heads").numpy_generator("problems")
    inputs = context.choose(ci=100, laptop=100, paper=400)
    return Setting(inputs, ratio, number, int(shared.integers(2**40)), noise)


def plenty(context: Context) -> Setting:
    """Problems with n = 2d, where gain and harm nearly cancel: enough to see the sign of the rest.

    A change of the loss scatters by 0.025 from problem to problem at d = 100, by 1/d.
    """
    return problems(context, 2.0, number=context.choose(ci=240, laptop=240, paper=48))


def by_ratio(context: Context) -> dict[float, Setting]:
    """Problems with few samples and with many, by n/d."""
    numbers = {0.5: 64, 1.0: 80, 1.5: 80, 4.0: 72, 8.0: 32}
    return {ratio: problems(context, ratio, number=number) for ratio, number in numbers.items()}


def by_noise(context: Context) -> dict[float, Setting]:
    """Problems with n = 8d by label noise."""
    return {noise: problems(context, 8.0, noise, 48) for noise in (0.1, 0.3, 0.5, 0.7)}


def wide(context: Context) -> Setting:
    """Problems with n = 8d: enough to see what the fastest decays change in the index."""
    return problems(context, 8.0, number=context.choose(ci=192, laptop=192, paper=32))


def one_step_problems(context: Context) -> tuple[tuple[Setting, Setting], ...]:
    """Problems for steps of one size at n = 2d and at n = 8d, few and enough for alignments."""
    few, many = problems(context, 2.0, number=128), problems(context, 8.0)
    return (
        (few, replace(few, problems=context.choose(ci=384, laptop=384, paper=96))),
        (many, replace(many, problems=64)),
    )


def adam(rate: float, steps: int = 10, *, shuffled: bool = False, decay: float = 1.0) -> Treatment:
    """Ten steps of Adam, by default."""
    return Treatment(Optimizer("adam", rate, decay), steps, shuffled)


def gd(setting: Setting, rate: float, steps: int = 10) -> Treatment:
    """Gradient descent; the learning rate in units of d."""
    return Treatment(Optimizer("gd", rate * setting.inputs), steps)


def sized_step(name: OptimizerName, strength: float, *, shuffled: bool = False) -> Treatment:
    """One step, rescaled to the spectral norm t√d."""
    return Treatment(Optimizer(name, 1.0), 1, shuffled, strength)


def spike_rate(setting: Setting) -> float:
    """The learning rate of Adam with a spike and an untouched bulk."""
    return SPIKE / float(setting.hidden) ** 0.5


def heads(setting: Setting, treatment: Treatment) -> Heads:
    """What ridge heads make of a treatment."""
    return _joined([heads_of(block, treatment) for block in blocks(setting)])


def layers(setting: Setting, treatment: Treatment) -> Layers:
    """What a treatment leaves in the first layer."""
    return _joined([layers_of(block, treatment) for block in blocks(setting)])


def alignments(setting: Setting, treatment: Treatment) -> Array:
    """Kernel alignment of the features of the public code, per problem."""
    return np.concatenate([alignments_of(block, treatment) for block in blocks(setting)])


def losses_with_offsets(setting: Setting) -> Array:
    """Best test loss of random features that are not odd, per problem."""
    return np.concatenate([offsets_of(block) for block in blocks(setting)])


def step_decades(setting: Setting) -> Array:
    """Decades between rates of gradient descent and Adam for first steps of one size."""
    return np.concatenate([decades_of(block) for block in blocks(setting)])


def sign_indices(setting: Setting) -> Array:
    """Hill's index of the sign matrix of the first gradient, per problem."""
    return np.concatenate([signs_of(block) for block in blocks(setting)])


def blocks(setting: Setting) -> Iterator[Setting]:
    """The problems of a setting in blocks; the last one may be smaller."""
    for first in range(0, setting.problems, BLOCK):
        number = min(BLOCK, setting.problems - first)
        yield replace(setting, problems=number, seed=setting.seed + first)


Rows = TypeVar("Rows", Heads, Layers)


def _joined(parts: list[Rows]) -> Rows:
    """All rows of results, field by field."""
    kind = type(parts[0])
    columns = (
        np.concatenate([getattr(block, field.name) for block in parts]) for field in fields(kind)
    )
    return kind(*columns)


@study(stream="heads")
def heads_of(block: Setting, treatment: Treatment) -> Heads:
    """Treat every problem of a block, fit heads for all penalties, test them."""
    return treatments.heads(block, treatment)


@study(stream="heads")
def layers_of(block: Setting, treatment: Treatment) -> Layers:
    """Treat every problem of a block and look at the spectrum."""
    return treatments.layers(block, treatment)


@study(stream="heads")
def alignments_of(block: Setting, treatment: Treatment) -> Array:
    """Treat every problem of a block and align its kernel with the labels."""
    return treatments.alignments(block, treatment)


@study(stream="heads")
def offsets_of(block: Setting) -> Array:
    """Heads on random features with biases, for every problem of a block."""
    return treatments.losses_with_offsets(block)


@study(stream="heads")
def decades_of(block: Setting) -> Array:
    """Decades between the spectral norms of the first steps of Adam and of gradient descent."""

    def decades(gradient: Weights) -> float:
        names: tuple[OptimizerName, ...] = ("adam", "gd")
        sizes = [top_direction(gram(direction(gradient, name)))[0] for name in names]
        return math.log10(sizes[0] / sizes[1]) / 2

    return _per_gradient(block, decades)


@study(stream="heads")
def signs_of(block: Setting) -> Array:
    """Hill's index of the sign matrix of the first gradient."""

    def index(gradient: Weights) -> float:
        return hill(spectrum(direction(gradient, "adam")).eigenvalues)

    return _per_gradient(block, index)


def _per_gradient(block: Setting, of_one: Callable[[Weights], float]) -> Array:
    gradients = (first_gradient(block.draw(index)[0]) for index in range(block.problems))
    return np.array([of_one(gradient) for gradient in gradients])
