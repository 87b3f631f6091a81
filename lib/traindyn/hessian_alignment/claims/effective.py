"""Claim HA-13: the limit of SGD with its corrector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.hessian_alignment.claims.common import log_slope, replica_mean
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.experiments.blocks import block_spectra
from traindyn.hessian_alignment.experiments.mixtures import Noise
from traindyn.hessian_alignment.experiments.overlaps import (
    Overlaps,
    record_overlaps,
)
from traindyn.hessian_alignment.results.effective import OverlapRun
from traindyn.hessian_alignment.theory.bbp import block_spectrum
from traindyn.hessian_alignment.theory.effective_dynamics import effective_path
from traindyn.hessian_alignment.theory.projection import project
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context

Array = np.ndarray
CLASSES, PRECISION, DECAY = 3, 5.0, 0.05
TIMES = tuple(float(t) for t in range(21))


@dataclass(frozen=True, eq=False)
class Pair:
    """Runs of SGD from one start, and the limit from the same start."""

    found: Overlaps
    m: Array
    r: Array

    def largest_errors(self) -> Array:
        """Largest error of any overlap with a mean at any time, per replica."""
        return np.asarray(np.abs(self.found.m - self.m[:, None]).max(axis=(0, 2, 3)))

    def rest_ratios(self, limit: Array) -> Array:
        """Trace of the last R over that of a limit, per replica."""
        traces = np.trace(self.found.r[-1], axis1=1, axis2=2)
        return np.asarray(traces / np.trace(limit[-1]))


def run_pair(
    context: Context,
    dimension: int,
    step_constant: float,
    replicas: int,
    *,
    precision: float = PRECISION,
    noise: Noise = "gaussian",
) -> Pair:
    """SGD and its limit from one start; three classes."""
    generator = context.torch_generator(f"{dimension} {step_constant} {precision} {noise}")
    found = record_overlaps(
        CLASSES,
        dimension,
        precision,
        DECAY,
        step_constant,
        TIMES,
        replicas,
        generator,
        noise,
    )
    return Pair(found, *limit_of(found, step_constant))


def limit_of(found: Overlaps, step_constant: float) -> tuple[Array, Array]:
    """The limiting path from the start of the runs, at the precision of the claim."""
    m, r = found.m[0, 0], found.r[0, 0]
    return effective_path(m, r, PRECISION, DECAY, step_constant, np.array(TIMES))


@registry.claim(
    13,
    source="form of the theorem on effective dynamics in the companion arXiv 2206.04030; the "
    "equations are derived here",
    basis="derived",
    statement=(
        "Overlaps of weights and means follow ordinary differential equations as d grows, with a "
        "corrector from the size of the steps, and errors of order d^(−1/2)."
    ),
)
def effective(context: Context) -> tuple[list[OverlapRun], list[Part]]:
    """HA-13."""
    replicas = context.choose(
        ci={50: 384, 200: 160, 800: 48},
        laptop={50: 512, 200: 192, 800: 64, 1600: 32},
        paper={50: 1024, 400: 256, 3200: 64},
    )
    dimensions = list(replicas)
    pairs = {d: run_pair(context, d, 1.0, number) for d, number in replicas.items()}
    large = dimensions[-1]
    errors = {d: estimate_mean(pair.largest_errors()) for d, pair in pairs.items()}
    fixed = {
        d: estimate_mean(run_pair(context, d, d / dimensions[0], replicas[d]).largest_errors())
        for d in dimensions[:3]
    }
    four = run_pair(context, large, 4.0, replicas[large])
    parts = [
        Part(
            "Exponent in d of the largest error of any overlap with a mean, up to t = 20",
            -0.5,
            log_slope(list(errors), list(errors.values())),
            Test("slope", 0.1, "corrections are relative d^(−1/2), 0.14 at the smallest size"),
            [
                Control(
                    "learning rate that does not shrink with d",
                    log_slope(list(fixed), list(fixed.values())),
                )
            ],
        ),
        Part(
            f"Largest error of any overlap with a mean, d = {large}",
            0.0,
            errors[large],
            Test(
                "threshold",
                1.5 * large**-0.5,
                "noise of each overlap has a standard deviation of about 0.3 d^(−1/2); five of "
                "them for the largest of nine overlaps at 20 times",
                side="below",
            ),
            [Control(f"d = {dimensions[0]}", errors[dimensions[0]])],
            asymptotic=True,
            sizes=[Size(float(d), e) for d, e in errors.items()],
        ),
    ]
    shown = []
    one = pairs[large]
    for constant, pair, other in ((1.0, one, four), (4.0, four, one)):
        plain_m, plain_r = limit_of(pair.found, 0.0)
        parts.append(
            Part(
                f"Trace of R at t = 20 over the limit, c = {constant:g}",
                1.0,
                estimate_mean(pair.rest_ratios(pair.r)),
                Test(
                    "equality", 0.1, "a fifth of the corrector's share, and above k/d and 1/d terms"
                ),
                [
                    Control("no corrector", estimate_mean(pair.rest_ratios(plain_r))),
                    Control(f"c = {4 / constant:g}", estimate_mean(other.rest_ratios(pair.r))),
                ],
            )
        )
        shown.append(_shown(large, constant, pair, plain_m, plain_r))
    last = shown[1]
    parts.append(
        Part(
            "Overlap with the mean does not see the corrector: limit without it over that with it",
            1.0,
            Estimate(float(last.uncorrected_m[-1] / last.predicted_m[-1])),
            Test("equality", 0.1, "the tenth by which R is tested"),
            [
                Control(
                    "the same ratio for R",
                    Estimate(float(last.uncorrected_r[-1] / last.predicted_r[-1])),
                )
            ],
        )
    )
    return shown, [*parts, *_universality(context)]


def _shown(d: int, constant: float, pair: Pair, plain_m: Array, plain_r: Array) -> OverlapRun:
    def diagonal(values: Array) -> Array:
        return np.asarray(np.trace(values, axis1=-2, axis2=-1) / CLASSES)

    return OverlapRun(
        d,
        constant,
        np.array(TIMES),
        diagonal(pair.found.m).mean(axis=1),
        diagonal(pair.found.r).mean(axis=1),
        diagonal(pair.m),
        diagonal(pair.r),
        diagonal(plain_m),
        diagonal(plain_r),
    )


def _universality(context: Context) -> list[Part]:
    """Signs instead of normal noise, and as a control signs of twice the variance."""
    d = context.choose(ci=240, laptop=400, paper=1600)
    replicas = context.choose(ci=48, laptop=64, paper=64)
    statistics = [
        _signs(context, run_pair(context, d, 1.0, replicas, precision=p, noise="rademacher"))
        for p in (PRECISION, PRECISION / 2)
    ]
    names = (
        "Noise ±1: overlap with the mean at t = 20 over the limit for normal noise",
        "Noise ±1: first outlier of the Hessian block over its prediction for normal noise",
        "Noise ±1: squared cosine of its vector with the weights over that prediction",
    )
    return [
        Part(
            name,
            1.0,
            one,
            Test(
                "equality",
                0.1,
                "k/√d = 0.2 in one run, half of it in the mean over runs from one start",
            ),
            [Control("±1 with twice the variance", other)],
        )
        for name, one, other in zip(names, *statistics, strict=True)
    ]


def _signs(context: Context, pair: Pair) -> list[Estimate]:
    found = pair.found
    d = found.weights.shape[-1]
    generator = context.torch_generator(f"test {found.mixture.precision}")
    spectra = block_spectra(
        found.weights, found.mixture, 8 * d, generator, decay=DECAY, matrices=("hessian",)
    )["hessian"]
    means = found.mixture.means.numpy()
    diagonal = np.trace(found.m[-1], axis1=1, axis2=2) / np.trace(pair.m[-1])
    values, cosines = [], []
    for r, x in enumerate(found.weights.numpy()):
        seen = project(x, means, PRECISION)
        for c in range(CLASSES):
            predicted = block_spectrum(seen, seen.hessian_weights(c), 1 / 8)
            vector = spectra.vectors[r, c, :, 0]
            cosine = (vector @ x[c]) ** 2 / (x[c] @ x[c])
            values.append(spectra.values[r, c, 0] / predicted.outliers[0])
            cosines.append(cosine / predicted.squared_cosine(0, x[c]))
    each = [np.array(v).reshape(-1, CLASSES) for v in (values, cosines)]
    return [estimate_mean(diagonal), *(replica_mean(v) for v in each)]
