"""Claims HA-5 and HA-6: one eigenvalue leads, but the weights are not its eigenvector."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.common import (
    ASPECT,
    TEST_SIZE,
    base,
    dimension,
    overlaps,
    replica_mean,
    spectra,
    trained,
)
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.experiments.blocks import block_spectra
from traindyn.hessian_alignment.experiments.runs import Setting, simulate
from traindyn.hessian_alignment.results.separation import SeparationRun
from traindyn.hessian_alignment.theory.separated_classes import (
    Matrix,
    amplitude,
    class_weights,
    confidence,
    outlier_eigenvalues,
    tilts,
)
from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context

TIMES = (0.0, 3.0, 10.0, 25.0, 60.0)


def _setting(context: Context) -> Setting:
    return Setting(200.0, decay=0.02, dimension=dimension(context))


def _predicted(setting: Setting, matrix: Matrix, time: float) -> np.ndarray:
    right = confidence(amplitude(setting.classes, setting.decay, time), setting.classes)
    weights = class_weights(right, setting.classes, matrix)
    return outlier_eigenvalues(weights, setting.precision, ASPECT)


def _lead(values: np.ndarray) -> Estimate:
    """First eigenvalue of a block over the mean of the next k - 1."""
    k = values.shape[1]
    return replica_mean(values[..., 0] / values[..., 1:k].mean(axis=-1))


@registry.claim(
    5,
    source="theorem 3.3, as a review describes it; its numbers are derived here",
    basis="stated",
    statement=(
        "With orthonormal means the k outliers of a Hessian block start nearly equal, and during "
        "training the one along the mean of its own class leaves the others."
    ),
)
def separation(context: Context) -> tuple[SeparationRun, list[Part]]:
    """HA-5."""
    setting = _setting(context)
    k, end = setting.classes, TIMES[-1]

    def values(matrix: Matrix, index: int = -1) -> np.ndarray:
        return spectra(context, setting, matrix, TIMES, index=index).values

    def at_start(d: int) -> Estimate:
        small = replace(setting, dimension=d, replicas=64)
        generator = context.torch_generator(f"start {d}")
        run = simulate(small, [0.0], generator)
        found = block_spectra(
            run.last, run.mixture, TEST_SIZE * d, generator, matrices=("hessian",)
        )
        return _lead(found["hessian"].values)

    h, g = values("hessian"), values("gradient")
    h_start, g_start = values("hessian", 0), values("gradient", 0)
    h_law, g_law = (_predicted(setting, m, end) for m in ("hessian", "gradient"))
    g_start_law = _predicted(setting, "gradient", 0.0)
    means = trained(context, setting, TIMES).mixture.means
    cosine, cosine_start = (
        replica_mean(
            np.abs(
                np.einsum(
                    "rcmk,cm->rck",
                    spectra(context, setting, "hessian", TIMES, index=i).cosines(means),
                    np.eye(k),
                )[..., 0]
            )
        )
        for i in (-1, 0)
    )
    tilt = float(tilts(class_weights(0.8, k, "hessian"), setting.precision, ASPECT)[0])
    d = setting.dimension
    first_order = "next order: the logits of a class scatter by |x|²/2λ = 0.01, and 1/√d"
    parts = [
        Part(
            "First eigenvalue over the mean of the next three at the start, Hessian",
            1.0,
            _lead(h_start),
            Test(
                "equality",
                2.4 / d**0.5,
                "four outliers scatter by 0.85/√d, from frequencies of classes √(3/8d) and "
                "logits; the first exceeds the rest by 1.4 times that; twice",
            ),
            [Control("after training", _lead(h))],
            asymptotic=True,
            sizes=[Size(size, at_start(size)) for size in (50, 100, 200)],
        ),
        Part(
            "The same at t = 60, over its law",
            1.0,
            _lead(h).scaled(float(h_law[1] / h_law[0])),
            Test("equality", 0.05, first_order),
            [Control("at the start", _lead(h_start).scaled(float(h_law[1] / h_law[0])))],
        ),
        Part(
            "First eigenvalue of a Hessian block at t = 60, over its law",
            1.0,
            replica_mean(h[..., 0]).scaled(1 / float(h_law[0])),
            Test("equality", 0.05, first_order),
            [Control("at the start", replica_mean(h_start[..., 0]).scaled(1 / float(h_law[0])))],
        ),
        Part(
            "Mean of the next three at t = 60, over their law",
            1.0,
            replica_mean(h[..., 1:k]).scaled(1 / float(h_law[1])),
            Test("equality", 0.05, first_order),
            [Control("at the start", replica_mean(h_start[..., 1:k]).scaled(1 / float(h_law[1])))],
        ),
        Part(
            "Cosine of the first eigenvector with the mean of its class at t = 60",
            1.0,
            cosine,
            Test("threshold", 8 * tilt, "the tilt sin²θ/2 of a finite sample, 16 times", "above"),
            [Control("at the start", cosine_start)],
        ),
        Part(
            "First over next eigenvalues of the gradient matrix at the start, over the law "
            "(k − 1)² with its noise: here the first one leads from the beginning",
            1.0,
            _lead(g_start).scaled(float(g_start_law[1] / g_start_law[0])),
            Test("equality", 0.1, "next order in k(k − 1)/λ = 0.06, and 1/√d"),
            [Control("Hessian", _lead(h_start).scaled(float(g_start_law[1] / g_start_law[0])))],
        ),
        Part(
            "The same at t = 60",
            1.0,
            _lead(g).scaled(float(g_law[1] / g_law[0])),
            Test("equality", 0.1, "next order in k(k − 1)/λ = 0.06, and 1/√d"),
            [Control("Hessian", _lead(h).scaled(float(g_law[1] / g_law[0])))],
        ),
    ]
    grid = np.linspace(0, end, 61)
    result = SeparationRun(
        np.array(TIMES),
        {
            m: np.array([values(m, i).mean(axis=(0, 1)) for i in range(len(TIMES))])
            for m in ("hessian", "gradient")
        },
        grid,
        {
            m: np.array([_predicted(setting, m, t)[:2] for t in grid])
            for m in ("hessian", "gradient")
        },
    )
    return result, parts


@registry.claim(
    6,
    source="derived here",
    basis="derived",
    statement=(
        "The weights of a class are not the top eigenvector of their block: its cosine with them "
        "is √((k − 1)/k), and only the whole eigenspace holds them."
    ),
)
def not_the_top(context: Context) -> tuple[None, list[Part]]:
    """HA-6."""

    def cosine(setting: Setting, index: int = -1) -> Estimate:
        found = spectra(context, setting, "hessian", index=index)
        return replica_mean(found.overlaps(trained(context, setting).weights[index], 1))

    four = base(context, 200.0)
    ten = replace(four, classes=10, replicas=16)

    def missing(setting: Setting) -> Estimate:
        found = spectra(context, setting, "hessian")
        x = trained(context, setting).last
        return replica_mean(found.overlaps(x) - found.overlaps(x, 1))

    why = "of order k/λ: noise floor, tilt, and the mixing of the outliers"
    parts = [
        Part(
            "Cosine of the weights of a class with the top eigenvector of its Hessian block, k = 4",
            (3 / 4) ** 0.5,
            cosine(four),
            Test("equality", 4 / four.precision, why),
            [
                Control(
                    "overlap with four eigenvectors",
                    replica_mean(overlaps(context, four, "hessian")),
                ),
                Control("at the start", cosine(four, 0)),
            ],
            asymptotic=True,
            sizes=[Size(value, cosine(base(context, value))) for value in (20.0, 100.0, 1000.0)],
        ),
        Part(
            "The same with ten classes",
            (9 / 10) ** 0.5,
            cosine(ten),
            Test("equality", 0.02, "of order k/λ = 0.05; a fourth of the distance from k = 4"),
            [Control("four classes", cosine(four))],
        ),
        Part(
            "Overlap with all four eigenvectors, less that with the first",
            1 - (3 / 4) ** 0.5,
            missing(four),
            Test("threshold", 1 - (3 / 4) ** 0.5 - 0.1, "a tenth, which a plot shows", "above"),
            [Control("ten classes", missing(ten))],
        ),
    ]
    return None, parts
