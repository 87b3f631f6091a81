"""Parts of claim AN-8 with four outputs: both layers, by the linear theory and simulated."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.parts import simulated
from traindyn.anisotropic_noise.claims.shares import agreement, close
from traindyn.anisotropic_noise.results.estimators import relative_distance_squared
from traindyn.anisotropic_noise.results.second_layer import CoupledRun, FourOutputs
from traindyn.anisotropic_noise.theory.two_layers import (
    first_layer_variances,
    second_layer_variances,
)
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Part, at_most, other_system, wrong_theory

NETWORKS = "networks"


def shown_outputs(run: FourOutputs) -> CoupledRun:
    """Means per pair of singular vectors, for the figure."""

    def per_pair(networks: np.ndarray) -> list[Estimate]:
        return [estimate_mean(column) for column in networks.reshape(len(networks), -1).T]

    first, second = (
        np.concatenate([getattr(moments, name) for moments in run.both.values()])
        for name in ("first", "second")
    )
    return CoupledRun(
        (run.first_values / run.second_values[:, None]).ravel(),
        per_pair(first),
        per_pair(second),
        per_pair(run.first_alone),
        per_pair(run.second_alone),
    )


def parts_on_many_outputs(run: FourOutputs) -> list[Part]:
    """Variances of every pair of singular vectors against T a²/(a² + b²) and T b²/(a² + b²)."""
    return [_theory(run), _alone(run), _layer(run, "second"), _layer(run, "first")]


def _theory(run: FourOutputs) -> Part:
    many, few = estimate_mean(run.many), estimate_mean(run.few)
    return Part(
        "Linear theory of two layers with four outputs at 16,000 samples: mean squared relative "
        "distance of 32 variances of the second layer from T a²/(a² + b²)",
        many,
        at_most(
            few.value * 120 / 16_000 * 4,
            "four times what the distance at 120 samples leaves if it falls in proportion",
            "size",
        ),
        [other_system("SGD with the first layer frozen", _distance(run.second_alone, second(run)))],
        compares="algebra",
        replicates=NETWORKS,
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
    measured = agreement(_distance(run.second_alone, one), _distance(run.first_alone, one))
    return Part(
        "SGD of two layers with four outputs and one layer frozen: agreement, one minus the "
        "mean squared relative distance, of 32 variances of the other layer with T, the smaller of "
        "both layers",
        measured,
        close(measured, run.error),
        [
            wrong_theory(
                "the shares of both layers trained",
                agreement(
                    _distance(run.second_alone, second(run)),
                    _distance(run.first_alone, 1 - second(run)),
                ),
            ),
            wrong_theory(
                "twice the temperature",
                agreement(
                    _distance(run.second_alone, 2 * one), _distance(run.first_alone, 2 * one)
                ),
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
    alone = run.second_alone if layer == "second" else run.first_alone
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
