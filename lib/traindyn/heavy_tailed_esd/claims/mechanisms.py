"""Claims HT-19 and HT-22: what of the updates makes the tail."""

from __future__ import annotations

from traindyn.heavy_tailed_esd.claims.ensembles import (
    FORM,
    NULL,
    SHAPE,
    SQUARE,
    below_all,
    change,
    finite,
    index,
    tail_run,
)
from traindyn.heavy_tailed_esd.claims.parts import simulated
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.tails import EnsembleRun, TailRun
from traindyn.heavy_tailed_esd.studies.ensembles import (
    LARGE_ADAM,
    PURE_ADAM,
    descent,
    ensemble,
)
from traindyn.inference import Estimate, estimate_mean, exact
from traindyn.ledger import (
    Part,
    at_least,
    other_system,
    same_run,
    within,
    wrong_prediction,
)
from traindyn.runs import Context

AS_THEY_ARE = "updates as they are"


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
        *_pairs(context, runs, "", index(runs[AS_THEY_ARE])),
        *_pairs(context, runs, "GD, ", index(steep)),
        *_without(context, runs),
        *_linear(runs),
        _still(runs, steep),
    ]


def _runs(context: Context) -> dict[str, EnsembleRun]:
    """Runs with changed updates, and of linear students."""
    large, steep, far = LARGE_ADAM, descent(context, 5.0), descent(context, 60.0)
    return {
        AS_THEY_ARE: ensemble(context, large),
        "permuted": ensemble(context, large, update="permuted"),
        "first pair only": ensemble(context, large, update="top pair"),
        "without first pair": ensemble(context, large, update="without top pair"),
        "GD, permuted": ensemble(context, steep, update="permuted"),
        "GD, first pair only": ensemble(context, steep, update="top pair", replicas=48),
        "GD, without first pair": ensemble(context, steep, update="without top pair"),
        "GD, without first pair, η × 12": ensemble(context, far, update="without top pair"),
        "linear student": ensemble(context, PURE_ADAM, linear=True),
        "GD, linear student": ensemble(context, descent(context, 0.3), linear=True),
    }


def _pairs(
    context: Context, runs: dict[str, EnsembleRun], name: str, control: Estimate
) -> list[Part]:
    """Updates with permuted entries, and with their first pair only, of one optimizer."""
    label = "gradient descent, η = 5d" if name else "Adam, η = 1"
    return [
        simulated(
            "Hill's index after ten steps whose updates have their entries in random places, "
            f"{label}",
            index(runs[f"{name}permuted"]),
            SHAPE,
            [
                wrong_prediction("the null of square matrices", SQUARE),
                other_system(AS_THEY_ARE, control),
            ],
            prediction=NULL,
        ),
        simulated(
            f"Hill's index after ten steps of the first pair of every update only, {label}",
            index(runs[f"{name}first pair only"]),
            at_least(
                SQUARE + finite(context),
                "the smallest null over all shapes, with 2/d for finite size",
                "neighbor",
            ),
            [other_system(AS_THEY_ARE, control)],
        ),
    ]


def _without(context: Context, runs: dict[str, EnsembleRun]) -> list[Part]:
    """Updates without their first pair."""
    rest = runs["GD, without first pair"]
    return [
        simulated(
            "Hill's index after ten steps without the first pair of every update, Adam, η = 1",
            index(runs["without first pair"]),
            below_all(context),
            [other_system("the first pair only", index(runs["first pair only"]))],
        ),
        simulated(
            "Hill's index after ten steps without the first pair of every update, gradient descent "
            "with twelve times the rate 5d: displaced at least as far",
            index(runs["GD, without first pair, η × 12"]),
            below_all(context),
            [
                other_system("entries in random places, η = 5d", index(runs["GD, permuted"])),
                same_run("at the rate 5d", index(rest)),
            ],
            note="Removing the pair removes the push, not the mechanism.",
        ),
    ]


def _still(runs: dict[str, EnsembleRun], steep: EnsembleRun) -> Part:
    """At its own rate gradient descent without the first pair does not leave the bulk."""
    return simulated(
        "Hill's index after ten steps without the first pair of every update, gradient descent "
        "with η = 5d: displaced little",
        index(runs["GD, without first pair"]),
        SHAPE,
        [
            wrong_prediction("the null of square matrices", SQUARE),
            other_system(AS_THEY_ARE, index(steep)),
        ],
        prediction=NULL,
    )


def _linear(runs: dict[str, EnsembleRun]) -> list[Part]:
    """A linear student makes a spike and no tail."""
    full = runs[AS_THEY_ARE]
    rounding = within(1e-9, "rounding: every update is of rank one exactly", "rounding")
    return [
        *(
            simulated(
                f"Largest stable rank of the change of a linear student in ten steps, {label}",
                exact(float(run.stable_rank.max())),
                rounding,
                [other_system("the tanh student", estimate_mean(full.stable_rank))],
                prediction=1.0,
                replicates="",
            )
            for label, run in (
                ("gradient descent, η = 0.3d", runs["GD, linear student"]),
                ("Adam without ε, η = 1", runs["linear student"]),
            )
        ),
        simulated(
            "Most outliers of a linear student after ten steps of Adam without ε, η = 1",
            exact(float(runs["linear student"].outliers.max())),
            within(0.5, "a change of rank one moves one eigenvalue past the edge", "count"),
            [other_system("the tanh student", estimate_mean(full.outliers))],
            prediction=1.0,
            replicates="",
        ),
    ]


@registry.claim(
    22,
    source="abstract of the first version: the tail originates from the spike; a public review: "
    "the spike is needed",
    basis="attributed",
    statement=(
        "The heavy tail needs the spike: without the first pair of every update the spectrum keeps "
        "the shape of its bulk."
    ),
)
def needed(context: Context) -> tuple[None, list[Part]]:
    """HT-22."""
    pairs = {
        "Adam, η = 1": (LARGE_ADAM, LARGE_ADAM),
        "gradient descent, η = 5d, and η = 60d without it": (
            descent(context, 5.0),
            descent(context, 60.0),
        ),
    }
    return None, [
        simulated(
            f"Rise of Hill's index after ten steps if the first pair of every update is left out, "
            f"{label}",
            change(
                ensemble(context, without, update="without top pair"), ensemble(context, optimizer)
            ),
            at_least(
                FORM,
                "half of the distance between the nulls of square matrices and of this shape",
                "neighbor",
            ),
            [
                other_system(
                    "shuffled labels in place of updates without their first pair",
                    change(
                        ensemble(context, optimizer, labels="shuffled"),
                        ensemble(context, optimizer),
                    ),
                )
            ],
            expected="falsified",
            note="HT-19 measures what holds instead.",
        )
        for label, (optimizer, without) in pairs.items()
    ]
