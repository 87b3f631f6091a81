"""Claim HT-18: how far the weights must move for a tail."""

from __future__ import annotations

import numpy as np

from traindyn.heavy_tailed_esd.claims.ensembles import (
    NULL,
    SHAPE,
    SQUARE,
    finite,
    index_at,
    start_indices,
)
from traindyn.heavy_tailed_esd.claims.parts import simulated
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.tails import CollapseRun, EnsembleRun
from traindyn.heavy_tailed_esd.studies.ensembles import (
    LARGE_ADAM,
    adam,
    descent,
    ensemble,
    small_adam,
)
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Part, at_least, other_system, same_run, within, wrong_prediction
from traindyn.runs import Context

ADAM_RATES = (0.3, 0.5, 0.7, 1.0)


@registry.claim(
    18,
    source="beyond the paper",
    basis="extension",
    statement=(
        "For a given optimizer the index depends on the relative displacement of the weights "
        "alone, whatever the learning rate, the number of steps and the number of samples."
    ),
)
def displacement(context: Context) -> tuple[CollapseRun, list[Part]]:
    """HT-18."""
    two = [ensemble(context, adam(rate)) for rate in ADAM_RATES]
    eight = [ensemble(context, adam(rate), samples_per_input=8) for rate in ADAM_RATES[1:]]
    steep = [ensemble(context, descent(context, rate)) for rate in (1.8, 2.5, 3.5, 5.0)]
    mixed = ensemble(context, LARGE_ADAM, update="permuted")
    moved = [index_at(two, 10, float(q)) for q in (0.9, 2.0)]
    curves = {
        "Adam, n = 2d, 10 steps": _curve(two, -1),
        "Adam, n = 2d, 5 steps": _curve(two, -2),
        "Adam, n = 8d, 10 steps": _curve(eight, -1),
        "GD, n = 2d, 10 steps": _curve(steep, -1),
        "Adam, permuted updates": _curve([mixed], -1),
    }
    return CollapseRun(curves, NULL), [
        *_collapse(context, two, eight, mixed),
        *_without_a_tail(context, mixed, moved),
    ]


def _collapse(
    context: Context, two: list[EnsembleRun], eight: list[EnsembleRun], mixed: EnsembleRun
) -> list[Part]:
    """Equal displacements after other numbers of steps, and with other numbers of samples."""
    ten, five = index_at(two, 10, 1.2), index_at(two, 5, 1.2)
    single = two[-1].hill[:, 0] - index_at(two, 10, 1.0)
    between = [index_at(eight, 10, q) - index_at(two, 10, q) for q in (1.3, 1.6, 2.0)]
    random = mixed.hill[:, -1] - index_at(two, 10, 2.0)
    rates = two[1].hill[:, 1] - two[1].hill[:, 2]

    def rest(difference: np.ndarray) -> Estimate:
        return estimate_mean(rates - 2 * np.abs(difference))

    permuted = "permuted updates displaced as far, against updates as they are"
    return [
        simulated(
            "Adam, n = 2d: fall of Hill's index from five steps to ten at the rate 0.5, less twice "
            "the distance of indices after five and ten steps displaced alike, by 1.2 times the "
            "norm of the start",
            rest(five - ten),
            at_least(0.0, "above 0 displacement explains more than half of the fall", "sign"),
            [
                other_system(permuted, rest(random)),
                same_run("one step against ten, displaced by 1.0", rest(single)),
            ],
            note="The collapse needs a few steps: a single step of that size leaves more of the "
            "bulk.",
        ),
        simulated(
            "Adam, ten steps: Hill's index with 8d samples minus that with 2d, mean over the "
            "displacements 1.3, 1.6 and 2.0",
            estimate_mean(np.mean(between, axis=0)),
            within(
                2 * finite(context),
                "twice 2/d, by which the index of a finite random matrix lies above its limit",
                "size",
            ),
            [other_system(permuted, estimate_mean(random))],
            prediction=0.0,
            expected="falsified",
            note=(
                "The curves for 2d and 8d samples are parallel, not equal: with more samples the "
                "same displacement makes a lighter tail. Displacement alone does not set the index."
            ),
        ),
    ]


def _without_a_tail(context: Context, mixed: EnsembleRun, moved: list[np.ndarray]) -> list[Part]:
    """Displacements that make no tail."""
    large, small = ensemble(context, LARGE_ADAM), ensemble(context, small_adam(context))
    return [
        simulated(
            "Ten steps of Adam with η = 1 and updates with their entries in random places: Hill's "
            "index minus that of the same weights before them",
            estimate_mean(mixed.hill[:, -1] - start_indices(mixed)),
            SHAPE,
            [
                other_system(
                    "updates as they are", estimate_mean(large.hill[:, -1] - start_indices(large))
                )
            ],
            prediction=0.0,
            note="Displacement without structure makes no tail at all.",
        ),
        simulated(
            "Ten steps of Adam that displace the weights by about 0.3 of their norm: Hill's index "
            "minus that of the same weights before them",
            estimate_mean(small.hill[:, -1] - start_indices(small)),
            SHAPE,
            [
                wrong_prediction("the null of square matrices", SQUARE - NULL),
                same_run("displaced by 0.9", estimate_mean(moved[0] - start_indices(small))),
            ],
            prediction=0.0,
        ),
    ]


def _curve(runs: list[EnsembleRun], column: int) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.array([run.displacement[:, column].mean() for run in runs]),
        np.array([run.hill[:, column].mean() for run in runs]),
    )
