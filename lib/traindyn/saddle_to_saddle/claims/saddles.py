"""Claims SS-12 and SS-13: how closely the flow passes a saddle, and of what kind the saddle is."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.plateaus import SIZE, VALUES, WIDTH
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.flow import flow, singular_value_reaches
from traindyn.saddle_to_saddle.experiments.greedy import greedy_path
from traindyn.saddle_to_saddle.experiments.hessian import hessian
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.symmetry import include
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.plateaus import GradientRun
from traindyn.saddle_to_saddle.theory.escape import escape_time
from traindyn.saddle_to_saddle.theory.saddles import (
    gradient_exponent,
    largest_curvature,
    smallest_curvature,
)

SADDLES = ("first", "second")
SCALES = {
    2: np.array([1e-6, 1e-8, 1e-10, 1e-12, 1e-14]),
    3: np.array([1e-3, 1e-4, 1e-5, 1e-6]),
    4: np.array([1e-2, 3e-3, 1e-3, 3e-4]),
}
"""Scales of the start. The origin of more layers is left after times of 1e7 and less, so that the
next escapes keep their digits."""


@registry.claim(
    12,
    source="derived here",
    basis="derived",
    statement=(
        "How closely the flow passes a saddle: the smallest gradient there goes as α to the power "
        "(1 − s'/s) 2s/(2s + s') for two layers and L − 1 for more, with s the singular value "
        "learned last and s' the next; the loss comes as close as the power 2p, or L."
    ),
)
def gradients(context: Context) -> tuple[list[GradientRun], list[Part]]:
    """SS-12."""
    target = random_target(VALUES, SIZE, context.numpy_generator("target"))
    runs: dict[tuple[int, int], GradientRun] = {}
    for depth, scales in SCALES.items():
        direction = LinearNetwork(SIZE, SIZE, WIDTH, depth).random(
            1.0, context.numpy_generator(f"L{depth}")
        )
        passed = np.array([_passages(target, depth, scale * direction, scale) for scale in scales])
        for rank in (1, 2):
            exponent = gradient_exponent(depth, VALUES[rank - 1], VALUES[rank])
            closest, gaps = passed[:, rank - 1].T
            runs[depth, rank] = GradientRun(depth, rank, scales, closest, gaps, exponent)
    parts = []
    for (depth, rank), run in runs.items():
        other = runs[3 if depth == 2 else depth - 1, rank]
        place = f"at the {SADDLES[rank - 1]} saddle, L = {depth}"
        parts += [
            Part(
                f"Exponent of the smallest gradient {place}",
                run.exponent,
                Estimate(run.last_slope(run.gradients)),
                _slope_test(depth, 0.005, "the other tilts add a relative α^(2/8) in the square"),
                [Control(f"L = {other.depth}", Estimate(other.last_slope(other.gradients)))],
            ),
            Part(
                f"Exponent of the gap of the loss {place}",
                2 * run.exponent if depth == 2 else float(depth),
                Estimate(run.last_slope(run.gaps)),
                _slope_test(
                    depth,
                    0.03,
                    "the gap changes by up to 5 % within the spacing of the record, twice over "
                    "log 100",
                ),
                [Control(f"L = {other.depth}", Estimate(other.last_slope(other.gaps)))],
            ),
        ]
    return list(runs.values()), parts


def _slope_test(depth: int, two_layers: float, why: str) -> Test:
    """The rule for an exponent: what is left of it differs between two layers and more."""
    if depth == 2:
        return Test("slope", two_layers, why)
    return Test(
        "slope",
        0.01,
        "while the last mode settles, for a time log(1/α), the next grows by a relative "
        "α^(L − 2) log(1/α): 1e-5 and less here, times the squared width",
    )


def _passages(
    target: np.ndarray, depth: int, start: np.ndarray, scale: float
) -> list[tuple[float, float]]:
    """For the saddles of rank one and two: smallest gradient, and the gap of the loss there."""
    network = LinearNetwork(SIZE, SIZE, WIDTH, depth)
    end = 4 * escape_time(depth, VALUES[2], scale, 1.0) + 20
    path = flow(
        network,
        SquaredError(target),
        start,
        end,
        times=np.linspace(0, end, 20_001) if depth == 2 else None,
        method="LSODA" if depth > 2 else "DOP853",
        relative_tolerance=1e-10,
        absolute_tolerance=1e-14 * scale,
        events=tuple(singular_value_reaches(i + 1, s / 2) for i, s in enumerate(VALUES)),
        stop_at_last_event=True,
    )
    found = []
    for rank in (1, 2):
        before, after = path.event_times[rank - 1 : rank + 1]
        between = np.flatnonzero((path.times > before) & (path.times < after))
        closest = between[np.argmin(path.gradient_norm[between])]
        gap = loss_gap(network, path.theta[closest], target, rank)
        found.append((float(path.gradient_norm[closest]), gap))
    return found


def loss_gap(network: LinearNetwork, theta: np.ndarray, target: np.ndarray, rank: int) -> float:
    r"""Distance of the squared error from that of the saddle of a rank, without cancellation.

    With the best matrix :math:`T_k` of rank k, :math:`\langle T - T_k, T_k \rangle = 0`, and the
    losses differ by :math:`\tfrac12\lVert A - T_k\rVert^2 - \langle T - T_k, A\rangle`. The outer
    layers are turned into the singular bases of the target before they are multiplied: the entries
    of A that wait are then products of small numbers, not differences of large ones.
    """
    u, s, vt = np.linalg.svd(target)
    first, *middle, last = network.layers(theta)
    a = network.product(network.flatten([first @ vt.T, *middle, u.T @ last]))
    missed = a - np.diag([*s[:rank], *[0.0] * (len(s) - rank)])
    return abs(float((missed**2).sum() / 2 - s[rank:] @ np.diag(a)[rank:]))


@registry.claim(
    13,
    source="derived here",
    basis="derived",
    statement=(
        "The visited saddles of two layers are strict, with smallest curvature −s'; those of more "
        "layers are not: their smallest curvature is 0."
    ),
)
def curvature(context: Context) -> tuple[None, list[Part]]:
    """SS-13."""
    target = random_target(VALUES, SIZE, context.numpy_generator("target"))
    cost = SquaredError(target)
    origins = {
        depth: np.linalg.eigvalsh(
            hessian(
                network := LinearNetwork(SIZE, SIZE, WIDTH, depth), cost, np.zeros(network.size)
            )
        )
        for depth in SCALES
    }
    parts = []
    for depth in SCALES:
        stages = greedy_path(cost, depth, 2, epsilon=1e-3 if depth < 4 else 0.02, tolerance=1e-12)
        generic = _generic_saddle(cost, depth, context.numpy_generator("middle"))
        for rank, stage in enumerate(stages, 1):
            network, theta = include(stage.path.network, stage.path.theta[-1], WIDTH)
            values = np.linalg.eigvalsh(hessian(network, cost, theta))
            control = (
                Control("the origin", Estimate(float(origins[2].min())))
                if depth == 2
                else Control(
                    "a saddle with generic middle layers and zero ends",
                    Estimate(float(generic.min())),
                )
            )
            parts += [
                Part(
                    f"Smallest eigenvalue of the Hessian at the {SADDLES[rank - 1]} saddle, "
                    f"L = {depth}",
                    smallest_curvature(depth, VALUES[rank]),
                    Estimate(float(values.min())),
                    Test("exact", 1e-6, "the gradient that the flow leaves, 1e-12 of its largest"),
                    [control],
                ),
                Part(
                    f"Largest eigenvalue there, L = {depth}",
                    largest_curvature(depth, VALUES[0]),
                    Estimate(float(values.max())),
                    Test("exact", 1e-5, "as above"),
                    [Control("the origin", Estimate(float(origins[depth].max())))],
                ),
            ]
        if depth > 2:
            parts.append(
                Part(
                    f"Largest absolute eigenvalue of the Hessian at the origin, L = {depth}",
                    0.0,
                    Estimate(float(np.abs(origins[depth]).max())),
                    Test("exact", 1e-12, "rounding"),
                    [Control("two layers", Estimate(float(np.abs(origins[2]).max())))],
                )
            )
    return None, parts


def _generic_saddle(cost: SquaredError, depth: int, generator: np.random.Generator) -> np.ndarray:
    """Spectrum of the Hessian where the first and last layer are zero and the others random."""
    network = LinearNetwork(SIZE, SIZE, WIDTH, depth)
    theta = generator.standard_normal(network.size)
    layers = network.layers(theta)
    layers[0][...] = layers[-1][...] = 0.0
    return np.linalg.eigvalsh(hessian(network, cost, theta))
