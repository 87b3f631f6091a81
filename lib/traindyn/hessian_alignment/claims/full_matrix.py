"""Claims HA-9 to HA-11: the whole matrix, its zero modes, and the samples it is made of."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from jaxtyping import Float
from torch import Tensor

from traindyn.hessian_alignment.claims.common import (
    HORIZON,
    TEST_SIZE,
    base,
    replica_mean,
    trained,
)
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.experiments.blocks import BlockSpectra, block_spectra, spectra_on
from traindyn.hessian_alignment.experiments.blocks import Matrix as BlockMatrix
from traindyn.hessian_alignment.experiments.full_matrix import (
    FullSpectra,
    captured,
    full_spectra,
)
from traindyn.hessian_alignment.experiments.mixtures import (
    Mixture,
    orthonormal_means,
    random_start,
    train,
)
from traindyn.hessian_alignment.experiments.other_training import (
    Recorder,
)
from traindyn.hessian_alignment.experiments.runs import Setting
from traindyn.hessian_alignment.results.full_matrix import FullRun
from traindyn.hessian_alignment.theory.separated_classes import (
    Matrix,
    amplitude,
    confidence,
    tier_eigenvalues,
)
from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context

Weights = Float[Tensor, "replicas k d"]
Spectra = dict[BlockMatrix, BlockSpectra]
TIMES = (0.0, 60.0)
FULL_TEST_SIZE = 30
ROUNDING = 1e-10


def whole_setting(context: Context, precision: float = 100.0) -> Setting:
    """Four classes in few dimensions, so that the whole matrix can be formed."""
    return Setting(precision, decay=0.05, dimension=context.choose(ci=100, laptop=120, paper=200))


def full(
    context: Context, setting: Setting, times: tuple[float, ...] = TIMES, index: int = -1
) -> FullSpectra:
    """Spectra of the whole matrices of a shared run, at one of its times."""
    return _full(context.of("HA-1"), setting, times, index % len(times))


@cache
def _full(context: Context, setting: Setting, times: tuple[float, ...], index: int) -> FullSpectra:
    run = trained(context, setting, times)
    generator = context.torch_generator(f"full {setting} {times} {index}")
    samples = FULL_TEST_SIZE * setting.dimension
    return full_spectra(run.weights[index], run.mixture, samples, generator)


def _ratio(values: np.ndarray, place: int) -> Estimate:
    """The eigenvalue at a place, counted from 1, over the next."""
    return replica_mean(values[:, place - 1] / values[:, place])


def _zero_modes(values: np.ndarray, expected: int) -> Estimate:
    """Largest deviation of the number of zero eigenvalues from the expected one."""
    return Estimate(float(np.abs((np.abs(values) < ROUNDING).sum(axis=1) - expected).max()))


@registry.claim(
    9,
    source="the paper's count as we recall it is at most k²; the exact one is derived here",
    basis="derived",
    statement=(
        "The whole Hessian has k(k − 1) outliers, in two tiers of k and k(k − 2) after training, "
        "and d zero modes; the gradient matrix has k outliers."
    ),
)
def counts(context: Context) -> tuple[FullRun, list[Part]]:
    """HA-9."""
    setting = whole_setting(context)
    k, d = setting.classes, setting.dimension
    start, end = full(context, setting, index=0), full(context, setting)
    below = full(context, replace(setting, precision=1.0))
    many = k * (k - 1)
    why = "five: the gap to the bulk is of order λ/k²"
    parts = [
        *(
            Part(
                f"Hessian {when}: eigenvalue {many} over {many + 1}",
                10.0,
                _ratio(spectra.hessian, many),
                Test("threshold", 5.0, why, "above"),
                [
                    Control("λ = 1", _ratio(below.hessian, many)),
                    Control("gradient matrix", _ratio(spectra.gradient, many)),
                ],
            )
            for when, spectra in (("at the start", start), ("at t = 60", end))
        ),
        Part(
            "Hessian at the start: eigenvalue 4 over 5, one tier",
            1.0,
            _ratio(start.hessian, k),
            Test(
                "equality", 1 / d**0.5, "eigenvalues of one tier scatter by 1/√d, over 12", "both"
            ),
            [Control("at t = 60", _ratio(end.hessian, k))],
        ),
        Part(
            "Hessian at t = 60: eigenvalue 4 over 5, two tiers",
            k * confidence(amplitude(k, setting.decay, TIMES[-1]), k),
            _ratio(end.hessian, k),
            Test("threshold", 0.8, "two: tiers do not mix; each is some percent wide", "above"),
            [Control("at the start", _ratio(start.hessian, k))],
        ),
        Part(
            "Number of zero eigenvalues of the Hessian: largest deviation from d in any run",
            0.0,
            _zero_modes(np.concatenate([start.hessian, end.hessian]), d),
            Test("exact", 0.5, "a count"),
            [Control("blocks on the diagonal alone", _zero_modes(end.diagonal, d))],
        ),
        *(
            Part(
                f"Gradient matrix {when}: eigenvalue 4 over 5",
                10.0,
                _ratio(spectra.gradient, k),
                Test("threshold", 5.0, why, "above"),
                [Control("Hessian", _ratio(spectra.hessian, k))],
            )
            for when, spectra in (("at the start", start), ("at t = 60", end))
        ),
    ]
    return FullRun(
        k, d, start.hessian[0], end.hessian[0], start.gradient[0], end.gradient[0]
    ), parts


@registry.claim(
    10,
    source="derived here",
    basis="derived",
    statement=(
        "With a regularizer all weights together lie in the span of the top k eigenvectors of the "
        "whole matrices, and their sum over classes decays without noise."
    ),
)
def trajectory(context: Context) -> tuple[None, list[Part]]:
    """HA-10."""
    setting = whole_setting(context)
    free = replace(setting, decay=0.0)
    k = setting.classes

    def inside(case: Setting, matrix: Matrix, index: int = -1) -> Estimate:
        spectra = full(context, case, index=index)
        vectors = spectra.hessian_vectors if matrix == "hessian" else spectra.gradient_vectors
        x = trained(context, case, TIMES).weights[index]
        columns = x.reshape(len(x), -1, 1).numpy()
        return replica_mean(captured(columns, vectors[..., :k]) ** 0.5)

    def gauge(case: Setting) -> Estimate:
        """Largest deviation of the sum over classes from its law."""
        run = trained(context, case, TIMES)
        factor = (1 - setting.learning_rate * setting.decay) ** round(
            TIMES[-1] / setting.learning_rate
        )
        sums = run.weights.sum(dim=2)
        return Estimate(float((sums[-1] - factor * sums[0]).abs().max()))

    strong = whole_setting(context, 1000.0)
    tiers = tier_eigenvalues(confidence(amplitude(k, strong.decay, TIMES[-1]), k), k)
    values = full(context, strong).hessian
    cuts = {"upper": slice(0, k), "lower": slice(k, k * (k - 1))}
    names = {"hessian": "Hessian", "gradient": "gradient matrix"}
    matrices: tuple[Matrix, ...] = ("hessian", "gradient")
    parts = [
        *(
            Part(
                f"Overlap of all weights with four eigenvectors of the {names[matrix]}, λ = 100",
                1.0,
                inside(setting, matrix),
                Test("threshold", 1 / setting.precision, "the size 1/λ", "above"),
                [
                    Control("no regularizer", inside(free, matrix)),
                    Control("at the start", inside(setting, matrix, 0)),
                ],
            )
            for matrix in matrices
        ),
        Part(
            "Sum of the weights over classes: largest deviation from (1 − δβ)ⁿ times its start",
            0.0,
            gauge(setting),
            Test("exact", ROUNDING, "rounding, of 10^-16 for each of thousands of steps"),
            [Control("no regularizer", gauge(free))],
        ),
        *(
            Part(
                f"Mean eigenvalue of the {name} tier over its law, λ = 1000, t = 60",
                1.0,
                replica_mean(values[:, cuts[name]]).scaled(1 / tier),
                Test("equality", 0.05, "next order in k²/λ = 0.016, twice, and the test samples"),
                [Control("the other tier", replica_mean(values[:, cuts[other]]).scaled(1 / tier))],
            )
            for name, other, tier in zip(cuts, reversed(cuts), tiers, strict=True)
        ),
    ]
    return None, parts


@registry.claim(
    11,
    source="section 8 of version 2, as far as its title goes",
    basis="stated",
    statement=(
        "Hessian and gradient matrix of the training samples show the same alignment as those of "
        "test samples, as long as every sample is used once."
    ),
)
def training_samples(context: Context) -> tuple[None, list[Part]]:
    """HA-11."""
    setting = replace(base(context), replicas=16)
    run = trained(context, setting)
    d, replicas = setting.dimension, setting.replicas
    generator = context.torch_generator("samples")
    start = random_start(replicas, setting.classes, d, generator)
    steps = round(HORIZON[-1] / setting.learning_rate)
    recorder = Recorder(run.mixture.stream(replicas, steps, generator), TEST_SIZE * d)
    x = train(start, recorder, setting.learning_rate, setting.decay, [steps])[0]
    fresh = block_spectra(x, run.mixture, TEST_SIZE * d, generator)
    seen = spectra_on(x, recorder.sets())
    few = spectra_on(x, [(y[-d // 4 :], z[-d // 4 :]) for y, z in recorder.sets()])
    names = {"hessian": "Hessian", "gradient": "gradients"}
    matrices: tuple[Matrix, ...] = ("hessian", "gradient")
    cases: list[tuple[str, Weights, Spectra, Spectra, Spectra]] = [
        ("the last 8d", x, seen, fresh, few),
        ("all 50d", *_all_samples(context)),
    ]
    parts = [
        Part(
            f"Overlap with the space of {kept} training samples, less that of test samples; "
            f"{names[matrix]}",
            0.0,
            replica_mean(seen[matrix].overlaps(x) - fresh[matrix].overlaps(x)),
            Test("equality", 1 / setting.precision, "the size 1/λ of the error itself"),
            [
                Control(
                    "the last d/4 samples",
                    replica_mean(few[matrix].overlaps(x) - fresh[matrix].overlaps(x)),
                )
            ],
        )
        for kept, x, seen, fresh, few in cases
        for matrix in matrices
    ]
    return None, parts


def _all_samples(context: Context) -> tuple[Weights, Spectra, Spectra, Spectra]:
    """Weights; spectra on all of their training samples, on as many fresh ones, on a few last."""
    setting = replace(base(context), dimension=100, replicas=16)
    k, d = setting.classes, setting.dimension
    generator = context.torch_generator("all samples")
    mixture = Mixture(orthonormal_means(k, d, generator), setting.precision)
    start = random_start(setting.replicas, k, d, generator)
    steps = round(HORIZON[-1] / setting.learning_rate)
    recorder = Recorder(mixture.stream(setting.replicas, steps, generator), steps)
    x = train(start, recorder, setting.learning_rate, setting.decay, [steps])[0]
    sets = recorder.sets()
    fresh = block_spectra(x, mixture, steps, generator)
    return (
        x,
        spectra_on(x, sets),
        fresh,
        spectra_on(x, [(y[-d // 4 :], z[-d // 4 :]) for y, z in sets]),
    )
