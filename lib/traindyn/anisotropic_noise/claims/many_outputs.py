"""Parts of claim AN-8 with four outputs: both layers, by the linear theory and simulated."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.parts import simulated
from traindyn.anisotropic_noise.claims.shares import agreement, close
from traindyn.anisotropic_noise.results.estimators import relative_distance_squared
from traindyn.anisotropic_noise.results.second_layer import CoupledRun, FourOutputs
from traindyn.anisotropic_noise.studies.many_outputs import FEW, INPUTS, SAMPLES
from traindyn.anisotropic_noise.theory.two_layers import (
    first_layer_variances,
    relaxing_share,
    second_layer_variances,
)
from traindyn.inference import Estimate, estimate_mean, exact
from traindyn.ledger import (
    Part,
    other_system,
    within,
    wrong_prediction,
    wrong_theory,
)

NETWORKS = "networks"
SYSTEM = "Two layers with twelve inputs, eight hidden units and four outputs, at a minimum: "


def shown_outputs(run: FourOutputs) -> CoupledRun:
    """Means per pair of singular vectors, for the figure."""

    def per_pair(networks: np.ndarray) -> list[Estimate]:
        return [estimate_mean(column) for column in networks.reshape(len(networks), -1).T]

    first, second = (
        np.concatenate([getattr(moments, name) for moments in run.both.values()])
        for name in ("first", "second")
    )
    first_alone, second_alone = _ends(run)
    return CoupledRun(
        (run.first_values / run.second_values[:, None]).ravel(),
        per_pair(first),
        per_pair(second),
        per_pair(first_alone),
        per_pair(second_alone),
    )


def _ends(run: FourOutputs) -> tuple[np.ndarray, np.ndarray]:
    """Variances of the first and of the second layer with the other frozen.

    What of the start, the minimum, is left in the mean over the run, a known share, is taken out.
    """
    of_first, of_second = (
        relaxing_share(values**2, run.learning_rate, run.alone_steps)
        for values in (run.second_values, run.first_values)
    )
    return run.first_alone / (1 - of_first[:, None]), run.second_alone / (1 - of_second)


def parts_on_many_outputs(run: FourOutputs) -> list[Part]:
    """Variances of every pair of singular vectors against T a²/(a² + b²) and T b²/(a² + b²)."""
    return [
        _theory(run),
        _alone(run),
        _layer(run, "second"),
        _layer(run, "first"),
        *_zero_modes(run),
    ]


def _zero_modes(run: FourOutputs) -> list[Part]:
    """What the abstract's summary calls rank deficiency, by automatic differentiation."""
    hidden, outputs = len(run.first_values), len(run.second_values)
    found, rank, weights = run.zero_modes, outputs * INPUTS, hidden * (outputs + INPUTS)
    return [
        Part(
            SYSTEM + f"rank of Hessian and noise, of {weights}, the farthest of all drawn networks",
            exact(float(max(found.ranks, key=lambda of: abs(of - rank)))),
            within(0.5, "a whole number", "count"),
            [
                wrong_prediction("all weights", float(weights)),
                wrong_prediction(
                    "all but the k² changes of basis of the hidden units, as in a bottleneck",
                    float(weights - hidden**2),
                ),
            ],
            compares="algebra",
            prediction=float(rank),
            basis="attributed",
        ),
        Part(
            SYSTEM + f"noise on the {weights - rank} zero modes of the Hessian over its largest "
            "entry, largest of all drawn networks",
            exact(float(found.leaks.max())),
            within(1e-12, "rounding", "rounding"),
            [other_system("as many random directions", estimate_mean(found.random_leaks))],
            compares="algebra",
            prediction=0.0,
            basis="attributed",
        ),
    ]


def _theory(run: FourOutputs) -> Part:
    exponents = np.log(run.many / run.few) / np.log(SAMPLES / FEW)
    return Part(
        "Linear theory of two layers with four outputs: exponent with which the mean squared "
        "relative distance of 32 variances of the second layer from T a²/(a² + b²) falls with the "
        f"number of samples, from {FEW} to {SAMPLES:,}",
        estimate_mean(exponents),
        within(0.25, "half the way to the exponent −1/2", "neighbor"),
        [
            wrong_prediction("as the root of the number of samples", -0.5),
            wrong_prediction("a formula that misses a term: no fall", 0.0),
        ],
        compares="algebra",
        replicates=NETWORKS,
        prediction=-1.0,
        basis="derived",
        seen=True,
    )


def second(run: FourOutputs) -> np.ndarray:
    """Predicted variances of the second layer over T."""
    return second_layer_variances(run.first_values, run.second_values)


def _distance(found: np.ndarray, predicted: np.ndarray) -> Estimate:
    return relative_distance_squared(found / predicted, np.ones_like(predicted))


def _alone(run: FourOutputs) -> Part:
    one = np.ones_like(second(run))
    first_alone, second_alone = _ends(run)
    measured = agreement(_distance(second_alone, one), _distance(first_alone, one))
    return Part(
        "SGD of two layers with four outputs and one layer frozen, from the minimum, less what is "
        "left of the start: agreement, one minus the mean squared relative distance, of 32 "
        "variances of the other layer with T, the smaller of both layers",
        measured,
        close(measured, run.error),
        [
            wrong_theory(
                "the shares of both layers trained",
                agreement(
                    _distance(second_alone, second(run)), _distance(first_alone, 1 - second(run))
                ),
            ),
            wrong_theory(
                "twice the temperature",
                agreement(_distance(second_alone, 2 * one), _distance(first_alone, 2 * one)),
            ),
        ],
        compares="simulation",
        replicates=NETWORKS,
    )


def _layer(run: FourOutputs, layer: str) -> Part:
    """The second layer from below, the first from above: in one run either follows the other."""
    a, b = run.first_values, run.second_values[:, None]
    side = "below" if layer == "second" else "above"
    found = getattr(run.both[side], layer)
    right = second(run) if layer == "second" else first_layer_variances(a, run.second_values)
    weaker = a / (a + b) if layer == "second" else b / (a + b)
    alone = _ends(run)[layer == "second"]
    measured = agreement(_distance(found, right))
    formula = "T a²/(a² + b²)" if layer == "second" else "T b²/(a² + b²)"
    other = "first" if layer == "second" else "second"
    return simulated(
        "SGD of two layers with four outputs, from "
        + ("the minimum" if side == "below" else "twice the stationary covariance")
        + f": agreement, one minus the mean squared relative distance, of 32 variances of the "
        f"{layer} layer with {formula}",
        measured,
        close(measured, run.error),
        [
            wrong_theory("the share of the other layer", agreement(_distance(found, 1 - right))),
            wrong_theory(
                "singular values in place of their squares", agreement(_distance(found, weaker))
            ),
            other_system(f"{other} layer frozen", agreement(_distance(alone, right))),
        ],
    )
