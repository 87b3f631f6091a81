"""Claims HT-19 and HT-18: what of the updates makes the tail, and how far they must go."""

from __future__ import annotations

import numpy as np

from traindyn.heavy_tailed_esd.claims.ensembles import (
    FORM,
    FORM_WHY,
    NULL,
    SQUARE,
    below_all,
    index,
    index_at,
    start_index,
    tail_run,
)
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.tails import CollapseRun, EnsembleRun, TailRun
from traindyn.heavy_tailed_esd.studies.ensembles import (
    LARGE_ADAM,
    adam,
    descent,
    ensemble,
    inputs,
    small_adam,
)
from traindyn.inference import Estimate, estimate_mean, exact
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

ADAM_RATES = (0.3, 0.5, 0.7, 1.0)


@registry.claim(
    19,
    source="beyond the paper",
    basis="extension",
    statement=(
        "The tail is made by the structure of many directions of the updates: not by their "
        "entries in random places, not by the first pair alone, and not by a linear student; "
        "without the first pair it forms all the same once the weights have moved as far."
    ),
)
def mechanism(context: Context) -> tuple[TailRun, list[Part]]:
    """HT-19."""
    runs = _runs(context)
    steep = ensemble(context, descent(context, 5.0))
    return tail_run(context, runs), [
        *_pairs(context, runs, "", index(runs["updates as they are"])),
        *_pairs(context, runs, "GD, ", index(steep)),
        *_without(context, runs),
        *_linear(runs),
    ]


def _runs(context: Context) -> dict[str, EnsembleRun]:
    """Runs with changed updates, and of linear students."""
    large, steep, far = LARGE_ADAM, descent(context, 5.0), descent(context, 60.0)
    return {
        "updates as they are": ensemble(context, large),
        "permuted": ensemble(context, large, update="permuted"),
        "first pair only": ensemble(context, large, update="top pair"),
        "without first pair": ensemble(context, large, update="without top pair"),
        "GD, permuted": ensemble(context, steep, update="permuted"),
        "GD, first pair only": ensemble(context, steep, update="top pair"),
        "GD, without first pair": ensemble(context, steep, update="without top pair"),
        "GD, without first pair, η × 12": ensemble(context, far, update="without top pair"),
        "linear student": ensemble(context, large, linear=True),
        "GD, linear student": ensemble(context, descent(context, 0.3), linear=True),
    }


def _pairs(
    context: Context, runs: dict[str, EnsembleRun], name: str, control: Estimate
) -> list[Part]:
    """Updates with permuted entries, and with their first pair only, of one optimizer."""
    label = "gradient descent, η = 5d" if name else "Adam, η = 1"
    return [
        Part(
            f"Index with permuted updates, {label}",
            NULL,
            index(runs[f"{name}permuted"]),
            Test("equality", FORM, FORM_WHY),
            [Control("updates as they are", control)],
        ),
        Part(
            f"Index with the first pair of every update only, {label}",
            SQUARE + 4 / inputs(context),
            index(runs[f"{name}first pair only"]),
            Test(
                "ordering",
                2 / inputs(context),
                "above the null of a square matrix, by what finite size adds to it",
                side="above",
            ),
            [Control("updates as they are", control)],
        ),
    ]


def _without(context: Context, runs: dict[str, EnsembleRun]) -> list[Part]:
    """Updates without their first pair."""
    return [
        Part(
            "Index without the first pair of every update, Adam, η = 1",
            SQUARE,
            index(runs["without first pair"]),
            below_all(context),
            [Control("at the start", start_index(runs["permuted"]))],
        ),
        Part(
            "Index without the first pair, gradient descent with twelve times the rate: displaced "
            "at least as far",
            SQUARE,
            index(runs["GD, without first pair, η × 12"]),
            below_all(context),
            [Control("at the same rate", index(runs["GD, without first pair"]))],
            note="Removing the pair removes the push, not the mechanism.",
        ),
    ]


def _linear(runs: dict[str, EnsembleRun]) -> list[Part]:
    """A linear student makes a spike and no tail."""
    full = runs["updates as they are"]
    return [
        *(
            Part(
                f"Stable rank of the change of a linear student, {label}",
                1.0,
                exact(float(run.stable_rank.max())),
                Test("exact", bound, why),
                [
                    Control(
                        "the tanh student",
                        exact(float(full.stable_rank.min())),
                    )
                ],
            )
            for label, run, bound, why in (
                ("gradient descent", runs["GD, linear student"], 1e-9, "rounding"),
                ("Adam", runs["linear student"], 0.01, "of order ε over the smallest gradients"),
            )
        ),
        Part(
            "Most outliers of a linear student, Adam, η = 1",
            1.0,
            exact(float(runs["linear student"].outliers.max())),
            Test("exact", 0.5, "a change of rank one moves one eigenvalue past the edge"),
            [
                Control(
                    "the tanh student",
                    exact(float(full.outliers.min())),
                )
            ],
        ),
    ]


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
    moved = [index_at(two, 10, float(q)) for q in (0.7, 2.0)]
    curves = {
        "Adam, n = 2d, 10 steps": _curve(two, -1),
        "Adam, n = 2d, 5 steps": _curve(two, -2),
        "Adam, n = 8d, 10 steps": _curve(eight, -1),
        "GD, n = 2d, 10 steps": _curve(steep, -1),
        "Adam, permuted updates": _curve([mixed], -1),
    }
    return CollapseRun(curves, NULL), [
        *_collapse(two, eight, moved),
        *_without_a_tail(context, mixed, moved),
    ]


def _collapse(
    two: list[EnsembleRun], eight: list[EnsembleRun], moved: list[np.ndarray]
) -> list[Part]:
    """Equal displacements after other numbers of steps, and with other numbers of samples."""
    ten, five = index_at(two, 10, 1.2), index_at(two, 5, 1.2)
    single = two[-1].hill[:, 0] - index_at(two, 10, 1.0)
    between = [index_at(eight, 10, q) - index_at(two, 10, q) for q in (1.3, 1.6, 2.0)]
    tenth = Test("equality", 0.06, "a tenth of the drop of the index from its null at η = 1")
    return [
        Part(
            "Adam: index after five steps minus that after ten, both displaced by 1.2 times the "
            "norm of the start",
            0.0,
            estimate_mean(five - ten),
            tenth,
            [
                Control("one step against ten, displaced by 1.0", estimate_mean(single)),
                Control(
                    "five steps against ten at one learning rate, η = 0.5",
                    estimate_mean(two[1].hill[:, 2] - two[1].hill[:, 3]),
                ),
            ],
            note="The collapse needs a few steps: a single step of that size leaves more of the "
            "bulk.",
        ),
        Part(
            "Adam: index with 8d samples minus that with 2d, mean over the displacements 1.3, 1.6 "
            "and 2.0",
            0.0,
            estimate_mean(np.mean(between, axis=0)),
            tenth,
            [
                Control(
                    "displaced by 0.7 against 2.0",
                    estimate_mean(moved[0] - moved[1]),
                )
            ],
            expected="falsified",
            note=(
                "The curves for 2d and 8d samples are parallel, not equal: with more samples the "
                "same displacement makes a lighter tail. Displacement alone does not set the index."
            ),
        ),
    ]


def _without_a_tail(context: Context, mixed: EnsembleRun, moved: list[np.ndarray]) -> list[Part]:
    """Displacements that make no tail."""
    return [
        Part(
            "Adam with permuted updates, displaced by more than 2: index minus its null",
            0.0,
            estimate_mean(mixed.hill[:, -1] - NULL),
            Test("equality", FORM, FORM_WHY),
            [Control("the updates as they are, displaced by 2.0", estimate_mean(moved[1] - NULL))],
            note="Displacement without structure makes no tail at all.",
        ),
        Part(
            "Drop of the index below its null at a displacement of about 0.3: inside the lazy ball",
            0.0,
            estimate_mean(
                NULL - ensemble(context, small_adam(context)).hill[:, -1],
            ),
            Test("equality", FORM, FORM_WHY),
            [Control("displaced by 0.7", estimate_mean(NULL - moved[0]))],
        ),
    ]


def _curve(runs: list[EnsembleRun], column: int) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.array([run.displacement[:, column].mean() for run in runs]),
        np.array([run.hill[:, column].mean() for run in runs]),
    )
